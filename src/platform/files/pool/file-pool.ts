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

interface Settle<Name extends JobName> {
  resolve: (end: FileJobEnd<Name>) => void;
  reject: (error: unknown) => void;
}

interface Waiting {
  since: number;
  impatient: NodeJS.Timeout | undefined;
  serve(
    process: LimitedProcess,
    how: { waitSeconds: number; onCpu: (cpuSeconds: number) => void },
  ): Promise<Ending | undefined>;
  refuse(why: DomainError, outcome: FileJobReport['outcome']): void;
}

export class FilePool {
  readonly #settings: PoolSettings;
  readonly #watchers: ((report: FileJobReport) => void)[];
  readonly #queue: FairQueue<Waiting>;
  readonly #idle: Record<Lane, (Held & { ending: NodeJS.Timeout })[]> = { quick: [], slow: [] };
  readonly #busy = new Set<LimitedProcess>();
  readonly #running: Record<Lane, number> = { quick: 0, slow: 0 };
  #isClosed = false;

  constructor(settings: PoolSettings, ...watchers: ((report: FileJobReport) => void)[]) {
    this.#settings = settings;
    this.#watchers = watchers;
    this.#queue = new FairQueue({ perOwner: settings.waitingPerOwner, most: settings.waiting });
  }

  /**
   * @throws DomainError unavailable, with the fact `seconds`, when too many wait or this machine is
   *   at fault. Nothing is known of the file then
   */
  run<Name extends JobName>(job: FileJob<Name>): Promise<FileJobEnd<Name>> {
    return new Promise((resolve, reject) => {
      const { owner } = job;
      const waiting = this.#createWaiting(job, { resolve, reject });
      waiting.impatient = setTimeout(() => {
        this.#queue.remove(owner, waiting);
        waiting.refuse(unavailable(), 'turned_away');
      }, this.#settings.waitSeconds * 1000);
      this.#queue.add(owner, waiting)?.refuse(unavailable(), 'turned_away');
      this.#serveWaiting();
    });
  }

  load(): { waiting: number; running: number } {
    return { waiting: this.#queue.waiting(), running: this.#running.quick + this.#running.slow };
  }

  watch(watcher: (report: FileJobReport) => void): void {
    this.#watchers.push(watcher);
  }

  close(): void {
    this.#isClosed = true;
    for (const { process, ending } of [
      ...this.#idle.quick.splice(0),
      ...this.#idle.slow.splice(0),
    ]) {
      clearTimeout(ending);
      process.end();
    }
    for (const process of this.#busy) process.end();
  }

  #createWaiting<Name extends JobName>(
    { name, input, limits, onPiece = () => {} }: FileJob<Name>,
    { resolve, reject }: Settle<Name>,
  ): Waiting {
    const { wallSeconds } = this.#settings;
    const note = (report: Omit<FileJobReport, 'name'>): void => this.#note({ name, ...report });
    return {
      since: performance.now(),
      impatient: undefined,
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
          limits: { ...limits, wallSeconds },
          onPiece: onPiece as (piece: unknown) => void,
          onCpu,
        });
        const { how, cpuSeconds } = ending;
        note({ outcome: how, waitSeconds, cpuSeconds });
        if (how === 'done') resolve({ how, cpuSeconds, result: ending.result as JobResult<Name> });
        else if (how === 'costly') resolve({ how, cpuSeconds });
        else if (how === 'lost') reject(unavailable(new Error(`${name}: ${ending.why}`)));
        else reject(new Error(`${name} failed: ${ending.why}`));
        return ending;
      },
      refuse(why, outcome) {
        clearTimeout(this.impatient);
        note({ outcome, waitSeconds: secondsSince(this.since), cpuSeconds: 0 });
        reject(why);
      },
    };
  }

  #note(report: FileJobReport): void {
    for (const watcher of this.#watchers) watcher(report);
  }

  #serveWaiting(): void {
    while (this.#running.quick < this.#settings.processes && this.#queue.has('light'))
      void this.#serveAll('quick');
    while (this.#running.slow < HEAVY_PLACES && this.#queue.has('heavy'))
      void this.#serveAll('slow');
  }

  async #serveAll(first: Lane): Promise<void> {
    let lane = first;
    this.#running[lane] += 1;
    const onLong = (): boolean => {
      if (this.#running.slow >= MOST_LONG) return false;
      this.#running.quick -= 1;
      this.#running.slow += 1;
      lane = 'slow';
      // Its place is another's.
      this.#serveWaiting();
      return true;
    };
    while (lane === first) {
      const taken = this.#queue.take(lane === 'slow' ? 'heavy' : 'light');
      if (!taken) break;
      clearTimeout(taken.item.impatient);
      this.#queue.done(taken.owner, await this.#serve(taken.item, lane, onLong));
    }
    this.#running[lane] -= 1;
    this.#serveWaiting();
  }

  async #serve(waiting: Waiting, lane: Lane, onLong: () => boolean): Promise<number> {
    const waitSeconds = secondsSince(waiting.since);
    const held = await this.#takeProcess(lane).catch((error: unknown) => {
      waiting.refuse(unavailable(error), 'lost');
    });
    if (!held) return 0;
    const { process, jobs } = held;
    let kept = lane;
    const onCpu = (cpuSeconds: number): void => {
      if (kept === 'slow' || cpuSeconds < LONG_SECONDS || !onLong()) return;
      kept = 'slow';
      process.lowerPriority(this.#settings.slowNiceness);
    };
    if (this.#isClosed) process.end();
    this.#busy.add(process);
    const ending = await waiting.serve(process, { waitSeconds, onCpu });
    this.#busy.delete(process);
    if (!ending || ending.how === 'done') await this.#giveBack({ process, jobs: jobs + 1 }, kept);
    else process.end();
    return ending?.cpuSeconds ?? 0;
  }

  async #takeProcess(lane: Lane): Promise<Held> {
    if (this.#isClosed) throw new Error('the pool is closed');
    const idle = this.#idle[lane];
    for (let free = idle.pop(); free; free = idle.pop()) {
      clearTimeout(free.ending);
      if (!free.process.isAlive()) continue;
      free.process.setIdle(false);
      return free;
    }
    const niceness = lane === 'slow' ? this.#settings.slowNiceness : this.#settings.niceness;
    return { process: await startLimitedProcess({ heapBytes: HEAP_BYTES, niceness }), jobs: 0 };
  }

  async #giveBack({ process, jobs }: Held, lane: Lane): Promise<void> {
    const keptBytes = await process.residentBytes();
    const isOne = lane === 'quick' || this.#idle.slow.length === 0;
    if (this.#isClosed || !isOne || jobs >= MOST_JOBS || keptBytes > MOST_KEPT_BYTES)
      return process.end();
    process.setIdle(true);
    const ending = setTimeout(() => process.end(), IDLE_MS).unref();
    this.#idle[lane].push({ process, jobs, ending });
  }
}

const secondsSince = (since: number): number => (performance.now() - since) / 1000;
