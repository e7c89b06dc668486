// The official development server with a SQLite file in DATA_DIR. It listens on loopback only,
// because its UI and HTTP API ask for no login.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperatorError } from '../platform/base/errors.ts';
import { anyFreePort } from './ports.ts';
import { processIdentity, stopProcess } from './processes.ts';
import type { Service, ServiceCommand } from './service-process.ts';
import { obtainTemporalCli } from './temporal-cli.ts';

export interface TemporalServerOptions {
  dataDir: string;
  port: number;
  ui: boolean;
  namespace: string;
  codecEndpoint?: string;
  cliPath: string;
  say: (line: string) => void;
}

const GRACE_MS = 15_000;

export interface TemporalService extends Service {
  uiPort: () => number | null;
}

interface Left {
  pid: number;
  identity: string | null;
  port: number;
  ui: number | null;
}

export const createTemporalService = (options: TemporalServerOptions): TemporalService => {
  const { dataDir, port, ui, say } = options;
  let uiPort: number | null = null;
  return {
    name: 'temporal',
    kind: 'server',
    command: async (signal) => {
      ensureDatabase(databaseIn(dataDir));
      uiPort = ui ? await anyFreePort() : null;
      const { cliPath } = options;
      const file = await obtainTemporalCli({ cliPath, dataDir, env: process.env, say, signal });
      return serverCommand(file, options, uiPort);
    },
    adopt: async () => {
      const left = readLeft(pidFileIn(dataDir));
      if (left === null) return null;
      if (left.port === port && (typeof left.ui === 'number') === ui) {
        uiPort = left.ui;
        if (await serverAnswers(options, uiPort).catch(() => false)) return left.pid;
      }
      say(`Temporal: ending the server that was left running (process ${left.pid})`);
      await stopLeftTemporal(dataDir);
      return null;
    },
    started: (pid) => {
      const left: Left = { pid, identity: processIdentity(pid), port, ui: uiPort };
      writeFileSync(pidFileIn(dataDir), JSON.stringify(left), { mode: 0o600 });
    },
    isReady: () => serverAnswers(options, uiPort),
    remedyFor: (lastLine) =>
      /malformed|not a database|disk image|SQL logic error|no such table/.test(lastLine)
        ? damaged(databaseIn(dataDir))
        : undefined,
    stopSignal: 'SIGTERM',
    graceMs: GRACE_MS,
    uiPort: () => uiPort,
  };
};

const serverCommand = (
  file: string,
  { dataDir, port, namespace, codecEndpoint }: TemporalServerOptions,
  uiPort: number | null,
): ServiceCommand => ({
  file,
  args: [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    ...(uiPort === null ? ['--headless'] : [`--ui-port=${uiPort}`]),
    ...(uiPort !== null && codecEndpoint ? [`--ui-codec-endpoint=${codecEndpoint}`] : []),
    `--db-filename=${databaseIn(dataDir)}`,
    // The server's default, a rollback journal, is several times slower.
    '--sqlite-pragma=journal_mode=wal',
    '--sqlite-pragma=synchronous=normal',
    `--namespace=${namespace}`,
    '--log-level=warn',
  ],
  cwd: dataDir,
  // Without TEMPORAL_* settings, which the program would read as its own options.
  env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
});

const serverAnswers = async (
  { port, namespace }: TemporalServerOptions,
  uiPort: number | null,
): Promise<boolean> =>
  (await namespaceAnswers(`127.0.0.1:${port}`, namespace)) &&
  (uiPort === null || (await pageAnswers(`http://127.0.0.1:${uiPort}/`)));

export const stopLeftTemporal = async (dataDir: string): Promise<void> => {
  const left = readLeft(pidFileIn(dataDir));
  if (left !== null) await stopProcess(left.pid, 'SIGTERM', GRACE_MS);
};

const SQLITE = 'SQLite format 3\0';

const ensureDatabase = (file: string): void => {
  let start: string;
  try {
    start = readFileSync(file).toString('latin1', 0, SQLITE.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (start !== '' && start !== SQLITE) throw new OperatorError(damaged(file));
};

const damaged = (file: string): string =>
  `${file} is damaged. Move it away and start again: the letters are in the record, and "npm run desk -- reconcile" starts their workflows anew.`;

const databaseIn = (dataDir: string): string => path.join(dataDir, 'temporal.db');

const pidFileIn = (dataDir: string): string => path.join(dataDir, 'temporal.pid');

const namespaceAnswers = async (address: string, namespace: string): Promise<boolean> => {
  const { Connection } = await import('@temporalio/client');
  const connection = Connection.lazy({ address });
  try {
    await connection.withDeadline(Date.now() + 2000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
};

const pageAnswers = async (url: string): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000), redirect: 'manual' });
  await response.body?.cancel();
  return response.status < 500;
};

const readLeft = (pidFile: string): Left | null => {
  try {
    const left = JSON.parse(readFileSync(pidFile, 'utf8')) as Left;
    const identity = processIdentity(left.pid);
    if (identity !== null && identity === left.identity) return left;
  } catch {
    // A missing or half-written file: nothing is known to run.
  }
  rmSync(pidFile, { force: true });
  return null;
};
