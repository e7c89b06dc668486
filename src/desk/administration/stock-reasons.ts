import { randomUUID } from 'node:crypto';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { cleanText } from '../../platform/base/text.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import {
  administer,
  auditChange,
  DONE,
  ensureMayAdminister,
  ensureProven,
  invalid,
  STALE,
  violates,
} from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';
import {
  addStockReason,
  changeStockReason,
  countStockReasons,
  findStockReason,
  listStockReasonRows,
  retireStockReason,
} from './stock-reasons.sql.ts';
import type { StockReasonRow } from './stock-reasons.sql.ts';

export type StockReasonKind = 'reject' | 'return';

export const STOCK_REASON_KINDS: readonly StockReasonKind[] = ['reject', 'return'];

export interface StockReason {
  id: string;
  kind: StockReasonKind;
  text: string;
}

export interface AdministeredReason extends StockReason {
  retired: boolean;
  version: number;
}

export interface ReasonProblems {
  kind?: 'missing';
  text?: 'missing' | 'too_long' | 'taken' | 'too_many';
}

export const listActiveReasons = async ({ db }: Deps): Promise<StockReason[]> =>
  (await listStockReasonRows(db))
    .filter(({ retiredAt }) => retiredAt === null)
    .map(({ id, kind, text }) => ({ id, kind, text }));

export const listAdministeredReasons = async (
  { db }: Deps,
  staff: StaffMember,
): Promise<AdministeredReason[]> => {
  ensureMayAdminister(staff);
  return (await listStockReasonRows(db)).map(({ retiredAt, ...reason }) => ({
    ...reason,
    retired: retiredAt !== null,
  }));
};

export const addReason = async (
  { db, config }: Deps,
  by: Administrator,
  { kind: typedKind, text: typed }: { kind: string; text: string },
): Promise<Administered<ReasonProblems>> => {
  ensureProven(by);
  const kind = STOCK_REASON_KINDS.find((known) => known === typedKind);
  const text = cleanText(typed);
  const problem = textProblem({ config }, text);
  if (!kind || problem)
    return invalid({ ...(!kind && { kind: 'missing' }), ...(problem && { text: problem }) });
  return administer(db, by, async (tx) => {
    if ((await countStockReasons(tx, kind)) >= config.limits.stockReasons)
      return invalid({ text: 'too_many' });
    const reasonId = randomUUID();
    if (!(await addStockReason(tx, { id: reasonId, kind, text })))
      return invalid({ text: 'taken' });
    await auditChange(tx, by, 'stock_reason_added', { reasonId, kind, wording: text });
    return DONE;
  });
};

export const changeReason = async (
  { db, config }: Deps,
  by: Administrator,
  { reasonId, text: typed, version }: { reasonId: string; text: string; version: number },
): Promise<Administered<ReasonProblems>> => {
  ensureProven(by);
  const text = cleanText(typed);
  const problem = textProblem({ config }, text);
  if (problem) return invalid({ text: problem });
  try {
    return await administer(db, by, async (tx) => {
      const { text: before } = await ensureReason(tx, reasonId);
      if (!(await changeStockReason(tx, { id: reasonId, text, version }))) return STALE;
      const details = { reasonId, wordingBefore: before, wording: text };
      await auditChange(tx, by, 'stock_reason_changed', details);
      return DONE;
    });
  } catch (error) {
    if (violates(error, 'stock_reasons_text_key')) return invalid({ text: 'taken' });
    throw error;
  }
};

export const retireReason = async (
  { db }: Deps,
  by: Administrator,
  { reasonId, version }: { reasonId: string; version: number },
): Promise<Administered<ReasonProblems>> => {
  ensureProven(by);
  return administer(db, by, async (tx) => {
    const { text, retiredAt } = await ensureReason(tx, reasonId);
    if (retiredAt !== null) return DONE;
    if (!(await retireStockReason(tx, { id: reasonId, version }))) return STALE;
    await auditChange(tx, by, 'stock_reason_retired', { reasonId, wording: text });
    return DONE;
  });
};

const textProblem = (
  { config }: Pick<Deps, 'config'>,
  text: string,
): 'missing' | 'too_long' | undefined => {
  if (text === '') return 'missing';
  return [...text].length > config.limits.maxStockReasonLength ? 'too_long' : undefined;
};

const ensureReason = async (tx: Tx, reasonId: string): Promise<StockReasonRow> => {
  const reason = isUuid(reasonId) ? await findStockReason(tx, reasonId) : undefined;
  if (!reason) throw new DomainError('not_found');
  return reason;
};
