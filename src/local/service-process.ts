import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processGone, processIdentity, sendSignal } from './processes.ts';
import { copyToLog, rotateLargeLog } from './service-log.ts';

export interface ServiceCommand {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  user?: { uid: number; gid: number };
}

export interface Service {
  name: string;
  command: (signal: AbortSignal) => Promise<ServiceCommand>;
  /**
   * `server` outlives a killed supervisor, is found again by `adopt` and writes its own log file.
   * `node` is a child that ends when its IPC channel closes.
   */
  kind: 'server' | 'node';
  /** The pid of a usable process that a killed supervisor left behind; ends an unusable one. */
  adopt?: () => Promise<number | null>;
  started?: (pid: number) => void;
  isReady: (child: { saidReady: boolean }) => Promise<boolean>;
  remedyFor?: (lastLine: string) => string | undefined;
  stopSignal: NodeJS.Signals;
  graceMs: number;
}

export interface RunningProcess {
  pid: number;
  saidReady: boolean;
  doing: string;
  ended: Promise<string>;
}

export const spawnService = (
  service: Service,
  command: ServiceCommand,
  logFile: string,
  say: (line: string) => void,
): RunningProcess => {
  mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  rotateLargeLog(logFile);
  // A server writes the file itself: a pipe would break with the supervisor, and the server with it.
  const log = service.kind === 'server' ? openSync(logFile, 'a', 0o600) : null;
  // Detached, so that Ctrl-C in a terminal reaches only the supervisor, which stops all in order.
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: log === null ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', log, log],
    ...command.user,
  });
  if (log !== null) closeSync(log);
  const process: RunningProcess = {
    pid: child.pid ?? 0,
    saidReady: false,
    doing: 'starting',
    ended: untilEnded(child),
  };
  child.on('message', (message) => {
    if (message === 'ready') process.saidReady = true;
    const { doing } = message as { doing?: unknown };
    if (typeof doing !== 'string') return;
    process.doing = doing;
    say(`${service.name}: ${doing}`);
  });
  if (log === null) copyToLog(service.name, child, logFile, say);
  if (child.pid !== undefined) service.started?.(child.pid);
  return process;
};

const untilEnded = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(`did not start: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
  });

// It is no child of this process, so its end is found by polling.
export const adoptedProcess = (pid: number): RunningProcess => {
  const identity = processIdentity(pid);
  const isThere = (): boolean => identity !== null && processIdentity(pid) === identity;
  const untilGone = async (): Promise<string> => {
    while (isThere()) await delay(250);
    return 'ended';
  };
  return { pid, saidReady: true, doing: 'starting', ended: untilGone() };
};

export const endProcess = async (service: Service, process: RunningProcess): Promise<void> => {
  if (process.pid === 0) return;
  sendSignal(process.pid, service.stopSignal);
  const gone = await Promise.race([
    process.ended.then(() => true),
    processGone(process.pid, service.graceMs),
  ]);
  if (gone) return;
  killGroup(process.pid);
  await processGone(process.pid, 5000);
};

export const killGroup = (pid: number): void => {
  if (pid > 0) sendSignal(-pid, 'SIGKILL');
};
