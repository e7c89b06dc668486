import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { FILE_LIMITS } from '../file-checks.ts';
import { endlessPdf } from '../../../testing/slow-files.ts';
import { makePdf } from '../../../testing/sample-files.ts';
import { FilePool, DESK_POOL } from './file-pool.ts';
import type { FileJobReport, PoolSettings } from './file-pool.ts';
import { WATCH } from './usage.ts';

const LIMITS = { cpuSeconds: 60, memoryBytes: FILE_LIMITS.memoryBytes };

/** Where a job has to come to its end, however busy the machine is. */
const AT_ONCE = { slowNiceness: 0 };

let pool: FilePool;
let reports: FileJobReport[];
afterEach(() => pool.close());

const open = (settings: Partial<PoolSettings> = {}): void => {
  const own: FileJobReport[] = [];
  reports = own;
  pool = new FilePool({ ...DESK_POOL, ...settings }, (report) => own.push(report));
};

const check = async (owner: string) => {
  const input = { fileName: 'نامه.pdf', file: await makePdf() };
  return pool.run({ name: 'decideFileType', input, owner, limits: LIMITS });
};

/** Never ends by itself. */
const drawEndless = (owner: string, cpuSeconds: number) =>
  pool.run({
    name: 'drawPages',
    input: {
      type: 'pdf',
      bytes: endlessPdf([true]),
      from: 1,
      limits: { pdfPages: 1, tiffPages: 1, width: 600, pixels: 1e6 },
    },
    owner,
    limits: { cpuSeconds, memoryBytes: 4 * 1024 ** 3 },
  });

const childPids = async (parent = process.pid): Promise<number[]> => {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(parent), '-f', 'file-']);
  return stdout.trim().split('\n').map(Number);
};

/** Another process with a pool, busy for ever; it leads a process group. */
const startBusyParent = () => {
  const url = (file: string): string => JSON.stringify(import.meta.resolve(file));
  const program = `
    const { FilePool, DESK_POOL } = await import(${url('./file-pool.ts')});
    const { endlessPdf } = await import(${url('../../../testing/slow-files.ts')});
    const limits = { pdfPages: 1, tiffPages: 1, width: 600, pixels: 1e6 };
    void new FilePool({ ...DESK_POOL, processes: 1 }).run({
      name: 'drawPages',
      input: { type: 'pdf', bytes: endlessPdf([true]), from: 1, limits },
      owner: 'a',
      limits: { cpuSeconds: 600, memoryBytes: 4e9 },
    });`;
  return spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program],
    { detached: true, stdio: 'ignore' },
  );
};

const cpuSecondsOf = async (pid: number): Promise<number> => {
  const usage = await WATCH.usageOf(pid);
  return usage?.cpuSeconds ?? 0;
};

test('a job over its CPU time costs its process, and others go on meanwhile and after', async () => {
  open(AT_ONCE);
  let isOver = false;
  const endless = drawEndless('a', 4).finally(() => (isOver = true));
  expect(await check('b')).toMatchObject({ how: 'done', result: { ok: true } });
  expect(isOver).toBe(false);
  const end = await endless;
  expect(end).toMatchObject({ how: 'costly' });
  expect(end.cpuSeconds).toBeGreaterThan(1);
  expect(await check('a')).toMatchObject({ how: 'done', result: { ok: true } });
  expect(reports.map(({ outcome }) => outcome)).toEqual(['done', 'costly', 'done']);
}, 180_000);

test('what this machine is the reason of says nothing about the file', async () => {
  open({ processes: 1 });
  const ended = drawEndless('a', 600).catch((error: unknown) => error);
  await expect.poll(childPids).toHaveLength(1);
  for (const pid of await childPids()) process.kill(pid, 'SIGKILL');
  expect(await ended).toMatchObject({ code: 'unavailable' });
  pool.close();
  open({ processes: 1, wallSeconds: 0.5 });
  await expect(drawEndless('a', 600)).rejects.toMatchObject({ code: 'unavailable' });
  expect(reports.at(-1)).toMatchObject({ outcome: 'lost' });
});

test('who has too many jobs waiting is turned away, and nobody else', async () => {
  open({ processes: 2, waitingPerOwner: 2 });
  const many = Promise.allSettled([1, 2, 3, 4].map(() => check('a')));
  expect(await check('b')).toMatchObject({ how: 'done' });
  const outcomes = (await many).map((one) =>
    one.status === 'fulfilled' ? one.value.how : (one.reason as { code: string }).code,
  );
  expect(outcomes.filter((outcome) => outcome === 'unavailable').length).toBeGreaterThan(0);
  expect(outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThanOrEqual(2);
  expect(reports.some(({ outcome }) => outcome === 'turned_away')).toBe(true);
});

test('who has waited too long is told so', async () => {
  open({ processes: 1, waitSeconds: 0.2, wallSeconds: 5 });
  const endless = drawEndless('a', 600).catch(() => {});
  await expect(check('b')).rejects.toMatchObject({ code: 'unavailable', facts: { stored: 'no' } });
  await endless;
});

test('a job that is done serves the next one with the same process', async () => {
  open({ processes: 1 });
  await check('a');
  const before = await childPids();
  await check('b');
  expect(await childPids()).toEqual(before);
});

test('a process knows nothing of the environment of this one', async () => {
  open({ processes: 1 });
  await check('a');
  const [pid = 0] = await childPids();
  const { stdout } = await promisify(execFile)('ps', ['eww', '-o', 'command=', '-p', String(pid)]);
  expect(stdout).toContain('file-process');
  expect(stdout).not.toContain('PATH=');
});

test('files that take long leave every place to others, and nobody is kept by them', async () => {
  open();
  const endless = ['a', 'b'].map((owner) => drawEndless(owner, 60).catch(() => {}));
  await check('c');
  // Both places are taken until it shows that these two take long.
  await expect.poll(() => pool.load().running, { timeout: 20_000 }).toBe(2);
  await expect
    .poll(() => check('d').then(() => reports.at(-1)?.waitSeconds), { timeout: 30_000 })
    .toBeLessThan(1);
  const pids = await childPids();
  const nice = pids.map((pid) => os.getPriority(pid));
  expect(nice.filter((niceness) => niceness === DESK_POOL.slowNiceness)).toHaveLength(2);
  // Where Linux weighs sessions, that of a process is weighed alike.
  const sessions = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/autogroup`, 'utf8').catch(() => undefined)),
  );
  for (const [at, session] of sessions.entries())
    if (session) expect(session).toMatch(new RegExp(`^/autogroup-\\d+ nice ${nice[at]}\n$`));
  expect(new Set(sessions.filter(Boolean)).size).toBe(sessions.filter(Boolean).length);
  expect(await Promise.all(['e', 'f', 'g'].map(check))).toMatchObject([
    { how: 'done' },
    { how: 'done' },
    { how: 'done' },
  ]);
  await expect.poll(() => pool.load()).toEqual({ waiting: 0, running: 2 });
  pool.close();
  await Promise.all(endless);
}, 180_000);

test('the next files of whoever has sent one that took long wait for one another alone', async () => {
  open({ ...AT_ONCE, processes: 1 });
  await drawEndless('a', 4);
  const endless = drawEndless('a', 60).catch(() => {});
  await check('b');
  expect(reports.map(({ outcome }) => outcome)).toEqual(['costly', 'done']);
  expect(reports[1]?.waitSeconds).toBeLessThan(1);
  pool.close();
  await endless;
}, 180_000);

test('whose files have cost much does not wait for one other person alone', async () => {
  open({ ...AT_ONCE, processes: 1 });
  for (const owner of ['a', 'b']) await drawEndless(owner, 4);
  const endless = drawEndless('a', 60).catch(() => {});
  await expect.poll(() => pool.load().running).toBe(1);
  expect(await check('b')).toMatchObject({ how: 'done' });
  await expect.poll(() => pool.load()).toEqual({ waiting: 0, running: 1 });
  pool.close();
  await endless;
}, 180_000);

test.each(['SIGKILL', 'SIGINT'] as const)(
  'what a process reads ends with it, whoever sends %s to its group',
  async (signal) => {
    open();
    const parent = startBusyParent();
    const pid = parent.pid ?? 0;
    expect(pid).toBeGreaterThan(1);
    const children = await vi.waitFor(() => childPids(pid), { timeout: 60_000, interval: 100 });
    const [child = 0] = children;
    // Within the job, where its main thread hears nothing any more.
    await expect.poll(() => cpuSecondsOf(child), { timeout: 60_000 }).toBeGreaterThan(1.5);
    process.kill(-pid, signal);
    await expect.poll(() => WATCH.usageOf(child), { timeout: 10_000 }).toBe(undefined);
  },
  130_000,
);
