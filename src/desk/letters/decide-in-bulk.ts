/** «تصمیم گروهی»: recorded first; its workflow then decides letter by letter. */
import { randomUUID } from 'node:crypto';
import { beginInTime } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { DomainErrorCode } from '../../platform/base/errors.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { toMember } from '../staff/staff-sessions.ts';
import { findStaffById } from '../staff/staff.sql.ts';
import { withSubstitution } from '../staff/substitution.ts';
import {
  addBulk,
  addBulkLetter,
  beginBulkLetter,
  cancelBulkLetters,
  endBulkRow,
  findBulk,
  findBulkReason,
  listBulkLetters,
  setBulkOutcome,
} from './bulk-decisions.sql.ts';
import type { BulkKind, BulkLetterRow, BulkRow } from './bulk-decisions.sql.ts';
import { decideLetter } from './decide-letter.ts';
import { findDecision } from './decisions.sql.ts';
import { summaryOf } from './letter-summary.ts';
import type { LetterSummary } from './letter-summary.ts';
import { listLettersById } from './letters.sql.ts';

export const MOST_LETTERS = 50;

export interface BulkDecision extends BulkRow {
  letters: (BulkLetterRow & { letter: LetterSummary })[];
}

/** Final refusals; any other error is retried. */
const REFUSALS: readonly DomainErrorCode[] = [
  'not_found',
  'not_allowed',
  'already_decided',
  'not_open',
  'unit_not_available',
  'key_reused',
  'damaged',
  'erased',
  'file_waiting',
  'file_infected',
  'own_letter',
  'own_rejection',
];

export interface DecideInBulk {
  staff: StaffMember;
  key: string;
  letterIds: string[];
  kind: BulkKind;
  reason: string | null;
}

export const mayDecideInBulk = ({ role }: StaffMember): boolean =>
  role === 'reviewer' || role === 'admin';

export const listForBulk = async (
  { db }: Deps,
  { staff, letterIds }: { staff: StaffMember; letterIds: string[] },
): Promise<LetterSummary[]> => {
  if (!mayDecideInBulk(staff)) throw new DomainError('not_allowed');
  const ids = [...new Set(letterIds.filter(isUuid))].slice(0, MOST_LETTERS);
  const rows = await listLettersById(db, ids);
  return rows
    .filter(
      ({ status, hasOpenDecision, damaged }) =>
        status === 'pending' && !hasOpenDecision && !damaged,
    )
    .map(summaryOf);
};

/**
 * Idempotent by key.
 * @throws DomainError not_allowed; key_reused; not_found when none of the letters waits for a
 *   decision
 */
export const decideInBulk = async (deps: Deps, input: DecideInBulk): Promise<string> => {
  const { staff, key, letterIds, kind, reason } = input;
  const existing = await findBulk(deps.db, key);
  if (existing?.staffId === staff.id) {
    if (await isSameBulk(deps, existing, input)) return key;
    throw new DomainError('key_reused');
  }
  const letters = await listForBulk(deps, { staff, letterIds });
  if (existing || letters.length === 0) throw new DomainError('not_found');
  const isNew = await beginInTime(deps.db, async (tx) => {
    if (!(await addBulk(tx, { id: key, staffId: staff.id, kind }))) return false;
    for (const [position, { id: letterId, round }] of letters.entries())
      await addBulkLetter(tx, {
        bulkId: key,
        letterId,
        position,
        round,
        decisionId: randomUUID(),
        reason,
      });
    return true;
  });
  if (!isNew) return decideInBulk(deps, input);
  deps.wake();
  return key;
};

const isSameBulk = async (
  { db }: Deps,
  { id, kind }: BulkRow,
  typed: DecideInBulk,
): Promise<boolean> => {
  const letters = await listBulkLetters(db, id);
  const isOfThese = letters.every(({ letterId }) => typed.letterIds.includes(letterId));
  if (kind !== typed.kind || !isOfThese) return false;
  const waiting = await findBulkReason(db, id);
  if (waiting !== undefined) return waiting === typed.reason;
  for (const { decisionId } of letters) {
    const decision = await findDecision(db, decisionId);
    if (decision) return decision.reason === typed.reason;
  }
  return true;
};

const findOwnBulk = async (
  { db }: Deps,
  { staff, bulkId }: { staff: StaffMember; bulkId: string },
): Promise<BulkRow> => {
  if (!mayDecideInBulk(staff)) throw new DomainError('not_found');
  const bulk = isUuid(bulkId) ? await findBulk(db, bulkId) : undefined;
  if (!bulk || (bulk.staffId !== staff.id && staff.role !== 'admin'))
    throw new DomainError('not_found');
  return bulk;
};

export const getBulkDecision = async (
  deps: Deps,
  which: { staff: StaffMember; bulkId: string },
): Promise<BulkDecision> => {
  const bulk = await findOwnBulk(deps, which);
  const rows = await listBulkLetters(deps.db, bulk.id);
  const letters = await listLettersById(
    deps.db,
    rows.map(({ letterId }) => letterId),
  );
  return {
    ...bulk,
    letters: rows.flatMap((row) => {
      const letter = letters.find(({ id }) => id === row.letterId);
      return letter ? [{ ...row, letter: summaryOf(letter) }] : [];
    }),
  };
};

export const cancelBulk = async (
  deps: Deps,
  which: { staff: StaffMember; bulkId: string },
): Promise<void> => {
  const { id } = await findOwnBulk(deps, which);
  await beginInTime(deps.db, (tx) => cancelBulkLetters(tx, id));
};

/** Idempotent: the decision's key is stored with the bulk decision. */
export const decideLetterOfBulk = async (
  deps: Deps,
  { bulkId, letterId }: { bulkId: string; letterId: string },
): Promise<void> => {
  const bulk = await findBulk(deps.db, bulkId);
  const turn = bulk && (await beginBulkLetter(deps.db, { bulkId, letterId }));
  if (!turn) return;
  const refuse = (refusal: string): Promise<void> =>
    setBulkOutcome(deps.db, { bulkId, letterId, outcome: 'refused', refusal });
  const staff = await findStaffById(deps.db, bulk.staffId);
  if (!staff || staff.disabledAt) return refuse('not_allowed');
  if (turn.damaged) return refuse('damaged');
  try {
    await decideLetter(deps, {
      letterId,
      staff: await withSubstitution(deps.db, toMember(staff)),
      decision:
        bulk.kind === 'approve'
          ? { kind: 'approve' }
          : { kind: bulk.kind, reason: turn.reason ?? '' },
      decisionKey: turn.decisionId,
      round: turn.round,
      waits: false,
    });
  } catch (error) {
    if (error instanceof DomainError && REFUSALS.includes(error.code)) return refuse(error.code);
    throw error;
  }
  await setBulkOutcome(deps.db, { bulkId, letterId, outcome: 'decided' });
};

export const endBulk = (deps: Deps, { bulkId }: { bulkId: string }): Promise<void> =>
  deps.db.begin((tx) => endBulkRow(tx, bulkId));
