import postgres from 'postgres';
import { DomainError, OperatorError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { RecordSeals } from './record-seals.sql.ts';

export interface Handle extends postgres.ISql {
  // Used in `*.sql.ts` only.
  readonly seals: RecordSeals;
}
export interface Tx extends Handle {
  readonly letterKeys: Map<string, Buffer>;
  savepoint: postgres.TransactionSql['savepoint'];
}
/** Inside `db.begin(async (tx) => …)` use `tx` for every query. */
export interface Db extends Handle, Pick<postgres.Sql, 'options' | 'end'> {
  begin<Result>(act: (tx: Tx) => Result | Promise<Result>): Promise<Awaited<Result>>;
  begin<Result>(
    options: string,
    act: (tx: Tx) => Result | Promise<Result>,
  ): Promise<Awaited<Result>>;
}

/** Sorts before every other id: where keyset pagination starts. */
export const NO_ID = '00000000-0000-0000-0000-000000000000';

// Without the patch in `patches/`, a query can be answered with the rows of another.
const ensurePatched = (): void => {
  if (!('fixes' in postgres) || postgres.fixes !== 'pishkhan 1')
    throw new OperatorError(
      'the database driver lacks the fixes in patches/: run npm run postinstall (npm ci --ignore-scripts leaves it out)',
    );
};

export const createDb = ({
  url,
  max,
  log,
  name,
  seals,
}: {
  url: string;
  max: number;
  log: Logger;
  // Shown in `pg_stat_activity`.
  name: string;
  seals: RecordSeals;
}): Db => {
  ensurePatched();
  const db = postgres(url, {
    max,
    transform: postgres.camel,
    connect_timeout: 5,
    idle_timeout: 60,
    backoff: (retries) => Math.min(2, 0.1 * 2 ** retries),
    onnotice: (notice) => log.debug({ notice: notice.message }, 'database notice'),
    connection: {
      application_name: name,
      statement_timeout: 15_000,
      lock_timeout: 5_000,
      idle_in_transaction_session_timeout: 30_000,
    },
  });
  const begin = db.begin.bind(db);
  const sealed = (act: (tx: Tx) => unknown) => (tx: postgres.TransactionSql) =>
    act(Object.assign(tx, { seals, letterKeys: new Map<string, Buffer>() }));
  return Object.assign(db, {
    seals,
    begin: ((...args: [string, (tx: Tx) => unknown] | [(tx: Tx) => unknown]) =>
      args.length === 1 ? begin(sealed(args[0])) : begin(args[0], sealed(args[1]))) as Db['begin'],
  });
};

const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
]);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Unreachable, starting, full or waiting for a lock: a retry may succeed. */
export const isDatabaseAway = (error: unknown): boolean => {
  const code = codeOf(error);
  // 53: insufficient resources, 57: operator intervention, 08: connection, 40: deadlock;
  // 55P03: lock timeout, 25P03: this process was stopped within a transaction.
  return AWAY_CODES.has(code) || /^(08|40|53|57|55P03|25P03)/.test(code);
};

// Errors before anything was sent: there was no connection.
const NOT_CONNECTED = /^(ECONNREFUSED|ENOENT|ENOTFOUND|CONNECT_TIMEOUT|53300|57P03)$/;

// False when a connection broke: the transaction may have been committed.
const isRolledBack = (error: unknown): boolean =>
  NOT_CONNECTED.test(codeOf(error)) ||
  (error instanceof postgres.PostgresError && error.severity === 'ERROR');

// Nobody waits longer than this for a page.
const CONNECTION_WITHIN_MS = 5_000;

/**
 * A transaction that a user waits for. It does not begin unless a connection is free in time, so
 * that nothing is stored after the page has reported a failure.
 * @throws DomainError unavailable with the fact `stored: no` when certainly nothing is stored; else
 *   the original error
 */
export const beginInTime = async <Result>(
  db: Db,
  act: (tx: Tx) => Promise<Result>,
): Promise<Result> => {
  const asked = performance.now();
  try {
    return await db.begin(async (tx) => {
      if (performance.now() - asked > CONNECTION_WITHIN_MS)
        throw new DomainError('unavailable', { stored: 'no' });
      return act(tx);
    });
  } catch (error) {
    throw isDatabaseAway(error) && isRolledBack(error)
      ? new DomainError('unavailable', { stored: 'no' }, error)
      : error;
  }
};

/** Can never succeed as it is: bad data (22), constraint (23), syntax or rights (42). */
export const isDatabaseRefusal = (error: unknown): boolean => /^(22|23|42)/.test(codeOf(error));
