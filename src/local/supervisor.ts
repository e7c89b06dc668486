/**
 * Runs the processes of one desk on one machine: starts each and waits until it is ready, however
 * slow the machine is; starts again what dies, gives up when one will not stay up, and stops all in
 * order.
 *
 * Children have process groups of their own: Ctrl-C in a terminal reaches only the supervisor,
 * which then stops them in the right order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  type WriteStream,
  closeSync,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '../platform/base/errors.ts';
import { diskFull, diskIsFull } from './disk.ts';
import { processGone, processIdentity, sendSignal } from './processes.ts';

export interface ServiceCommand {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user to run as, when it is not the one of the supervisor. */
  user?: { uid: number; gid: number };
}

export interface Service {
  name: string;
  /** Called before each start; may first prepare what the process needs, until `signal`. */
  command: (signal: AbortSignal) => Promise<ServiceCommand>;
  /**
   * `server`: a program that outlives a killed supervisor and is found again by `adopt`; it writes
   * its log file itself. `node`: a child with an IPC channel, which ends when the channel closes;
   * its warnings are shown on the console.
   */
  kind: 'server' | 'node';
  /** Finds the process that a killed supervisor left, when it can be used; ends it when it cannot. */
  adopt?: () => Promise<number | null>;
  /** Told of each process started, e.g. to keep its pid for `adopt`. */
  started?: (pid: number) => void;
  /** Asked again and again until true. `saidReady`: the child sent the IPC message `ready`. */
  isReady: (child: { saidReady: boolean }) => Promise<boolean>;
  /** What an operator does about its last line, when that is known. */
  remedyFor?: (lastLine: string) => string | undefined;
  stopSignal: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  graceMs: number;
}

export interface SupervisorOptions {
  /** In start order; they are stopped in the reverse order. */
  services: Service[];
  logDir: string;
  /** One line for the console. */
  say: (line: string) => void;
  /** A process that was ready for less than this before it died did not stay up. */
  shortLifeMs?: number;
  /** So many short lives within `deathWindowMs` end the attempt. */
  maxDeaths?: number;
  deathWindowMs?: number;
  /** Wait before the first restart; doubled for each further one, up to 5 s. */
  firstBackoffMs?: number;
  /** How often the console says that a process is still waited for. */
  progressEveryMs?: number;
}

export interface Supervisor {
  /** Takes over what a killed supervisor left of this service. True when it is running. */
  adopt: (name: string) => Promise<boolean>;
  /**
   * Resolves when the service is ready for the first time.
   * @throws OperatorError when it does not get there
   */
  start: (name: string) => Promise<void>;
  /** Resolves with the reason when a service will not stay up; never before. */
  failed: Promise<OperatorError>;
  pid: (name: string) => number | null;
  /** Ends every process, in order. Safe to call more than once. */
  stop: () => Promise<void>;
  /** Ends every process at once, without waiting: for a second Ctrl-C. */
  kill: () => void;
}

interface Running {
  pid: number;
  saidReady: boolean;
  /** What the child last said that it is doing before it is ready. */
  doing: string;
  /** Resolves with how it ended, in words. */
  ended: Promise<string>;
}

const LOG_KEEP_BYTES = 10 * 1024 * 1024;
const MAX_BACKOFF_MS = 5000;
const READY_POLL_MS = 200;
/** The last words of a process may reach its log file after it has ended. */
const LOG_SETTLES_MS = 200;

export const createSupervisor = ({
  services,
  logDir,
  say,
  shortLifeMs = 3000,
  maxDeaths = 5,
  deathWindowMs = 60_000,
  firstBackoffMs = 250,
  progressEveryMs = 15_000,
}: SupervisorOptions): Supervisor => {
  const stopping = new AbortController();
  const running = new Map<string, Running>();
  const adopted = new Map<string, Running>();
  const loops: Promise<void>[] = [];
  let stopped: Promise<void> | null = null;
  const failure = deferred<OperatorError>();

  const serviceNamed = (name: string): Service => {
    const service = services.find((candidate) => candidate.name === name);
    if (service === undefined) throw new Error(`no service is called ${name}`);
    return service;
  };

  const logFileOf = ({ name }: Service): string => path.join(logDir, `${name}.log`);

  const launch = async (service: Service): Promise<Running> => {
    const command = await service.command(stopping.signal);
    stopping.signal.throwIfAborted();
    const process = spawnService(service, command, logFileOf(service), say);
    running.set(service.name, process);
    return process;
  };

  const takeAdopted = ({ name }: Service): Running | undefined => {
    const process = adopted.get(name);
    if (process !== undefined) running.set(name, process);
    adopted.delete(name);
    return process;
  };

  /** Null when ready, else how it ended. A slow process is waited for, and the console says so. */
  const reachReady = async (service: Service, process: Running): Promise<string | null> => {
    const begun = Date.now();
    let nextProgress = begun + progressEveryMs;
    let ended: string | null = null;
    void process.ended.then((how) => {
      ended = how;
    });
    for (;;) {
      if (await service.isReady(process).catch(() => false)) return null;
      if (ended !== null || stopping.signal.aborted) return ended ?? 'stopped';
      if (Date.now() >= nextProgress) {
        nextProgress = Date.now() + progressEveryMs;
        say(`${service.name}: ${process.doing}, for ${seconds(Date.now() - begun)} so far`);
      }
      await Promise.race([delay(READY_POLL_MS), process.ended]);
    }
  };

  const keepUp = async (service: Service, onReady: () => void): Promise<void> => {
    let deaths: number[] = [];
    let wasReady = false;
    while (!stopping.signal.aborted) {
      let readyAt: number | null = null;
      let how: string;
      try {
        const process = takeAdopted(service) ?? (await launch(service));
        const problem = await reachReady(service, process);
        if (problem === null) {
          readyAt = Date.now();
          wasReady = true;
          onReady();
        }
        how = problem ?? (await process.ended);
        running.delete(service.name);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!wasReady || error instanceof OperatorError) throw error;
        how = `did not start: ${error instanceof Error ? error.message : String(error)}`;
      }
      if (stopping.signal.aborted) return;
      const now = Date.now();
      const stayedUp = readyAt !== null && now - readyAt >= shortLifeMs;
      deaths = deaths.filter((at) => at > now - deathWindowMs);
      if (!stayedUp) deaths.push(now);
      const hopeless = deaths.length >= maxDeaths;
      const cause = hopeless || !wasReady ? await knownCause(service) : undefined;
      if (cause !== undefined) throw cause;
      if (hopeless) throw willNotStayUp(service, how, deaths.length);
      const wait = Math.min(firstBackoffMs * 2 ** Math.max(0, deaths.length - 1), MAX_BACKOFF_MS);
      say(`${service.name} ${how}; starting it again`);
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  /** What keeps it from starting, where it is known and another try would not help. */
  const knownCause = async (service: Service): Promise<OperatorError | undefined> => {
    await delay(LOG_SETTLES_MS);
    if (diskIsFull(logDir)) return diskFull(logDir);
    const remedy = service.remedyFor?.(lastLine(logFileOf(service)));
    return remedy === undefined ? undefined : new OperatorError(remedy);
  };

  const willNotStayUp = (service: Service, how: string, times: number): OperatorError => {
    const file = logFileOf(service);
    const last = lastLine(file);
    const often = times > 1 ? `ended ${times} times in a short time; the last time it ` : '';
    return new OperatorError(
      `${service.name} will not stay up: it ${often}${how}.${last ? ` Its last line: ${last}` : ''} (all of it: ${file})`,
    );
  };

  const stopInOrder = async (): Promise<void> => {
    stopping.abort();
    for (const service of services.toReversed()) {
      const process = running.get(service.name) ?? adopted.get(service.name);
      if (process !== undefined) await endProcess(service, process);
    }
    await Promise.all(loops);
  };

  return {
    adopt: async (name) => {
      const service = serviceNamed(name);
      const pid = (await service.adopt?.()) ?? null;
      if (pid !== null) adopted.set(name, adoptedProcess(pid));
      return pid !== null;
    },
    start: (name) => {
      const service = serviceNamed(name);
      return new Promise((resolve, reject) => {
        const loop = keepUp(service, resolve).catch((error: unknown) => {
          reject(error);
          failure.resolve(
            error instanceof OperatorError
              ? error
              : new OperatorError(`${name} could not be started: ${String(error)}`, error),
          );
        });
        loops.push(loop.then(() => reject(new OperatorError(`${name} was stopped`))));
      });
    },
    failed: failure.promise,
    pid: (name) => running.get(name)?.pid ?? null,
    stop: () => (stopped ??= stopInOrder()),
    kill: () => {
      stopping.abort();
      for (const { pid } of [...running.values(), ...adopted.values()]) killGroup(pid);
    },
  };
};

const deferred = <Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } => {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

const spawnService = (
  service: Service,
  command: ServiceCommand,
  logFile: string,
  say: (line: string) => void,
): Running => {
  mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  setAsideLargeLog(logFile);
  // A server gets the file itself: a pipe would break with the supervisor, and the server with it.
  const log = service.kind === 'server' ? openSync(logFile, 'a', 0o600) : null;
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: log === null ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', log, log],
    ...command.user,
  });
  if (log !== null) closeSync(log);
  const process: Running = {
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
  if (log === null) keepLog(service.name, child, logFile, say);
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

/** A process that is no child: its end is only seen by looking. */
const adoptedProcess = (pid: number): Running => {
  const identity = processIdentity(pid);
  const isThere = (): boolean => identity !== null && processIdentity(pid) === identity;
  const untilGone = async (): Promise<string> => {
    while (isThere()) await delay(250);
    return 'ended';
  };
  return { pid, saidReady: true, doing: 'starting', ended: untilGone() };
};

const endProcess = async (service: Service, process: Running): Promise<void> => {
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

/** The whole group: what a child has started goes with it. */
const killGroup = (pid: number): void => {
  if (pid > 0) sendSignal(-pid, 'SIGKILL');
};

const keepLog = (
  name: string,
  child: ChildProcess,
  logFile: string,
  say: (line: string) => void,
): void => {
  const log = openLog(logFile, say);
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    stream.on('data', (chunk: Buffer) => log.write(chunk));
    createInterface({ input: stream }).on('line', (line) => {
      const warning = warningOf(line);
      // What is tried again every second would else fill the console.
      if (warning === null || warning === shown) return;
      shown = warning;
      say(`${name} ${warning}`);
    });
  }
  child.once('close', () => log.end());
};

/** A full disk is tried again this often. */
const REOPEN_MS = 2000;
/** What waits for a disk that does not take it; more is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** A log that cannot be written loses lines, and never the desk. */
export const openLog = (
  logFile: string,
  say: (line: string) => void,
): { write: (chunk: Buffer) => void; end: () => void } => {
  let file: WriteStream | null = null;
  let failedAt: number | null = null;
  const open = (): WriteStream => {
    const opened = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    opened.on('error', (error) => {
      if (failedAt === null) say(`${logFile} cannot be written: ${error.message}`);
      failedAt = Date.now();
      if (file === opened) file = null;
    });
    return opened;
  };
  return {
    write: (chunk) => {
      if (file === null && failedAt !== null && Date.now() - failedAt < REOPEN_MS) return;
      file ??= open();
      if (file.writableLength < MAX_WAITING_BYTES) file.write(chunk);
    },
    end: () => file?.end(),
  };
};

const PINO_WARN = 40;

/** The short form of a pino line of level warn or above; null for every other line. */
export const warningOf = (line: string): string | null => {
  if (!line.startsWith('{')) return null;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { level, msg, err } = entry;
  if (typeof level !== 'number' || level < PINO_WARN) return null;
  const cause = (err as { message?: unknown } | undefined)?.message;
  const words = [msg, cause === msg ? undefined : cause].filter(
    (word) => typeof word === 'string' && word !== '',
  );
  return `${level > PINO_WARN ? 'error' : 'warning'}: ${words.join(': ').replaceAll(/\s+/g, ' ').slice(0, 300)}`;
};

const setAsideLargeLog = (file: string): void => {
  try {
    if (statSync(file).size > LOG_KEEP_BYTES) renameSync(file, `${file}.1`);
  } catch {
    // There is no log yet.
  }
};

/** The last line of a file that says something, shortened; of a pino line, its message. */
const lastLine = (file: string): string => {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, 4096));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => /\w/.test(line) && !/^\s+at |^Node\.js v/.test(line));
    const last = lines.at(-1)?.trim() ?? '';
    return (warningOf(last) ?? last).slice(0, 300);
  } finally {
    closeSync(descriptor);
  }
};

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
