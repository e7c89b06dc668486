import type { DecisionKind } from '../domain/letter.ts';
import type { Handle, Tx } from './client.ts';

export interface DecisionRow {
  id: string;
  letterId: string;
  kind: DecisionKind;
  unitId: string | null;
  reason: string | null;
  staffId: string | null;
  decidedBy: string;
  decidedAt: Date;
  outcome: 'applied' | 'superseded' | 'refused' | null;
  refusal: string | null;
}

const columns = (db: Handle) => db`
  id, letter_id, kind, unit_id, reason, staff_id, decided_by, decided_at, outcome, refusal`;

export const findDecision = async (db: Handle, id: string): Promise<DecisionRow | undefined> => {
  const [row] = await db<DecisionRow[]>`select ${columns(db)} from decisions where id = ${id}`;
  return row;
};

/** The decision that stands: applied, or of the desk and not yet taken up by the workflow. */
export const findStandingDecision = async (
  db: Handle,
  letterId: string,
): Promise<DecisionRow | undefined> => {
  const [row] = await db<DecisionRow[]>`
    select ${columns(db)} from decisions
    where letter_id = ${letterId} and (outcome is null or outcome = 'applied')
    order by outcome nulls last limit 1`;
  return row;
};

export const addDecision = async (
  tx: Tx,
  decision: Omit<DecisionRow, 'decidedAt' | 'refusal'>,
): Promise<void> => {
  await tx`
    insert into decisions (id, letter_id, kind, unit_id, reason, staff_id, decided_by, outcome)
    values (${decision.id}, ${decision.letterId}, ${decision.kind}, ${decision.unitId},
            ${decision.reason}, ${decision.staffId}, ${decision.decidedBy}, ${decision.outcome})`;
};

export const setDecisionOutcome = async (
  tx: Tx,
  { id, outcome, refusal }: { id: string; outcome: 'applied' | 'refused'; refusal?: string },
): Promise<void> => {
  await tx`
    update decisions set outcome = ${outcome}, refusal = ${refusal ?? null}
    where id = ${id} and outcome is null`;
};

/** Decisions of the desk that came second. */
export const supersedeOpenDecisions = async (tx: Tx, letterId: string): Promise<void> => {
  await tx`
    update decisions set outcome = 'superseded' where letter_id = ${letterId} and outcome is null`;
};
