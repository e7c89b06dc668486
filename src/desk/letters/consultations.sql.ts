import { randomUUID } from 'node:crypto';
import type { Handle, Tx } from '../../platform/base/database.ts';

export interface ConsultedUnit {
  unitId: string;
  workingDays: number;
}

export interface ConsultationRow extends ConsultedUnit {
  id: string;
  unit: string;
  askedAt: Date;
  overdueAt: Date | null;
  endedAt: Date | null;
  outcome: 'answered' | 'withdrawn' | 'ended' | null;
}

const isOpen = (db: Handle) => db`c.asked_at is not null and c.ended_at is null`;

export const isConsulted = (db: Handle, unitIds: string[]) => db`exists (
  select from consultations c
  where c.letter_id = l.id and c.unit_id = any(${unitIds}::uuid[]) and ${isOpen(db)})`;

/** Of a letter `l`: the units that may read it because they are asked, or have answered. */
export const consultedUnits = (db: Handle) => db`array(
  select distinct c.unit_id from consultations c
  where c.letter_id = l.id and (${isOpen(db)} or c.outcome = 'answered'))`;

/** They begin when the workflow applies the action. */
export const addConsultations = async (
  tx: Tx,
  { actionId, letterId, units }: { actionId: string; letterId: string; units: ConsultedUnit[] },
): Promise<void> => {
  for (const { unitId, workingDays } of units)
    await tx`
      insert into consultations (id, action_id, letter_id, unit_id, working_days)
      values (${randomUUID()}, ${actionId}, ${letterId}, ${unitId}, ${workingDays})`;
};

export const listConsultedBy = (
  db: Handle,
  actionId: string,
): Promise<(ConsultedUnit & { unit: string })[]> =>
  db`
    select c.unit_id, c.working_days, u.name as unit
    from consultations c join units u on u.id = c.unit_id
    where c.action_id = ${actionId} order by u.name, u.id`;

export const beginConsultations = async (tx: Tx, actionId: string): Promise<void> => {
  await tx`update consultations set asked_at = now() where action_id = ${actionId}`;
};

export const listConsultations = (db: Handle, letterId: string): Promise<ConsultationRow[]> =>
  db<ConsultationRow[]>`
    select c.id, c.unit_id, u.name as unit, c.working_days, c.asked_at, c.overdue_at,
      c.ended_at, c.outcome
    from consultations c join units u on u.id = c.unit_id
    where c.letter_id = ${letterId} and c.asked_at is not null order by c.asked_at, u.name, c.id`;

export const endConsultation = async (
  tx: Tx,
  { id, outcome }: { id: string | null; outcome: 'answered' | 'withdrawn' },
): Promise<void> => {
  await tx`
    update consultations c set ended_at = now(), outcome = ${outcome}
    where c.id = ${id} and ${isOpen(tx)}`;
};

export const endConsultations = async (tx: Tx, letterId: string): Promise<void> => {
  await tx`
    update consultations c set ended_at = now(), outcome = 'ended'
    where c.letter_id = ${letterId} and ${isOpen(tx)}`;
};

export const markConsultationOverdue = async (tx: Tx, id: string): Promise<boolean> => {
  const rows = await tx`
    update consultations c set overdue_at = now()
    where c.id = ${id} and ${isOpen(tx)} and c.overdue_at is null returning id`;
  return rows.length === 1;
};
