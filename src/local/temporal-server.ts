/**
 * The local Temporal server: the official development server, kept in a SQLite file under
 * `DATA_DIR`, on loopback, because its UI and HTTP API ask for no login.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperatorError } from '../platform/base/errors.ts';
import { anyFreePort } from './ports.ts';
import { processIdentity, stopProcess } from './processes.ts';
import type { Service, ServiceCommand } from './supervisor.ts';
import { obtainTemporalCli } from './temporal-cli.ts';

export interface TemporalServerOptions {
  dataDir: string;
  port: number;
  /** Whether its UI is served, on a port of its own choice (`uiPort`). */
  ui: boolean;
  namespace: string;
  /** Where its UI has payloads opened; unset: nowhere. */
  codecEndpoint?: string;
  /** `TEMPORAL_CLI_PATH`; empty: found or obtained. */
  cliPath: string;
  say: (line: string) => void;
}

const GRACE_MS = 15_000;

export interface TemporalService extends Service {
  /** Where the running server serves its UI; null: nowhere. */
  uiPort: () => number | null;
}

interface Left {
  pid: number;
  identity: string | null;
  port: number;
  /** Port of its UI. */
  ui: number | null;
}

/** The server as a service of the supervisor. */
export const createTemporalService = ({
  dataDir,
  port,
  ui,
  namespace,
  codecEndpoint,
  cliPath,
  say,
}: TemporalServerOptions): TemporalService => {
  const pidFile = pidFileIn(dataDir);
  const address = `127.0.0.1:${port}`;
  let uiPort: number | null = null;

  const command = async (signal: AbortSignal): Promise<ServiceCommand> => {
    ensureDatabase(path.join(dataDir, 'temporal.db'));
    uiPort = ui ? await anyFreePort() : null;
    const file = await obtainTemporalCli({ cliPath, dataDir, env: process.env, say, signal });
    return {
      file,
      args: [
        'server',
        'start-dev',
        '--ip=127.0.0.1',
        `--port=${port}`,
        ...(uiPort === null ? ['--headless'] : [`--ui-port=${uiPort}`]),
        ...(uiPort !== null && codecEndpoint ? [`--ui-codec-endpoint=${codecEndpoint}`] : []),
        `--db-filename=${path.join(dataDir, 'temporal.db')}`,
        // The server's own choice is a rollback journal: several times slower.
        '--sqlite-pragma=journal_mode=wal',
        '--sqlite-pragma=synchronous=normal',
        `--namespace=${namespace}`,
        '--log-level=warn',
      ],
      cwd: dataDir,
      // Without the TEMPORAL_* settings, which the program would read as its own options.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
    };
  };

  const isReady = async (): Promise<boolean> =>
    (await namespaceAnswers(address, namespace)) &&
    (uiPort === null || (await pageAnswers(`http://127.0.0.1:${uiPort}/`)));

  const adopt = async (): Promise<number | null> => {
    const left = readLeft(pidFile);
    if (left === null) return null;
    if (left.port === port && (typeof left.ui === 'number') === ui) {
      uiPort = left.ui;
      if (await isReady().catch(() => false)) return left.pid;
    }
    say(`Temporal: ending the server that was left running (process ${left.pid})`);
    await stopLeftTemporal(dataDir);
    return null;
  };

  const started = (pid: number): void => {
    const left: Left = { pid, identity: processIdentity(pid), port, ui: uiPort };
    writeFileSync(pidFile, JSON.stringify(left), { mode: 0o600 });
  };

  return {
    name: 'temporal',
    kind: 'server',
    command,
    adopt,
    started,
    isReady,
    remedyFor: (lastLine) =>
      /malformed|not a database|disk image|SQL logic error|no such table/.test(lastLine)
        ? damaged(path.join(dataDir, 'temporal.db'))
        : undefined,
    stopSignal: 'SIGTERM',
    graceMs: GRACE_MS,
    uiPort: () => uiPort,
  };
};

/** Ends the server that runs on this data without a supervisor, if one does. */
export const stopLeftTemporal = async (dataDir: string): Promise<void> => {
  const left = readLeft(pidFileIn(dataDir));
  if (left !== null) await stopProcess(left.pid, 'SIGTERM', GRACE_MS);
};

const SQLITE = 'SQLite format 3\0';

/** @throws OperatorError when the server could not open its file */
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

/** The server that was started on this data and still runs, if any. */
const readLeft = (pidFile: string): Left | null => {
  try {
    const left = JSON.parse(readFileSync(pidFile, 'utf8')) as Left;
    const identity = processIdentity(left.pid);
    if (identity !== null && identity === left.identity) return left;
  } catch {
    // There is no file, or half of one: then nothing is known to run.
  }
  rmSync(pidFile, { force: true });
  return null;
};
