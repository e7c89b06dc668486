import type { Db, Handle } from './database.ts';

/** A lease that is not renewed this long belonged to a dead process. */
const LEASE_SECONDS = 20;
const RENEW_MS = 5_000;

/**
 * A row instead of an advisory lock: the lease outlives a broken connection, and the driver does
 * not survive the use of a reserved one that broke. A holder suspended for longer than its lease
 * may overlap the next one.
 */
export const takeSweepTurn = async <Result>(
  db: Db,
  act: () => Promise<Result>,
): Promise<Result | 'busy'> => {
  const taken = await db`
    insert into process_heartbeats (role, instance) values ('sweep', 'turn')
    on conflict (role, instance) do update set at = now()
      where process_heartbeats.at < now() - make_interval(secs => ${LEASE_SECONDS})
    returning at`;
  if (taken.length === 0) return 'busy';
  const renewing = setInterval(() => {
    db`update process_heartbeats set at = now() where role = 'sweep' and instance = 'turn'`.catch(
      () => {},
    );
  }, RENEW_MS);
  try {
    return await act();
  } finally {
    clearInterval(renewing);
    await db`delete from process_heartbeats where role = 'sweep' and instance = 'turn'`.catch(
      () => {},
    );
  }
};

export const isSweepDue = async (db: Handle, minutes: number): Promise<boolean> => {
  // A little less: the processes look at fixed intervals of their own.
  const rows = await db`
    insert into process_heartbeats (role, instance) values ('sweep', 'last')
    on conflict (role, instance) do update set at = now()
      where process_heartbeats.at < now() - make_interval(secs => ${minutes * 60 - 5})
    returning at`;
  return rows.length === 1;
};
