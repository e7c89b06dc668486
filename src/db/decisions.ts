import type { DecisionKind } from '../domain/letter.ts';
import type { Handle, Tx } from './client.ts';
import { letterSeal, letterSealFor, readingSeal } from './record-seals.ts';

export interface DecisionRow {
  id: string;
  letterId: string;
  kind: DecisionKind;
  unitId: string | null;
  reason: string | null;
  staffId: string | null;
  /** Of another system that decided in the place of a member. */
  keyId: string | null;
  decidedBy: string;
  decidedAt: Date;
  outcome: 'applied' | 'superseded' | 'refused' | null;
  refusal: string | null;
  /** The letter's round in which it was applied; null before, and of what older versions applied. */
  round: number | null;
}

type SealedDecisionRow = DecisionRow & { sealedKey: Buffer | null };

const select = (db: Handle) => db`
  select d.id, d.letter_id, d.kind, d.unit_id, d.reason, d.staff_id, d.key_id, d.decided_by, d.decided_at,
    d.outcome, d.refusal, d.round, k.sealed_key
  from decisions d left join letter_keys k on k.letter_id = d.letter_id`;

/** What the reason of a decision is sealed for. */
const reasonOf = (id: string): string => `decisions.reason:${id}`;

/** '' for a reason that was erased. */
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
 * The decision that stands: applied, or of the desk and not yet taken up by the workflow. A return
 * stands until the letter is sent again.
 */
export const findStandingDecision = async (
  db: Handle,
  letterId: string,
): Promise<DecisionRow | undefined> => {
  const [row] = await db<SealedDecisionRow[]>`
    ${select(db)}
    where d.letter_id = ${letterId} and (d.outcome is null or (d.outcome = 'applied' and (
      d.kind <> 'return' or (d.letter_id, d.round) in (
        select id, round from letters where id = ${letterId} and status = 'returned'))))
    order by d.outcome nulls first limit 1`;
  return openDecision(db, row);
};

/** The return that ended this round of the letter. */
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
  decision: Omit<DecisionRow, 'decidedAt' | 'refusal' | 'keyId'> & { keyId?: string | null },
): Promise<void> => {
  const { id, letterId, reason } = decision;
  const sealed =
    reason === null ? null : (await letterSealFor(tx, letterId)).seal(reason, reasonOf(id));
  await tx`
    insert into decisions
      (id, letter_id, kind, unit_id, reason, staff_id, key_id, decided_by, outcome, round)
    values (${decision.id}, ${decision.letterId}, ${decision.kind}, ${decision.unitId},
            ${sealed}, ${decision.staffId}, ${decision.keyId ?? null}, ${decision.decidedBy},
            ${decision.outcome},
            ${decision.round})`;
};

export const setDecisionOutcome = async (
  tx: Tx,
  decision: { id: string } & (
    | { outcome: 'applied'; round: number }
    | { outcome: 'refused'; refusal: string }
  ),
): Promise<void> => {
  const applied = decision.outcome === 'applied';
  await tx`
    update decisions set outcome = ${decision.outcome},
      refusal = ${applied ? null : decision.refusal}, round = ${applied ? decision.round : null}
    where id = ${decision.id} and outcome is null`;
};

/** Decisions of the desk that came second. */
export const supersedeOpenDecisions = async (tx: Tx, letterId: string): Promise<void> => {
  await tx`
    update decisions set outcome = 'superseded' where letter_id = ${letterId} and outcome is null`;
};
