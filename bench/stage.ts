/**
 * What is measured, started fresh in a folder of its own: PostgreSQL and Temporal as `npm start`
 * runs them, the desk's web and worker, and the two floors on the same servers.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { OperatorError } from '../src/platform/base/errors.ts';
import { portIsFree } from '../src/local/ports.ts';
import { createPostgresService, embeddedDatabaseUrl } from '../src/local/postgres.ts';
import type { Service } from '../src/local/service-process.ts';
import { createSupervisor, type Supervisor } from '../src/local/supervisor.ts';
import { createTemporalService } from '../src/local/temporal-server.ts';
import { prepareDesk } from '../src/main/prepare.ts';
import type { SampleAccount } from '../src/main/sample-organisation.ts';
import { CAPTCHA_CODE } from './desk-visitor.ts';

export type ProcessName = 'postgres' | 'temporal' | 'worker' | 'web' | 'floor-worker' | 'floor-web';

export interface Stage {
  deskOrigin: string;
  floorOrigin: string;
  sampleAccounts: SampleAccount[];
  sql: postgres.Sql;
  temporal: Client;
  /** On the disk that holds database and files. */
  dataDir: string;
  pid(name: ProcessName): number;
  /** @throws OperatorError when a process died and was started again: then the figures mean nothing */
  ensureNoneDied(): void;
}

export interface Opening {
  /** Starts everything; call it once. @throws OperatorError */
  start(): Promise<Stage>;
  /** Resolves with the reason when a process will not stay up. */
  failed: Promise<Error>;
  close(): Promise<void>;
  /** The same without waiting, for a second Ctrl-C. */
  kill(): void;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Takes ports and a folder; nothing runs yet.
 *
 * @param set settings of the desk, by name
 * @throws OperatorError when the desk does not take them
 */
export const openStage = async (
  say: (line: string) => void,
  set: Record<string, string> = {},
): Promise<Opening> => {
  const ports = await portsInARow(5);
  const dataDir = mkdtempSync(path.join(chooseDisk(), 'pishkhan-bench-'));
  // The embedded PostgreSQL of root runs as another user and passes through.
  chmodSync(dataDir, 0o711);
  const env = { ...deskEnv(dataDir, ports), ...set };
  const config = readConfig(env);
  const floorPort = ports[4] ?? 0;
  const services = servicesOf({ config, env, floorPort, say });
  const supervisor = createSupervisor({ services, logDir: path.join(dataDir, 'logs'), say });
  const closers: (() => Promise<void>)[] = [];
  return {
    start: () => startAll({ config, floorPort, services, supervisor, closers, say }),
    failed: supervisor.failed,
    async close() {
      for (const close of closers.reverse()) await close().catch(() => {});
      await supervisor.stop();
      removeFolder(dataDir);
    },
    kill() {
      supervisor.kill();
      removeFolder(dataDir);
    },
  };
};

/** Below the ports that systems give to outgoing connections, which come and go meanwhile. */
const portsInARow = async (count: number): Promise<number[]> => {
  for (;;) {
    const first = 25_000 + Math.floor(Math.random() * 99) * 10;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map((port) => portIsFree('127.0.0.1', port)));
    if (free.every(Boolean)) return ports;
  }
};

/** Not in memory: there a flush costs nothing. */
const chooseDisk = (): string => {
  const TMPFS = 0x01021994;
  const isOnDisk = (dir: string): boolean => {
    try {
      return statfsSync(dir).type !== TMPFS;
    } catch {
      return false;
    }
  };
  return [os.tmpdir(), '/var/tmp'].find(isOnDisk) ?? process.cwd();
};

/** A desk as it comes; no setting of the one who measures reaches into it. */
const deskEnv = (dataDir: string, ports: number[]): Record<string, string> => {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'TEMPORAL_CLI_PATH'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const [web, temporal, temporalUi, database] = ports.map(String);
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    DATA_DIR: dataDir,
    PORT: web ?? '',
    PUBLIC_ORIGIN: `http://127.0.0.1:${web}`,
    TEMPORAL_PORT: temporal ?? '',
    TEMPORAL_UI_PORT: temporalUi ?? '',
    POSTGRES_PORT: database ?? '',
    RATE_LIMITS: 'off',
    // Measured is the work of a decision, not the wait for an undo.
    UNDO_SECONDS: '0',
    CAPTCHA_TEST_CODE: CAPTCHA_CODE,
    SMS_URL: 'outbox:',
  };
};

const servicesOf = ({
  config,
  env,
  floorPort,
  say,
}: {
  config: Config;
  env: Record<string, string>;
  floorPort: number;
  say: (line: string) => void;
}): Service[] => {
  const { DATA_DIR: dataDir } = config;
  const floorFiles = path.join(dataDir, 'floor-files');
  mkdirSync(floorFiles);
  const floorEnv = (): Record<string, string> => ({
    ...env,
    PORT: String(floorPort),
    DATABASE_URL: embeddedDatabaseUrl(config),
    FILES_DIR: floorFiles,
    TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
  });
  return [
    createPostgresService({ dataDir, port: config.POSTGRES_PORT, say }),
    createTemporalService({
      dataDir,
      port: config.TEMPORAL_PORT,
      ui: true,
      namespace: config.TEMPORAL_NAMESPACE,
      cliPath: config.TEMPORAL_CLI_PATH,
      say,
    }),
    nodeService('worker', 'src/main/worker.ts', () => env),
    nodeService('web', 'src/main/web.ts', () => env),
    nodeService('floor-worker', 'bench/floor-worker.ts', floorEnv),
    nodeService('floor-web', 'bench/floor-web.ts', floorEnv),
  ];
};

const nodeService = (
  name: ProcessName,
  file: string,
  env: () => Record<string, string>,
): Service => ({
  name,
  kind: 'node',
  command: async () => ({
    file: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), path.join(ROOT, file)],
    env: env(),
    cwd: ROOT,
  }),
  isReady: (child) => Promise.resolve(child.saidReady),
  stopSignal: 'SIGTERM',
  graceMs: 15_000,
});

const startAll = async ({
  config,
  floorPort,
  services,
  supervisor,
  closers,
  say,
}: {
  config: Config;
  floorPort: number;
  services: Service[];
  supervisor: Supervisor;
  closers: (() => Promise<void>)[];
  say: (line: string) => void;
}): Promise<Stage> => {
  say('starting PostgreSQL and Temporal');
  await supervisor.start('postgres');
  await supervisor.start('temporal');
  const { sampleAccounts } = await prepareDesk(config);
  say('starting the desk and the floors');
  for (const name of ['worker', 'web', 'floor-worker', 'floor-web']) await supervisor.start(name);

  const sql = postgres(embeddedDatabaseUrl(config), { max: 2 });
  closers.push(() => sql.end({ timeout: 2 }));
  const connection = await Connection.connect({ address: config.TEMPORAL_ADDRESS });
  closers.push(() => connection.close());

  const pid = (name: string): number => {
    const found = supervisor.pid(name);
    if (found === null) throw new Error(`${name} is not running`);
    return found;
  };
  const first = new Map(services.map(({ name }) => [name, pid(name)]));
  return {
    deskOrigin: config.PUBLIC_ORIGIN,
    floorOrigin: `http://127.0.0.1:${floorPort}`,
    sampleAccounts,
    sql,
    temporal: new Client({ connection, namespace: config.TEMPORAL_NAMESPACE }),
    dataDir: config.DATA_DIR,
    pid,
    ensureNoneDied() {
      for (const [name, started] of first)
        if (pid(name) !== started) throw new OperatorError(`${name} died and was started again`);
    },
  };
};

const removeFolder = (dir: string): void =>
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
