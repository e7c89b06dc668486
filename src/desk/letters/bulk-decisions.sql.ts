import type { Db, Handle, Tx } from '../../platform/base/database.ts';
import {
  ensureLetterKey,
  letterSealFor,
  readingSeal,
} from '../../platform/base/record-seals.sql.ts';

export type BulkKind = 'approve' | 'reject' | 'return';

export interface BulkRow {
  id: string;
  staffId: string;
  by: string;
  kind: BulkKind;
  createdAt: Date;
  cancelledAt: Date | null;
  endedAt: Date | null;
}

export interface BulkLetterRow {
  letterId: string;
  round: number;
  decisionId: string;
  outcome: 'decided' | 'refused' | 'cancelled' | null;
  refusal: string | null;
}

export const addBulk = async (
  tx: Tx,
  { id, staffId, kind }: Pick<BulkRow, 'id' | 'staffId' | 'kind'>,
): Promise<boolean> => {
  const rows = await tx`
    insert into bulk_decisions (id, staff_id, kind) values (${id}, ${staffId}, ${kind})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

const reasonOf = (decisionId: string): string => `bulk_decision_letters.reason:${decisionId}`;

export const addBulkLetter = async (
  tx: Tx,
  {
    bulkId,
    letterId,
    position,
    round,
    decisionId,
    reason,
  }: Pick<BulkLetterRow, 'letterId' | 'round' | 'decisionId'> & {
    bulkId: string;
    position: number;
    reason: string | null;
  },
): Promise<void> => {
  const sealed =
    reason === null ? null : (await letterSealFor(tx, letterId)).seal(reason, reasonOf(decisionId));
  await tx`
    insert into bulk_decision_letters (bulk_id, letter_id, position, round, decision_id, reason)
    values (${bulkId}, ${letterId}, ${position}, ${round}, ${decisionId}, ${sealed})`;
};

export const findBulk = async (db: Handle, id: string): Promise<BulkRow | undefined> => {
  const [row] = await db<BulkRow[]>`
    select b.id, b.staff_id, s.name as by, b.kind, b.created_at, b.cancelled_at, b.ended_at
    from bulk_decisions b join staff s on s.id = b.staff_id where b.id = ${id}`;
  return row;
};

export const listBulkLetters = (db: Handle, bulkId: string): Promise<BulkLetterRow[]> =>
  db<BulkLetterRow[]>`
    select letter_id, round, decision_id, outcome, refusal from bulk_decision_letters
    where bulk_id = ${bulkId} order by position`;

/** As long as one of the letters is not done. */
export const findBulkReason = async (db: Handle, bulkId: string): Promise<string | undefined> => {
  const [row] = await db<{ letterId: string; decisionId: string; reason: string }[]>`
    select letter_id, decision_id, reason from bulk_decision_letters
    where bulk_id = ${bulkId} and reason is not null order by position limit 1`;
  if (!row) return undefined;
  const seal = readingSeal(db, {
    letterId: row.letterId,
    sealedKey: await ensureLetterKey(db, row.letterId),
  });
  return seal.open(row.reason, reasonOf(row.decisionId));
};

export const beginBulkLetter = (
  db: Db,
  { bulkId, letterId }: { bulkId: string; letterId: string },
): Promise<(BulkLetterRow & { reason: string | null; damaged?: boolean }) | undefined> =>
  db.begin(async (tx) => {
    const [row] = await tx<(BulkLetterRow & { reason: string | null })[]>`
      update bulk_decision_letters set begun_at = coalesce(begun_at, now())
      where bulk_id = ${bulkId} and letter_id = ${letterId} and outcome is null
      returning letter_id, round, decision_id, outcome, refusal, reason`;
    if (!row || row.reason === null) return row;
    const seal = readingSeal(tx, { letterId, sealedKey: await ensureLetterKey(tx, letterId) });
    const reason = seal.open(row.reason, reasonOf(row.decisionId));
    return { ...row, reason, ...(seal.isDamaged() && { damaged: true }) };
  });

export const setBulkOutcome = async (
  db: Handle,
  {
    bulkId,
    letterId,
    outcome,
    refusal = null,
  }: { bulkId: string; letterId: string; outcome: 'decided' | 'refused'; refusal?: string | null },
): Promise<void> => {
  await db`
    update bulk_decision_letters set outcome = ${outcome}, refusal = ${refusal}, reason = null
    where bulk_id = ${bulkId} and letter_id = ${letterId} and outcome is null`;
};

export const cancelBulkLetters = async (tx: Tx, bulkId: string): Promise<void> => {
  await tx`update bulk_decisions set cancelled_at = coalesce(cancelled_at, now()) where id = ${bulkId}`;
  await tx`
    update bulk_decision_letters set outcome = 'cancelled', reason = null
    where bulk_id = ${bulkId} and outcome is null and begun_at is null`;
};

export const endBulkRow = async (tx: Tx, bulkId: string): Promise<void> => {
  await tx`
    update bulk_decision_letters set outcome = 'refused', refusal = 'unknown', reason = null
    where bulk_id = ${bulkId} and outcome is null`;
  await tx`update bulk_decisions set ended_at = now() where id = ${bulkId} and ended_at is null`;
};

/** Leases those whose workflow may have to be started, including any the engine has lost. */
export const leaseBulks = async (
  db: Handle,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    update bulk_decisions set next_start_at = now() + make_interval(secs => ${leaseSeconds})
    where id in (
      select id from bulk_decisions where ended_at is null and next_start_at <= now()
      order by next_start_at limit ${limit} for update skip locked)
    returning id`;
  return rows.map(({ id }) => id);
};

export const startBulkSooner = async (
  db: Handle,
  { bulkId, seconds }: { bulkId: string; seconds: number },
): Promise<void> => {
  await db`
    update bulk_decisions set next_start_at = now() + make_interval(secs => ${seconds})
    where id = ${bulkId}`;
};
