import type { Handle, Tx } from '../../platform/base/database.ts';
import { letterSealFor } from '../../platform/base/record-seals.sql.ts';

export const addObjection = async (
  tx: Tx,
  { id, text }: { id: string; text: string },
): Promise<number | undefined> => {
  const seal = await letterSealFor(tx, id);
  const isPossible = tx`id = ${id} and status = 'rejected' and objection_until > now()`;
  await tx`
    insert into letter_versions (letter_id, round, sender_name, subject, addressed_unit_id)
    select id, round, sender_name, subject, addressed_unit_id from letters where ${isPossible}`;
  const [row] = await tx<{ round: number }[]>`
    update letters set status = 'pending', round = round + 1, objection_until = null,
      objection = ${seal.seal(text, 'letters.objection')}, objected_at = now(),
      decided_at = null, decided_by = null, rejection_reason = null
    where ${isPossible} returning round`;
  return row?.round;
};

export const closeObjectionPeriod = async (tx: Tx, letterId: string): Promise<void> => {
  await tx`
    update letters set objection_until = null
    where id = ${letterId} and objection_until <= now()`;
};

/** A staff member, an API key, or the name in a signal sent with Temporal's own tools. */
export interface Decider {
  staffId: string | null;
  keyId: string | null;
  actingFor?: string[];
  said?: string | null;
}

export const listRejectedBy = async (
  db: Handle,
  letterIds: string[],
  { staffId, keyId, actingFor = [], said = null }: Decider,
): Promise<string[]> => {
  if (letterIds.length === 0) return [];
  const rows = await db<{ letterId: string }[]>`
    with decider as (
      select id, username, lower(name) as name from staff
      where id = ${staffId} or id = any(${actingFor}::uuid[]) or username = lower(${said}::text) or lower(name) = lower(${said}::text))
    select distinct d.letter_id from decisions d
    where d.letter_id = any(${letterIds}::uuid[]) and d.kind = 'reject' and d.outcome = 'applied'
      and (d.key_id = ${keyId} or d.staff_id in (select id from decider)
        or d.acting_for && array(select id from decider)
        or (num_nonnulls(d.staff_id, d.key_id) = 0 and (lower(d.decided_by) = lower(${said}::text)
          or exists (select 1 from decider where lower(d.decided_by) in (username, name)))))`;
  return rows.map(({ letterId }) => letterId);
};

export const countOtherDeciders = async (
  db: Handle,
  { id, actsFor = [] }: { id: string; actsFor?: { id: string }[] },
): Promise<number> => {
  const ids = [id, ...actsFor.map((absent) => absent.id)];
  const [row] = await db<{ members: number }[]>`
    select count(*)::int as members from staff
    where role in ('reviewer', 'admin') and disabled_at is null and id <> all(${ids}::uuid[])`;
  return row?.members ?? 0;
};
