import type { Handle } from './database.ts';

export interface Hits {
  hits: number;
  seconds: number;
}

/**
 * Counts `amount` hits atomically. The window starts with the first hit and has a fixed end by the
 * database's clock: further hits do not extend it.
 */
export const countHit = async (
  db: Handle,
  {
    name,
    subject,
    seconds,
    amount = 1,
  }: { name: string; subject: Buffer; seconds: number; amount?: number },
): Promise<Hits> => {
  const [row] = await db<Hits[]>`
    insert into rate_limits as r (name, subject, hits, ends_at)
    values (${name}, ${subject}, ${amount}, now() + make_interval(secs => ${seconds}))
    on conflict (name, subject) do update set
      hits = case when r.ends_at <= now() then ${amount} else r.hits + ${amount} end,
      ends_at = case when r.ends_at <= now() then excluded.ends_at else r.ends_at end
    returning hits, greatest(1, ceil(extract(epoch from ends_at - now())))::int as seconds`;
  if (!row) throw new Error('an upsert returned no row');
  return row;
};

/**
 * Counts a hit unless `max` are counted. Refused ones do not count, so that they take no place from
 * others.
 */
export const countPlace = async (
  db: Handle,
  { name, subject, seconds, max }: { name: string; subject: Buffer; seconds: number; max: number },
): Promise<Hits & { taken: boolean }> => {
  const [taken] = await db<Hits[]>`
    insert into rate_limits as r (name, subject, hits, ends_at)
    values (${name}, ${subject}, 1, now() + make_interval(secs => ${seconds}))
    on conflict (name, subject) do update set
      hits = case when r.ends_at <= now() then 1 else r.hits + 1 end,
      ends_at = case when r.ends_at <= now() then excluded.ends_at else r.ends_at end
    where r.ends_at <= now() or r.hits < ${max}
    returning hits, greatest(1, ceil(extract(epoch from ends_at - now())))::int as seconds`;
  if (taken) return { ...taken, taken: true };
  const [full] = await db<Hits[]>`
    select hits, greatest(1, ceil(extract(epoch from ends_at - now())))::int as seconds
    from rate_limits where name = ${name} and subject = ${subject}`;
  return { hits: max, seconds: 1, ...full, taken: false };
};

export const countedHits = async (
  db: Handle,
  { name, subject }: { name: string; subject: Buffer },
): Promise<number> => {
  const [row] = await db<{ hits: number }[]>`
    select hits from rate_limits
    where name = ${name} and subject = ${subject} and ends_at > now()`;
  return row?.hits ?? 0;
};

export const takeBackHit = async (
  db: Handle,
  { name, subject }: { name: string; subject: Buffer },
): Promise<void> => {
  await db`
    update rate_limits set hits = hits - 1
    where name = ${name} and subject = ${subject} and hits > 0 and ends_at > now()`;
};

export const deleteEndedLimits = async (db: Handle): Promise<void> => {
  await db`delete from rate_limits where ends_at < now()`;
};
