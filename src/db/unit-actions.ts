import type { UnitActionKind } from '../domain/letter.ts';
import type { Handle, Tx } from './client.ts';

export interface UnitActionRow {
  id: string;
  letterId: string;
  kind: UnitActionKind;
  /** Where a referral sends the letter. */
  unitId: string | null;
  body: string | null;
  staffId: string;
  actedBy: string;
  actingUnit: string;
  outcome: 'applied' | 'refused' | null;
  refusal: string | null;
}

export const findUnitAction = async (
  db: Handle,
  id: string,
): Promise<UnitActionRow | undefined> => {
  const [row] = await db<UnitActionRow[]>`
    select id, letter_id, kind, unit_id, body, staff_id, acted_by, acting_unit, outcome, refusal
    from unit_actions where id = ${id}`;
  return row;
};

/** False: an action with this id has been written before. */
export const addUnitAction = async (
  tx: Tx,
  action: Omit<UnitActionRow, 'outcome' | 'refusal'>,
): Promise<boolean> => {
  const rows = await tx`
    insert into unit_actions (id, letter_id, kind, unit_id, body, staff_id, acted_by, acting_unit)
    values (${action.id}, ${action.letterId}, ${action.kind}, ${action.unitId}, ${action.body},
            ${action.staffId}, ${action.actedBy}, ${action.actingUnit})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

export const setUnitActionOutcome = async (
  tx: Tx,
  action: { id: string; outcome: 'applied' | 'refused'; refusal?: string; replyNumber?: number },
): Promise<void> => {
  await tx`
    update unit_actions set outcome = ${action.outcome}, refusal = ${action.refusal ?? null},
      reply_number = ${action.replyNumber ?? null}
    where id = ${action.id} and outcome is null`;
};

export const countOpenUnitActions = async (db: Handle, letterId: string): Promise<number> => {
  const [row] = await db<{ open: number }[]>`
    select count(*)::int as open from unit_actions
    where letter_id = ${letterId} and outcome is null`;
  return row?.open ?? 0;
};
