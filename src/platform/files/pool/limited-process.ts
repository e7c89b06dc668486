/**
 * One process with limits on CPU time and memory. A busy machine makes a job late, never costly:
 * the wall clock only ends what would never end.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { ownProgram } from '../../base/own-program.ts';
import { setNiceness } from './niceness.ts';
import { WATCH } from './usage.ts';
import type { Usage } from './usage.ts';

export interface JobLimits {
  cpuSeconds: number;
  memoryBytes: number;
  wallSeconds: number;
}

/**
 * `costly`: over its limits, or it crashed the process. `failed`: the job threw, our bug. `lost`:
 * killed from outside or never done, so nothing is known of the file.
 */
export type Ending = { cpuSeconds: number } & (
  | { how: 'done'; result: unknown }
  | { how: 'costly'; limit: 'cpu' | 'memory' | 'crash' }
  | { how: 'failed' | 'lost'; why: string }
);

export interface LimitedProcess {
  work(job: {
    name: string;
    input: unknown;
    limits: JobLimits;
    onPiece: (piece: unknown) => void;
    onCpu?: (cpuSeconds: number) => void;
  }): Promise<Ending>;
  lowerPriority(niceness: number): void;
  isAlive(): boolean;
  setIdle(isIdle: boolean): void;
  residentBytes(): Promise<number>;
  end(): void;
}

const PROGRAM = ownProgram('file-process', import.meta.url);
const START_MS = 60_000;
const OWN_SIGNALS: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
]);

const readsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);

export const startLimitedProcess = async ({
  heapBytes,
  niceness,
}: {
  heapBytes: number;
  niceness: number;
}): Promise<LimitedProcess> => {
  const { TMPDIR } = process.env;
  const child = fork(PROGRAM.file, {
    // Nothing of this process' secrets goes there.
    env: TMPDIR === undefined ? {} : { TMPDIR },
    execArgv: [
      ...(readsTypeScript ? [] : PROGRAM.execArgv),
      `--max-old-space-size=${Math.ceil(heapBytes / 1024 / 1024)}`,
    ],
    serialization: 'advanced',
    // A session of its own, which `setNiceness` lowers: it ends with this process all the same.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Said by its end too; without a listener it would end this process.
  child.on('error', () => {});
  let lowered = Promise.resolve();
  const lowerPriority = (to: number): void => {
    const { pid } = child;
    // One after the other: each may be tried again for a while.
    if (pid !== undefined) lowered = lowered.then(() => setNiceness(pid, to));
  };
  lowerPriority(niceness);
  await untilReady(child);
  return {
    work: (job) => workIn(child, job),
    lowerPriority,
    isAlive: () => child.connected && child.exitCode === null && child.signalCode === null,
    setIdle(isIdle) {
      if (isIdle) child.unref();
      else child.ref();
      if (isIdle) child.channel?.unref();
      else child.channel?.ref();
    },
    residentBytes: async () => (await WATCH.usageOf(child.pid ?? 0))?.residentBytes ?? 0,
    end: () => child.kill('SIGKILL'),
  };
};

const untilReady = async (child: ChildProcess): Promise<void> => {
  const isReady = await new Promise<boolean>((resolve) => {
    const late = setTimeout(() => resolve(false), START_MS);
    const settle = (ready: boolean) => () => {
      clearTimeout(late);
      resolve(ready);
    };
    child.once('message', settle(true)).once('exit', settle(false)).once('error', settle(false));
  });
  if (isReady) return;
  child.kill('SIGKILL');
  throw new Error('a process that reads files could not be started');
};

type Said = { begun: true } | { piece: unknown } | { result: unknown } | { fault: string };

type End = Ending extends infer E ? (E extends Ending ? Omit<E, 'cpuSeconds'> : never) : never;

/** What one job used so far, and which limit it is over. */
class JobMeter {
  readonly #pid: number;
  readonly #limits: JobLimits;
  readonly #onCpu: (cpuSeconds: number) => void;
  #before: Usage | undefined;
  #hasBegun = false;
  cpuSeconds = 0;

  constructor(pid: number, limits: JobLimits, onCpu: (cpuSeconds: number) => void = () => {}) {
    this.#pid = pid;
    this.#limits = limits;
    this.#onCpu = onCpu;
  }

  async start(): Promise<void> {
    this.#before = await WATCH.usageOf(this.#pid);
  }

  async begin(): Promise<void> {
    await this.start();
    this.#hasBegun = true;
  }

  async measure(): Promise<'cpu' | 'memory' | undefined> {
    const now = await WATCH.usageOf(this.#pid);
    if (!this.#before || !now) return undefined;
    const { cpuSeconds, memoryBytes } = this.#limits;
    this.cpuSeconds = now.cpuSeconds - this.#before.cpuSeconds;
    if (this.#hasBegun) this.#onCpu(this.cpuSeconds);
    if (this.cpuSeconds > cpuSeconds) return 'cpu';
    return now.residentBytes - this.#before.residentBytes > memoryBytes ? 'memory' : undefined;
  }
}

const workIn = async (
  child: ChildProcess,
  { name, input, limits, onPiece, onCpu }: Parameters<LimitedProcess['work']>[0],
): Promise<Ending> => {
  const meter = new JobMeter(child.pid ?? 0, limits, onCpu);
  await meter.start();
  const end = await new Promise<End>((resolve) => {
    let watching: NodeJS.Timeout | undefined;
    const settle = (how: End): void => {
      clearTimeout(late);
      clearTimeout(watching);
      watching = undefined;
      child.off('message', heard).off('exit', ended);
      resolve(how);
    };
    const heard = (said: Said): void => {
      if ('begun' in said) void meter.begin();
      else if ('piece' in said) onPiece(said.piece);
      else if ('fault' in said) settle({ how: 'failed', why: said.fault });
      else settle({ how: 'done', result: said.result });
    };
    const ended = (_code: number | null, signal: string | null): void => {
      const isOwnDoing = signal === null || OWN_SIGNALS.has(signal);
      settle(
        isOwnDoing ? { how: 'costly', limit: 'crash' } : { how: 'lost', why: `ended by ${signal}` },
      );
    };
    const look = async (): Promise<void> => {
      const mine = watching;
      const limit = await meter.measure();
      if (watching !== mine) return;
      if (limit) settle({ how: 'costly', limit });
      else watching = setTimeout(() => void look(), WATCH.everyMs);
    };
    const late = setTimeout(
      () => settle({ how: 'lost', why: 'not done in any patience' }),
      limits.wallSeconds * 1000,
    );
    watching = setTimeout(() => void look(), WATCH.everyMs);
    child.on('message', heard).on('exit', ended);
    if (!child.connected) return settle({ how: 'lost', why: 'it had ended before' });
    child.send({ name, input }, () => {});
  });
  const limit = await meter.measure();
  const { cpuSeconds } = meter;
  return end.how === 'done' && limit
    ? { how: 'costly', limit, cpuSeconds }
    : { ...end, cpuSeconds };
};
