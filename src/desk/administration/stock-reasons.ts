/** Reasons that reviewers pick, as administrators keep them. Each change is told in the audit trail. */
import { randomUUID } from 'node:crypto';
import type { Db, Tx } from '../../platform/base/database.ts';
import {
  addStockReason,
  changeStockReason,
  countStockReasons,
  findStockReason,
  listStockReasons,
  retireStockReason,
} from './stock-reasons.sql.ts';
import type { StockReasonRow } from './stock-reasons.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { cleanText } from '../../platform/base/text.ts';
import { lockAdmins, tellAdministration } from './members.ts';
import { STOCK_REASON_KINDS } from './administration.ts';
import type { Deps } from '../../platform/deps.ts';
import type {
  StockReasonKind,
  Administered,
  AdministeredReason,
  Administrator,
  ReasonProblems,
} from './administration.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const STALE = { outcome: 'stale' } as const;
const DONE = { outcome: 'done' } as const;

type Result = Administered<ReasonProblems>;
const invalid = (fields: ReasonProblems): Result => ({ outcome: 'invalid', fields });

/** One that reviewers can pick. */
export interface StockReason {
  id: string;
  kind: StockReasonKind;
  text: string;
}

/** In the order in which they were added. */
export const listActiveReasons = async ({ db }: Deps): Promise<StockReason[]> =>
  (await listStockReasons(db))
    .filter(({ retiredAt }) => retiredAt === null)
    .map(({ id, kind, text }) => ({ id, kind, text }));

export interface StockReasonLimits {
  /** Longest text, in characters. */
  length: number;
  /** Most of one kind that can be picked from. */
  perKind: number;
}

export interface AdministerReasons {
  /** Retired ones last. */
  list(): Promise<AdministeredReason[]>;
  add(input: { by: Administrator; kind: string; text: string }): Promise<Result>;
  /** @throws not_found */
  change(input: {
    by: Administrator;
    reasonId: string;
    text: string;
    version: number;
  }): Promise<Result>;
  /** @throws not_found */
  /** Again: the same. */
  retire(input: { by: Administrator; reasonId: string; version: number }): Promise<Result>;
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error &&
  'constraint_name' in error &&
  error.constraint_name === 'stock_reasons_text_key';

export const createAdministerReasons = ({
  db,
  limits,
}: {
  db: Db;
  limits: StockReasonLimits;
}): AdministerReasons => {
  const textProblem = (text: string): 'missing' | 'too_long' | undefined => {
    if (text === '') return 'missing';
    return [...text].length > limits.length ? 'too_long' : undefined;
  };

  const find = async (tx: Tx, reasonId: string): Promise<StockReasonRow> => {
    const reason = UUID.test(reasonId) ? await findStockReason(tx, reasonId) : undefined;
    if (!reason) throw new DomainError('not_found');
    return reason;
  };

  return {
    async list() {
      return (await listStockReasons(db)).map(({ retiredAt, ...reason }) => ({
        ...reason,
        retired: retiredAt !== null,
      }));
    },

    async add({ by, kind: typedKind, text: typed }) {
      const kind = STOCK_REASON_KINDS.find((known) => known === typedKind);
      const text = cleanText(typed);
      const problem = textProblem(text);
      if (!kind || problem)
        return invalid({ ...(!kind && { kind: 'missing' }), ...(problem && { text: problem }) });
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        if ((await countStockReasons(tx, kind)) >= limits.perKind)
          return invalid({ text: 'too_many' });
        const reasonId = randomUUID();
        if (!(await addStockReason(tx, { id: reasonId, kind, text })))
          return invalid({ text: 'taken' });
        await tellAdministration(tx, by, 'stock_reason_added', { reasonId, kind, wording: text });
        return DONE;
      });
    },

    async change({ by, reasonId, text: typed, version }) {
      const text = cleanText(typed);
      const problem = textProblem(text);
      if (problem) return invalid({ text: problem });
      try {
        return await db.begin(async (tx) => {
          await lockAdmins(tx, by);
          const { text: before } = await find(tx, reasonId);
          if (!(await changeStockReason(tx, { id: reasonId, text, version }))) return STALE;
          const details = { reasonId, wordingBefore: before, wording: text };
          await tellAdministration(tx, by, 'stock_reason_changed', details);
          return DONE;
        });
      } catch (error) {
        if (isTaken(error)) return invalid({ text: 'taken' });
        throw error;
      }
    },

    async retire({ by, reasonId, version }) {
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        const { text, retiredAt } = await find(tx, reasonId);
        if (retiredAt !== null) return DONE;
        if (!(await retireStockReason(tx, { id: reasonId, version }))) return STALE;
        await tellAdministration(tx, by, 'stock_reason_retired', { reasonId, wording: text });
        return DONE;
      });
    },
  };
};
