import type { Handle } from './database.ts';

export const beat = async (
  db: Handle,
  { role, instance }: { role: string; instance: string },
): Promise<void> => {
  await db`
    insert into process_heartbeats (role, instance) values (${role}, ${instance})
    on conflict (role, instance) do update set at = now()`;
  await db`delete from process_heartbeats where at < now() - interval '1 day'`;
};

export const stopBeating = async (db: Handle, instance: string): Promise<void> => {
  await db`delete from process_heartbeats where instance = ${instance}`;
};

export const countAlive = async (
  db: Handle,
  { role, seconds }: { role: string; seconds: number },
): Promise<number> => {
  const [row] = await db<{ alive: number }[]>`
    select count(*)::int as alive from process_heartbeats
    where role = ${role} and at > now() - make_interval(secs => ${seconds})`;
  return row?.alive ?? 0;
};
