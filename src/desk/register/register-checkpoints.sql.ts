import { createHash } from 'node:crypto';
import { AUDIT_TRAIL } from './register-checkpoint.ts';
import type { RegisterCheckpoint } from './register-checkpoint.ts';
import type { Db, Handle, Tx } from '../../platform/base/database.ts';

// Any numbers that nothing else in this database locks; the first stands in the schema too.
const AUDIT_WRITERS_LOCK = 4_051_203;
const PUBLISHER_LOCK = 4_051_205;

export const listDueCheckpoints = async (db: Handle, day: string): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select due.id from (
      select r.id from registers r
      where exists (select 1 from register_entries e where e.register = r.id)
      union all
      select ${AUDIT_TRAIL} where exists (select 1 from audit_entries)) as due
    where not exists (
      select 1 from register_heads h where h.register = due.id and h.day = ${day})
    order by due.id`;
  return rows.map(({ id }) => id);
};

/** Held until the transaction ends. False: somebody else is publishing. */
export const lockPublishing = async (tx: Tx): Promise<boolean> => {
  const [row] = await tx<{ locked: boolean }[]>`
    select pg_try_advisory_xact_lock(${PUBLISHER_LOCK}) as locked`;
  return row?.locked ?? false;
};

/**
 * The newest id below which no entry can appear any more. Waits at most two seconds for writers;
 * they wait only for this moment.
 * @throws when a writer took longer
 */
export const settledAuditId = (db: Db): Promise<number> =>
  db.begin(async (tx) => {
    await tx`set local lock_timeout = '2s'`;
    await tx`select pg_advisory_xact_lock(${AUDIT_WRITERS_LOCK})`;
    const [row] = await tx<{ id: number }[]>`
      select coalesce(max(id), 0)::float8 as id from audit_entries`;
    return row?.id ?? 0;
  });

export const lastAuditId = async (tx: Tx): Promise<number> => {
  const [row] = await tx<{ id: number }[]>`
    select coalesce(max(id), 0)::float8 as id from audit_entries`;
  return row?.id ?? 0;
};

export const walkAuditHashes = (
  tx: Tx,
  through: number,
): AsyncIterable<{ id: number; hash: string }[]> =>
  tx<{ id: number; hash: string }[]>`
    select id::float8 as id, hash from audit_entries where id <= ${through} order by id`.cursor(
    5_000,
  );

export const digestAudit = async (tx: Tx, through: number): Promise<string> => {
  const digest = createHash('sha256');
  for await (const rows of walkAuditHashes(tx, through))
    for (const { hash } of rows) digest.update(hash);
  return digest.digest('hex');
};

/** Idempotent by day and register. */
export const addCheckpoint = async (
  tx: Tx,
  day: string,
  checkpoint: RegisterCheckpoint,
): Promise<void> => {
  await tx`
    insert into register_heads (register, day, year, serial, hash, published_at)
    values (${checkpoint.register}, ${day}, ${checkpoint.year}, ${checkpoint.serial}, ${checkpoint.hash}, ${checkpoint.at})
    on conflict (register, day) do nothing`;
};

interface CheckpointRow extends Omit<RegisterCheckpoint, 'at'> {
  publishedAt: Date;
  day: string;
}

const toCheckpoint = ({
  publishedAt,
  day: _day,
  ...checkpoint
}: CheckpointRow): RegisterCheckpoint => ({
  at: publishedAt.toISOString(),
  ...checkpoint,
});

const columns = (db: Handle) => db`
  register, day::text as day, year, serial::float8 as serial, hash, published_at`;

export const listCheckpoints = async (db: Handle): Promise<RegisterCheckpoint[]> =>
  (
    await db<
      CheckpointRow[]
    >`select ${columns(db)} from register_heads order by published_at, register`
  ).map(toCheckpoint);

export const listUnpostedCheckpoints = async (
  db: Handle,
): Promise<{ day: string; checkpoint: RegisterCheckpoint }[]> =>
  (
    await db<CheckpointRow[]>`
      select ${columns(db)} from register_heads
      where posted_at is null and published_at > now() - interval '30 days'
      order by published_at, register limit 100`
  ).map((row) => ({ day: row.day, checkpoint: toCheckpoint(row) }));

export const markCheckpointPosted = async (
  db: Handle,
  { register, day }: { register: string; day: string },
): Promise<void> => {
  await db`
    update register_heads set posted_at = now() where register = ${register} and day = ${day}`;
};
