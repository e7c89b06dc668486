/**
 * A few processes that read and draw untrusted files, one job each. A long job yields its place and
 * resumes behind the others. A job over its limits costs only its process, which is replaced.
 * `fair-queue.ts` decides the order.
 */
import { DomainError } from '../../base/errors.ts';
import { FairQueue } from './fair-queue.ts';
import type { JobInput, JobName, JobPiece, JobResult } from './jobs.ts';
import { startLimitedProcess } from './limited-process.ts';
import type { Ending, JobLimits, LimitedProcess } from './limited-process.ts';

export interface FileJob<Name extends JobName> {
  name: Name;
  input: JobInput<Name> | (() => Promise<JobInput<Name>>);
  owner: string;
  limits: Pick<JobLimits, 'cpuSeconds' | 'memoryBytes'>;
  onPiece?: (piece: JobPiece<Name>) => void;
}

/** `costly`: certainly the file's own doing, on any machine. */
export type FileJobEnd<Name extends JobName> = { cpuSeconds: number } & (
  | { how: 'done'; result: JobResult<Name> }
  | { how: 'costly' }
);

export interface FilePool {
  /**
   * @throws DomainError unavailable, with the fact `seconds`, when too many wait or this machine is
   *   at fault. Nothing is known of the file then
   */
  run<Name extends JobName>(job: FileJob<Name>): Promise<FileJobEnd<Name>>;
  load(): { waiting: number; running: number };
  watch(note: (report: FileJobReport) => void): void;
  close(): void;
}

export interface FileJobReport {
  name: JobName;
  outcome: 'done' | 'costly' | 'failed' | 'lost' | 'turned_away';
  waitSeconds: number;
  cpuSeconds: number;
}

export interface PoolSettings {
  processes: number;
  waitingPerOwner: number;
  waiting: number;
  waitSeconds: number;
  wallSeconds: number;
  niceness: number;
  slowNiceness: number;
}

export const DESK_POOL: PoolSettings = {
  processes: 2,
  waitingPerOwner: 6,
  waiting: 64,
  waitSeconds: 60,
  wallSeconds: 300,
  niceness: 0,
  slowNiceness: 10,
};

export const PREVIEW_POOL: PoolSettings = {
  processes: 1,
  waitingPerOwner: 6,
  waiting: 64,
  waitSeconds: 600,
  wallSeconds: 900,
  niceness: 10,
  slowNiceness: 15,
};

const IDLE_MS = 60_000;
const HEAP_BYTES = 512 * 1024 * 1024;
const MOST_JOBS = 500;
const MOST_KEPT_BYTES = 400 * 1024 * 1024;
const LONG_SECONDS = 1;
const MOST_LONG = 3;
/** Several, so that heavy owners do not wait for one another alone. */
const HEAVY_PLACES = 2;
const RETRY_SECONDS = '10';

const unavailable = (cause?: unknown): DomainError =>
  new DomainError('unavailable', { seconds: RETRY_SECONDS, stored: 'no' }, cause);

type Lane = 'quick' | 'slow';

interface Held {
  process: LimitedProcess;
  jobs: number;
}

interface Waiting {
  since: number;
  begin(): void;
  serve(
    process: LimitedProcess,
    how: { waitSeconds: number; onCpu: (cpuSeconds: number) => void },
  ): Promise<Ending | undefined>;
  refuse(why: DomainError, outcome: FileJobReport['outcome']): void;
}

export const createFilePool = (
  settings: PoolSettings,
  ...watchers: ((report: FileJobReport) => void)[]
): FilePool => {
  const queue = new FairQueue<Waiting>({
    perOwner: settings.waitingPerOwner,
    most: settings.waiting,
  });
  const idle: Record<Lane, (Held & { ending: NodeJS.Timeout })[]> = { quick: [], slow: [] };
  const busy = new Set<LimitedProcess>();
  const running: Record<Lane, number> = { quick: 0, slow: 0 };
  let isClosed = false;

  const note = (report: FileJobReport): void => {
    for (const watcher of watchers) watcher(report);
  };

  const takeProcess = async (lane: Lane): Promise<Held> => {
    for (let free = idle[lane].pop(); free; free = idle[lane].pop()) {
      clearTimeout(free.ending);
      if (!free.process.isAlive()) continue;
      free.process.setIdle(false);
      return free;
    }
    const niceness = lane === 'slow' ? settings.slowNiceness : settings.niceness;
    return { process: await startLimitedProcess({ heapBytes: HEAP_BYTES, niceness }), jobs: 0 };
  };

  const giveBack = async ({ process, jobs }: Held, lane: Lane): Promise<void> => {
    const keptBytes = await process.residentBytes();
    const isOne = lane === 'quick' || idle.slow.length === 0;
    if (isClosed || !isOne || jobs >= MOST_JOBS || keptBytes > MOST_KEPT_BYTES)
      return process.end();
    process.setIdle(true);
    const free = { process, jobs, ending: setTimeout(() => process.end(), IDLE_MS).unref() };
    idle[lane].push(free);
  };

  const serve = async (waiting: Waiting, lane: Lane, onLong: () => boolean): Promise<number> => {
    const waitSeconds = (performance.now() - waiting.since) / 1000;
    if (isClosed) {
      waiting.refuse(unavailable(), 'lost');
      return 0;
    }
    let held: Held;
    try {
      held = await takeProcess(lane);
    } catch (error) {
      waiting.refuse(unavailable(error), 'lost');
      return 0;
    }
    const { process, jobs } = held;
    let kept = lane;
    const onCpu = (cpuSeconds: number): void => {
      if (kept === 'slow' || cpuSeconds < LONG_SECONDS || !onLong()) return;
      kept = 'slow';
      process.lowerPriority(settings.slowNiceness);
    };
    if (isClosed) process.end();
    busy.add(process);
    const ending = await waiting.serve(process, { waitSeconds, onCpu });
    busy.delete(process);
    if (!ending || ending.how === 'done') await giveBack({ process, jobs: jobs + 1 }, kept);
    else process.end();
    return ending?.cpuSeconds ?? 0;
  };

  const serveAll = async (first: Lane): Promise<void> => {
    let lane = first;
    running[lane] += 1;
    const onLong = (): boolean => {
      if (running.slow >= MOST_LONG) return false;
      running.quick -= 1;
      running.slow += 1;
      lane = 'slow';
      // Its place is another's.
      serveWaiting();
      return true;
    };
    while (lane === first) {
      const taken = queue.take(lane === 'slow' ? 'heavy' : 'light');
      if (!taken) break;
      taken.item.begin();
      queue.done(taken.owner, await serve(taken.item, lane, onLong));
    }
    running[lane] -= 1;
    serveWaiting();
  };

  const serveWaiting = (): void => {
    while (running.quick < settings.processes && queue.has('light')) void serveAll('quick');
    while (running.slow < HEAVY_PLACES && queue.has('heavy')) void serveAll('slow');
  };

  return {
    run: <Name extends JobName>(job: FileJob<Name>) =>
      new Promise<FileJobEnd<Name>>((resolve, reject) => {
        const { name, input, owner, limits, onPiece = () => {} } = job;
        const since = performance.now();
        const waiting: Waiting = {
          since,
          begin: () => clearTimeout(impatient),
          async serve(process, { waitSeconds, onCpu }) {
            let given: unknown = input;
            try {
              if (typeof input === 'function') given = await input();
            } catch (error) {
              reject(error);
              return undefined;
            }
            const ending = await process.work({
              name,
              input: given,
              limits: { ...limits, wallSeconds: settings.wallSeconds },
              onPiece: onPiece as (piece: unknown) => void,
              onCpu,
            });
            const { how, cpuSeconds } = ending;
            note({ name, outcome: how, waitSeconds, cpuSeconds });
            if (how === 'done')
              resolve({ how, cpuSeconds, result: ending.result as JobResult<Name> });
            else if (how === 'costly') resolve({ how, cpuSeconds });
            else if (how === 'lost') reject(unavailable(new Error(`${name}: ${ending.why}`)));
            else reject(new Error(`${name} failed: ${ending.why}`));
            return ending;
          },
          refuse(why, outcome) {
            clearTimeout(impatient);
            const waitSeconds = (performance.now() - since) / 1000;
            note({ name, outcome, waitSeconds, cpuSeconds: 0 });
            reject(why);
          },
        };
        const impatient = setTimeout(() => {
          queue.remove(owner, waiting);
          waiting.refuse(unavailable(), 'turned_away');
        }, settings.waitSeconds * 1000);
        queue.add(owner, waiting)?.refuse(unavailable(), 'turned_away');
        serveWaiting();
      }),
    load: () => ({ waiting: queue.waiting(), running: running.quick + running.slow }),
    watch: (watcher) => watchers.push(watcher),
    close() {
      isClosed = true;
      for (const { process, ending } of [...idle.quick.splice(0), ...idle.slow.splice(0)]) {
        clearTimeout(ending);
        process.end();
      }
      for (const process of busy) process.end();
    },
  };
};
