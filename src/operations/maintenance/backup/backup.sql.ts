import type { Db, Handle, Tx } from '../../../platform/base/database.ts';
import { ERASED_TEXT } from '../../../platform/base/record-seals.sql.ts';

// Short-lived, wrong to restore (sessions, codes), or made again (previews).
export const LEFT_OUT: ReadonlySet<string> = new Set([
  'schema_migrations',
  'outgoing_hold',
  'rate_limits',
  'letter_readers',
  'letter_claims',
  'process_heartbeats',
  'untrusted_proxy',
  'used_captchas',
  'sign_in_challenges',
  'sign_in_codes',
  'sessions',
  'staff_sign_ins',
  'passkey_challenges',
  'single_sign_ons',
  'held_uploads',
  'ended_sessions',
  'parked_forms',
  'previews',
  'preview_pages',
]);

// Kept in a separate file, so that what is erased later is erased in older backups too.
export const KEYS_TABLE = 'letter_keys';

export interface BackedUpTable {
  name: string;
  columns: string[];
}

export const readMoment = async (tx: Tx): Promise<Date> => {
  const [row] = await tx<{ at: Date }[]>`select now() as at`;
  if (!row) throw new Error('the database has no clock');
  return row.at;
};

export const withoutTimeouts = async (tx: Tx): Promise<void> => {
  await tx`set local statement_timeout = 0`;
  await tx`set local idle_in_transaction_session_timeout = 0`;
};

export const listTables = async (db: Handle): Promise<string[]> => {
  const names = await db<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname`;
  const references = await db<{ from: string; to: string }[]>`
    select distinct t.relname as from, r.relname as to
    from pg_constraint c
      join pg_class t on t.oid = c.conrelid join pg_class r on r.oid = c.confrelid
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace and t.oid <> r.oid`;
  const sorted: string[] = [];
  const left = new Set(names.map(({ name }) => name));
  while (left.size > 0) {
    const free = [...left].filter((name) =>
      references.every(({ from, to }) => from !== name || !left.has(to)),
    );
    if (free.length === 0) throw new Error('tables refer to each other in a circle');
    for (const name of free) left.delete(name);
    sorted.push(...free);
  }
  return sorted;
};

export const listBackedUpTables = async (tx: Tx): Promise<BackedUpTable[]> => {
  const columns = await tx<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and is_generated = 'NEVER'
    order by table_name, ordinal_position`;
  return (await listTables(tx))
    .filter((name) => !LEFT_OUT.has(name))
    .map((name) => ({
      name,
      columns: columns.filter(({ table }) => table === name).map(({ column }) => column),
    }));
};

const identifiers = (tx: Tx, [first = '', ...others]: string[]) =>
  others.reduce((sql, name) => tx`${sql}, ${tx(name)}`, tx`${tx(first)}`);

const ROWS_AT_ONCE = 500;

/** Batches of JSON lines. Omits messages with sign-in codes. */
export const readTableLines = async function* (tx: Tx, table: string): AsyncGenerator<string[]> {
  const only = table === 'messages' ? tx`where t.letter_id is not null` : tx``;
  // Rows that others of their table refer to come first.
  const order =
    table === 'unit_actions' ? tx`order by num_nonnulls(t.question_id, t.regarding_id) > 0` : tx``;
  // Without its key a letter tells nothing, and its name cannot be guessed from hashes either.
  const row = table === 'letters' ? tx`jsonb_populate_record(t, '{"sender_words": []}')` : tx`t`;
  const rows = tx<{ line: string }[]>`
    select row_to_json(${row})::text as line from ${tx(table)} t ${only} ${order}`;
  for await (const some of rows.cursor(ROWS_AT_ONCE)) yield some.map(({ line }) => line);
};

export interface SequenceValue {
  table: string;
  column: string;
  last: number;
}

/** Read after the rows, so that no sequence is behind them. */
export const readSequences = async (tx: Tx): Promise<SequenceValue[]> => {
  const columns = await tx<{ table: string; column: string; sequence: string }[]>`
    select table_name as table, column_name as column,
      pg_get_serial_sequence(quote_ident(table_name), column_name) as sequence
    from information_schema.columns
    where table_schema = 'public' and is_identity = 'YES' order by table_name`;
  const values: SequenceValue[] = [];
  for (const { table, column, sequence } of columns) {
    const [row] = await tx<{ last: number | null }[]>`
      select pg_sequence_last_value(${sequence}::text::regclass)::float8 as last`;
    if (row?.last) values.push({ table, column, last: row.last });
  }
  return values;
};

export interface AppliedMigration {
  name: string;
  sha256: string;
}

export const readMigrations = async (db: Handle): Promise<AppliedMigration[] | undefined> => {
  const [there] = await db<{ known: boolean }[]>`
    select to_regclass('public.schema_migrations') is not null as known`;
  if (!there?.known) return undefined;
  return db<AppliedMigration[]>`select name, sha256 from schema_migrations order by name`;
};

export interface KeptFile {
  id: string;
  storageKey: string;
}

export const listKeptFiles = async (tx: Tx): Promise<KeptFile[]> => {
  const files: KeptFile[] = [];
  const rows = tx<KeptFile[]>`
    select f.id, f.storage_key from files f left join letter_keys k on k.letter_id = f.letter_id
    where k.erased_at is null order by f.storage_key`;
  for await (const some of rows.cursor(5_000)) files.push(...some);
  return files;
};

export const findKeptFiles = (db: Handle, ids: string[]): Promise<KeptFile[]> =>
  db<KeptFile[]>`
    select f.id, f.storage_key from files f left join letter_keys k on k.letter_id = f.letter_id
    where f.id = any(${ids}::uuid[]) and k.erased_at is null`;

const FILLED_BY_MIGRATIONS: ReadonlySet<string> = new Set([
  'schema_migrations',
  'organisation',
  'registers',
  'working_calendar',
  'working_hours',
]);

export const findFilledTable = async (db: Handle): Promise<string | undefined> => {
  for (const name of await listTables(db)) {
    if (FILLED_BY_MIGRATIONS.has(name)) continue;
    const rows = await db`select 1 from ${db(name)} limit 1`;
    if (rows.length > 0) return name;
  }
  return undefined;
};

export const countDeskProcesses = async (db: Handle): Promise<number> => {
  const [row] = await db<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name in ('pishkhan web', 'pishkhan worker')`;
  return row?.count ?? 0;
};

const listOwnTables = async (tx: Tx): Promise<string[]> =>
  (await listTables(tx)).filter((name) => name !== 'schema_migrations');

/**
 * Empties the tables and disables their triggers until `endRefill`, so that rows come back with
 * their place in the hash chains. Requires the owner of the tables.
 */
export const beginRefill = async (tx: Tx): Promise<void> => {
  const tables = await listOwnTables(tx);
  for (const name of tables) await tx`alter table ${tx(name)} disable trigger user`;
  await tx`truncate ${identifiers(tx, tables)}`;
};

export const endRefill = async (tx: Tx, sequences: SequenceValue[]): Promise<void> => {
  for (const name of await listOwnTables(tx)) await tx`alter table ${tx(name)} enable trigger user`;
  for (const { table, column, last } of sequences)
    await tx`select setval(pg_get_serial_sequence(${table}, ${column}), ${last})`;
};

// The keys may be newer than the letters: keys of later letters are dropped.
export const addTableLines = async (
  tx: Tx,
  { name, columns }: BackedUpTable,
  lines: string[],
): Promise<void> => {
  if (lines.length === 0) return;
  const only = name === KEYS_TABLE ? tx`where letter_id in (select l.id from letters l)` : tx``;
  await tx`
    insert into ${tx(name)} (${identifiers(tx, columns)}) overriding system value
    select ${identifiers(tx, columns)}
    from json_populate_recordset(null::${tx(name)}, ${`[${lines.join(',')}]`}::text::json) ${only}`;
};

export const countRows = async (tx: Tx, table: string): Promise<number> => {
  const [row] = await tx<{ rows: number }[]>`select count(*)::float8 as rows from ${tx(table)}`;
  return row?.rows ?? 0;
};

export const countKeylessLetters = async (tx: Tx): Promise<number> => {
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from letters l
    where l.sender_name <> ${ERASED_TEXT}
      and not exists (select 1 from letter_keys k where k.letter_id = l.id)`;
  return row?.count ?? 0;
};

// Otherwise the first queries are planned for empty tables.
export const analyze = async (db: Db): Promise<void> => {
  await db.begin(async (tx) => {
    await withoutTimeouts(tx);
    await tx`analyze`;
  });
};
