/**
 * Runs the processes of one desk on one machine: starts them in order, restarts what dies, gives up
 * on what will not stay up, and stops all in reverse order.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '../platform/base/errors.ts';
import { diskFull, diskIsFull } from './disk.ts';
import { lastLine } from './service-log.ts';
import { adoptedProcess, endProcess, killGroup, spawnService } from './service-process.ts';
import type { RunningProcess, Service } from './service-process.ts';

export interface SupervisorOptions {
  // In start order; they are stopped in the reverse order.
  services: Service[];
  logDir: string;
  say: (line: string) => void;
  // A shorter life counts as a death; `maxDeaths` within `deathWindowMs` end the attempt.
  shortLifeMs?: number;
  maxDeaths?: number;
  deathWindowMs?: number;
  // Doubled for each further restart, up to 5 s.
  firstBackoffMs?: number;
  progressEveryMs?: number;
}

export interface Supervisor {
  adopt: (name: string) => Promise<boolean>;
  start: (name: string) => Promise<void>;
  /** Never rejects; resolves with the reason once a service will not stay up. */
  failed: Promise<OperatorError>;
  pid: (name: string) => number | null;
  stop: () => Promise<void>;
  kill: () => void;
}

const MAX_BACKOFF_MS = 5000;
const READY_POLL_MS = 200;
// The last output of a process may reach its log file after it has ended.
const LOG_SETTLES_MS = 200;

interface State extends Required<SupervisorOptions> {
  stopping: AbortController;
  running: Map<string, RunningProcess>;
  adopted: Map<string, RunningProcess>;
  loops: Promise<void>[];
}

export const createSupervisor = (options: SupervisorOptions): Supervisor => {
  const state: State = {
    shortLifeMs: 3000,
    maxDeaths: 5,
    deathWindowMs: 60_000,
    firstBackoffMs: 250,
    progressEveryMs: 15_000,
    ...options,
    stopping: new AbortController(),
    running: new Map(),
    adopted: new Map(),
    loops: [],
  };
  const failure = deferred<OperatorError>();
  let stopped: Promise<void> | null = null;
  return {
    adopt: async (name) => {
      const pid = (await serviceNamed(state, name).adopt?.()) ?? null;
      if (pid !== null) state.adopted.set(name, adoptedProcess(pid));
      return pid !== null;
    },
    start: (name) => {
      const service = serviceNamed(state, name);
      return new Promise((resolve, reject) => {
        const loop = keepUp(state, service, resolve).catch((error: unknown) => {
          reject(error);
          failure.resolve(
            error instanceof OperatorError
              ? error
              : new OperatorError(`${name} could not be started: ${String(error)}`, error),
          );
        });
        state.loops.push(loop.then(() => reject(new OperatorError(`${name} was stopped`))));
      });
    },
    failed: failure.promise,
    pid: (name) => state.running.get(name)?.pid ?? null,
    stop: () => (stopped ??= stopInOrder(state)),
    kill: () => {
      state.stopping.abort();
      for (const { pid } of [...state.running.values(), ...state.adopted.values()]) killGroup(pid);
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

const serviceNamed = ({ services }: State, name: string): Service => {
  const service = services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`no service is called ${name}`);
  return service;
};

const logFileOf = ({ logDir }: State, { name }: Service): string =>
  path.join(logDir, `${name}.log`);

const keepUp = async (state: State, service: Service, onReady: () => void): Promise<void> => {
  const { signal } = state.stopping;
  let deaths: number[] = [];
  let wasReady = false;
  while (!signal.aborted) {
    let readyAt: number | null = null;
    let how: string;
    try {
      const process = takeAdopted(state, service) ?? (await launch(state, service));
      const problem = await reachReady(state, service, process);
      if (problem === null) {
        readyAt = Date.now();
        wasReady = true;
        onReady();
      }
      how = problem ?? (await process.ended);
      state.running.delete(service.name);
    } catch (error) {
      if (signal.aborted) return;
      if (!wasReady || error instanceof OperatorError) throw error;
      how = `did not start: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (signal.aborted) return;
    const now = Date.now();
    const stayedUp = readyAt !== null && now - readyAt >= state.shortLifeMs;
    deaths = deaths.filter((at) => at > now - state.deathWindowMs);
    if (!stayedUp) deaths.push(now);
    const hopeless = deaths.length >= state.maxDeaths;
    const cause = hopeless || !wasReady ? await knownCause(state, service) : undefined;
    if (cause !== undefined) throw cause;
    if (hopeless) throw willNotStayUp(state, service, how, deaths.length);
    const wait = state.firstBackoffMs * 2 ** Math.max(0, deaths.length - 1);
    state.say(`${service.name} ${how}; starting it again`);
    await delay(Math.min(wait, MAX_BACKOFF_MS), undefined, { signal }).catch(() => undefined);
  }
};

const takeAdopted = (
  { adopted, running }: State,
  { name }: Service,
): RunningProcess | undefined => {
  const process = adopted.get(name);
  if (process !== undefined) running.set(name, process);
  adopted.delete(name);
  return process;
};

const launch = async (state: State, service: Service): Promise<RunningProcess> => {
  const command = await service.command(state.stopping.signal);
  state.stopping.signal.throwIfAborted();
  const process = spawnService(service, command, logFileOf(state, service), state.say);
  state.running.set(service.name, process);
  return process;
};

/** Null when ready, else how it ended. No time limit: the machine may be slow. */
const reachReady = async (
  { stopping, progressEveryMs, say }: State,
  service: Service,
  process: RunningProcess,
): Promise<string | null> => {
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
      const seconds = Math.round((Date.now() - begun) / 1000);
      say(`${service.name}: ${process.doing}, for ${seconds} s so far`);
    }
    await Promise.race([delay(READY_POLL_MS), process.ended]);
  }
};

const knownCause = async (state: State, service: Service): Promise<OperatorError | undefined> => {
  await delay(LOG_SETTLES_MS);
  if (diskIsFull(state.logDir)) return diskFull(state.logDir);
  const remedy = service.remedyFor?.(lastLine(logFileOf(state, service)));
  return remedy === undefined ? undefined : new OperatorError(remedy);
};

const willNotStayUp = (
  state: State,
  service: Service,
  how: string,
  times: number,
): OperatorError => {
  const file = logFileOf(state, service);
  const last = lastLine(file);
  const often = times > 1 ? `ended ${times} times in a short time; the last time it ` : '';
  return new OperatorError(
    `${service.name} will not stay up: it ${often}${how}.${last ? ` Its last line: ${last}` : ''} (all of it: ${file})`,
  );
};

const stopInOrder = async (state: State): Promise<void> => {
  state.stopping.abort();
  for (const service of state.services.toReversed()) {
    const process = state.running.get(service.name) ?? state.adopted.get(service.name);
    if (process !== undefined) await endProcess(service, process);
  }
  await Promise.all(state.loops);
};
