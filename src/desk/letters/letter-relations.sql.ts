import type { Handle, Tx } from '../../platform/base/database.ts';

import type { RelationKind } from './letter.ts';

export interface RelationRow {
  kind: RelationKind;
  letterId: string;
  earlierId: string;
}

/** The likeliest of `letterNumbers` first; `applicantId` left out: of any sender. */
export const listIdsByNumber = async (
  db: Handle,
  { letterNumbers, applicantId }: { letterNumbers: string[]; applicantId?: string | undefined },
): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select id from letters
    where letter_number = any(${letterNumbers})
      ${applicantId === undefined ? db`` : db`and applicant_id = ${applicantId}`}
    order by array_position(${letterNumbers}::text[], letter_number), registered_at desc limit 20`;
  return rows.map(({ id }) => id);
};

export const addRelation = async (
  tx: Tx,
  { letterId, earlierId, kind, staffId }: RelationRow & { staffId: string | null },
): Promise<boolean> => {
  const rows = await tx`
    insert into letter_relations (letter_id, earlier_id, kind, staff_id)
    values (${letterId}, ${earlierId}, ${kind}, ${staffId})
    on conflict (letter_id, earlier_id, kind) do nothing returning 1`;
  return rows.length === 1;
};

export const listRelations = (db: Handle, letterId: string): Promise<RelationRow[]> =>
  db<RelationRow[]>`
    select kind, letter_id, earlier_id from letter_relations
    where letter_id = ${letterId} or earlier_id = ${letterId} order by added_at, kind`;

export const listSenderRelations = (db: Handle, letterId: string): Promise<RelationRow[]> =>
  db<RelationRow[]>`
    select kind, letter_id, earlier_id from letter_relations
    where letter_id = ${letterId} and staff_id is null`;
