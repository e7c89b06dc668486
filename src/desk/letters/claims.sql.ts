import type { Handle } from '../../platform/base/database.ts';

interface Claim {
  letterId: string;
  staffId: string;
}

const isWaiting = (db: Handle) => db`
  (l.status = 'pending' or l.step = 'with_unit')
  and not exists (select 1 from decisions d where d.letter_id = l.id and d.outcome is null)`;

export const addClaim = async (
  db: Handle,
  { letterId, staffId, seconds }: Claim & { seconds: number },
): Promise<boolean> => {
  const rows = await db`
    insert into letter_claims as c (letter_id, staff_id, expires_at)
    select l.id, ${staffId}::uuid, now() + make_interval(secs => ${seconds})
    from letters l where l.id = ${letterId} and ${isWaiting(db)}
    on conflict (letter_id) do update
      set staff_id = excluded.staff_id, expires_at = excluded.expires_at
      where c.staff_id = excluded.staff_id or c.expires_at <= now()
    returning letter_id`;
  return rows.length === 1;
};

export const dropClaim = async (db: Handle, { letterId, staffId }: Claim): Promise<void> => {
  await db`delete from letter_claims where letter_id = ${letterId} and staff_id = ${staffId}`;
};

export const dropClaims = async (db: Handle, letterId: string): Promise<void> => {
  await db`delete from letter_claims where letter_id = ${letterId}`;
};

export const listClaimedByOthers = async (
  db: Handle,
  { letterIds, staffId }: { letterIds: string[]; staffId: string },
): Promise<Set<string>> => {
  const rows = await db<{ letterId: string }[]>`
    select letter_id from letter_claims
    where letter_id = any(${letterIds}::uuid[]) and staff_id <> ${staffId} and expires_at > now()`;
  return new Set(rows.map(({ letterId }) => letterId));
};

export const hasClaim = (db: Handle, { by, staffId }: { by: 'mine' | 'nobody'; staffId: string }) =>
  by === 'mine'
    ? db`exists (select 1 from letter_claims c
        where c.letter_id = l.id and c.staff_id = ${staffId} and c.expires_at > now())`
    : db`not exists (select 1 from letter_claims c
        where c.letter_id = l.id and c.expires_at > now())`;
