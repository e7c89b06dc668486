import type { UnitActionKind } from '../domain/letter.ts';
import type { Handle, Tx } from './client.ts';
import { letterSeal, letterSealFor, readingSeal } from './record-seals.ts';

export interface UnitActionRow {
  id: string;
  letterId: string;
  kind: UnitActionKind;
  /** Where a referral sends the letter. */
  unitId: string | null;
  body: string | null;
  /** Null: another system acted in the place of a member, by this key. */
  staffId: string | null;
  keyId: string | null;
  actedBy: string;
  actingUnit: string;
  outcome: 'applied' | 'refused' | null;
  refusal: string | null;
  /** Its text cannot be opened and is ''. Absent: it is whole. */
  damaged?: boolean;
}

/** What the text of an action is sealed for. */
const bodyOf = (id: string): string => `unit_actions.body:${id}`;

/** '' for a text that was erased. */
export const openBody = (
  db: Handle,
  row: { id: string; letterId: string; body: string | null; sealedKey: Buffer | null },
): string | null => (row.body === null ? null : letterSeal(db, row).open(row.body, bodyOf(row.id)));

export const findUnitAction = async (
  db: Handle,
  id: string,
): Promise<UnitActionRow | undefined> => {
  const [row] = await db<(UnitActionRow & { sealedKey: Buffer | null })[]>`
    select a.id, a.letter_id, a.kind, a.unit_id, a.body, a.staff_id, a.key_id, a.acted_by, a.acting_unit,
      a.outcome, a.refusal, k.sealed_key
    from unit_actions a left join letter_keys k on k.letter_id = a.letter_id
    where a.id = ${id}`;
  if (!row) return undefined;
  const { sealedKey, ...action } = row;
  const { letterId, body } = row;
  const seal = readingSeal(db, { letterId, sealedKey });
  const opened = body === null ? null : seal.open(body, bodyOf(id));
  return { ...action, body: opened, ...(seal.isDamaged() && { damaged: true }) };
};

/** False: an action with this id has been written before. */
export const addUnitAction = async (
  tx: Tx,
  action: Omit<UnitActionRow, 'outcome' | 'refusal' | 'damaged'>,
): Promise<boolean> => {
  const { id, letterId, body } = action;
  const sealed = body === null ? null : (await letterSealFor(tx, letterId)).seal(body, bodyOf(id));
  const rows = await tx`
    insert into unit_actions
      (id, letter_id, kind, unit_id, body, staff_id, key_id, acted_by, acting_unit)
    values (${action.id}, ${action.letterId}, ${action.kind}, ${action.unitId}, ${sealed},
            ${action.staffId}, ${action.keyId}, ${action.actedBy}, ${action.actingUnit})
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
