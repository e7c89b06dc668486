import type { DecisionKind } from './letter.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { letterSeal, letterSealFor, readingSeal } from '../../platform/base/record-seals.sql.ts';

export interface DecisionRow {
  id: string;
  letterId: string;
  kind: DecisionKind;
  unitId: string | null;
  reason: string | null;
  staffId: string | null;
  keyId: string | null;
  decidedBy: string;
  actingFor: string[];
  decidedAt: Date;
  outcome: 'applied' | 'superseded' | 'refused' | 'undone' | null;
  refusal: string | null;
  round: number | null;
  /** Seconds left of its undo window; 0: over; null: it has none. */
  undoSeconds: number | null;
}

type SealedDecisionRow = DecisionRow & { sealedKey: Buffer | null };

/** Rounded up: the window is never shorter than promised. */
export const undoSecondsOf = (db: Handle) =>
  db`
  case when d.applies_at is not null
    then greatest(0, ceil(extract(epoch from d.applies_at - now())))::int end`;

const select = (db: Handle) => db`
  select d.id, d.letter_id, d.kind, d.unit_id, d.reason, d.staff_id, d.key_id, d.acting_for, d.decided_by, d.decided_at,
    d.outcome, d.refusal, d.round, ${undoSecondsOf(db)} as undo_seconds, k.sealed_key
  from decisions d left join letter_keys k on k.letter_id = d.letter_id`;

const reasonOf = (id: string): string => `decisions.reason:${id}`;

export const openReason = (
  db: Handle,
  row: { id: string; letterId: string; reason: string | null; sealedKey: Buffer | null },
): string | null =>
  row.reason === null ? null : letterSeal(db, row).open(row.reason, reasonOf(row.id));

const openDecision = (db: Handle, row: SealedDecisionRow | undefined): DecisionRow | undefined => {
  if (!row) return undefined;
  const { sealedKey, ...decision } = row;
  const { letterId, reason } = row;
  // One that is damaged is '', like one that was erased: the page of its letter still opens.
  const seal = readingSeal(db, { letterId, sealedKey });
  return { ...decision, reason: reason === null ? null : seal.open(reason, reasonOf(row.id)) };
};

export const findDecision = async (db: Handle, id: string): Promise<DecisionRow | undefined> => {
  const [row] = await db<SealedDecisionRow[]>`${select(db)} where d.id = ${id}`;
  return openDecision(db, row);
};

/**
 * Applied, or made at the desk and not yet applied by the workflow. A return stands until the
 * letter is sent again, a rejection until its sender objects.
 */
export const findStandingDecision = async (
  db: Handle,
  letterId: string,
): Promise<DecisionRow | undefined> => {
  const [row] = await db<SealedDecisionRow[]>`
    ${select(db)}
    where d.letter_id = ${letterId} and (d.outcome is null or (d.outcome = 'applied' and (
      d.kind not in ('return', 'reject') or exists (
        select 1 from letters l where l.id = d.letter_id and l.round = d.round
          and l.status = case d.kind when 'return' then 'returned' else 'rejected' end))))
    order by d.outcome nulls first limit 1`;
  return openDecision(db, row);
};

export const findReturn = async (
  db: Handle,
  { letterId, round }: { letterId: string; round: number },
): Promise<DecisionRow | undefined> => {
  const [row] = await db<SealedDecisionRow[]>`
    ${select(db)}
    where d.letter_id = ${letterId} and d.kind = 'return' and d.outcome = 'applied'
      and d.round = ${round}`;
  return openDecision(db, row);
};

export const addDecision = async (
  tx: Tx,
  decision: Omit<DecisionRow, 'decidedAt' | 'refusal' | 'keyId' | 'actingFor' | 'undoSeconds'> & {
    actingFor?: string[];
    keyId?: string | null;
    undoSeconds?: number | undefined;
  },
): Promise<void> => {
  const { id, letterId, reason, undoSeconds } = decision;
  const sealed =
    reason === null ? null : (await letterSealFor(tx, letterId)).seal(reason, reasonOf(id));
  await tx`
    insert into decisions
      (id, letter_id, kind, unit_id, reason, staff_id, key_id, acting_for, decided_by, outcome, round,
       applies_at)
    values (${decision.id}, ${decision.letterId}, ${decision.kind}, ${decision.unitId},
            ${sealed}, ${decision.staffId}, ${decision.keyId ?? null}, ${decision.actingFor ?? []},
            ${decision.decidedBy},
            ${decision.outcome},
            ${decision.round},
            ${undoSeconds === undefined ? null : tx`now() + make_interval(secs => ${undoSeconds})`})`;
};

export const refuseDecision = async (
  tx: Tx,
  { id, refusal }: { id: string; refusal: string },
): Promise<void> => {
  await tx`
    update decisions set outcome = 'refused', refusal = ${refusal}
    where id = ${id} and outcome is null`;
};

/** Of a letter's open decisions `applied` stands, and the others came second. */
export const settleDecisions = async (
  tx: Tx,
  { letterId, applied }: { letterId: string; applied?: { id: string; round: number } | undefined },
): Promise<void> => {
  const { id = null, round = null } = applied ?? {};
  await tx`
    update decisions set
      outcome = case when id = ${id} then 'applied' else 'superseded' end,
      round = case when id = ${id} then ${round}::int else round end
    where letter_id = ${letterId} and outcome is null`;
};

export const takeBackDecision = async (tx: Tx, id: string): Promise<boolean> => {
  const rows = await tx`
    update decisions set outcome = 'undone'
    where id = ${id} and outcome is null and applies_at is not null
    returning id`;
  return rows.length === 1;
};

export const transactionTime = async (tx: Tx): Promise<Date> => {
  const [clock] = await tx<[{ at: Date }]>`select now() as at`;
  return clock.at;
};
