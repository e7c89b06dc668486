import { createHash } from 'node:crypto';
import { AUDIT_TRAIL } from './register-checkpoint.ts';
import type { RegisterCheckpoint } from './register-checkpoint.ts';
import type { Db, Handle, Tx } from '../../platform/base/database.ts';

// Any numbers that nothing else in this database locks; the first stands in migration 0002 too.
const AUDIT_WRITERS_LOCK = 4_051_203;
const PUBLISHER_LOCK = 4_051_205;

/** Registers, and the audit trail, that have entries and no checkpoint of this day (`2026-08-22`). */
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

/** True: nobody else publishes until the transaction ends. */
export const lockPublishing = async (tx: Tx): Promise<boolean> => {
  const [row] = await tx<{ locked: boolean }[]>`
    select pg_try_advisory_xact_lock(${PUBLISHER_LOCK}) as locked`;
  return row?.locked ?? false;
};

/**
 * The newest id of the audit trail below which nothing can appear any more. Waits for those who
 * are writing an entry, at most two seconds; they wait for nothing but this moment.
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

/** The newest id that this transaction sees; 0: there is none. */
export const lastAuditId = async (tx: Tx): Promise<number> => {
  const [row] = await tx<{ id: number }[]>`
    select coalesce(max(id), 0)::float8 as id from audit_entries`;
  return row?.id ?? 0;
};

/** The hashes of the audit trail in the order of their ids, some at a time. */
export const walkAuditHashes = (
  tx: Tx,
  through: number,
): AsyncIterable<{ id: number; hash: string }[]> =>
  tx<{ id: number; hash: string }[]>`
    select id::float8 as id, hash from audit_entries where id <= ${through} order by id`.cursor(
    5_000,
  );

/** SHA-256 over the hashes of all audit entries up to this id, as hex, one behind the other. */
export const digestAudit = async (tx: Tx, through: number): Promise<string> => {
  const digest = createHash('sha256');
  for await (const rows of walkAuditHashes(tx, through))
    for (const { hash } of rows) digest.update(hash);
  return digest.digest('hex');
};

/** Once a day and register: a second one of the day is left out. */
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

/** Checkpoints of the last month that `REGISTER_CHECKPOINT_URL` has not taken yet, oldest first. */
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
