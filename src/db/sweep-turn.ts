import type { Db, Handle } from './client.ts';

// Any number that nothing else in this database locks.
const LOCK = 4_051_205;

/**
 * Runs `act` unless another process of this desk is at the same work; then it answers `busy`. The
 * turn ends with the connection that holds it, so a process that dies gives it back.
 */
export const takeSweepTurn = async <Result>(
  db: Db,
  act: () => Promise<Result>,
): Promise<Result | 'busy'> => {
  const held = await db.reserve();
  try {
    const [row] = await held<{ mine: boolean }[]>`select pg_try_advisory_lock(${LOCK}) as mine`;
    if (!row?.mine) return 'busy';
    try {
      return await act();
    } finally {
      await held`select pg_advisory_unlock(${LOCK})`.catch(() => {});
    }
  } finally {
    held.release();
  }
};

/** True for one caller in `minutes`, in whatever process. */
export const isSweepDue = async (db: Handle, minutes: number): Promise<boolean> => {
  // A little less: the processes look at fixed intervals of their own.
  const rows = await db`
    insert into process_heartbeats (role, instance) values ('sweep', 'last')
    on conflict (role, instance) do update set at = now()
      where process_heartbeats.at < now() - make_interval(secs => ${minutes * 60 - 5})
    returning at`;
  return rows.length === 1;
};
