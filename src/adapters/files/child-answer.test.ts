import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { answerOf, residentByProc, residentByPs } from './child-answer.ts';

const MIB = 1024 * 1024;
const HELD = 300 * MIB;
/** Says so when it holds that much, and then nothing more. */
const HOARDER = `
  globalThis.held = Buffer.alloc(${HELD}, 1);
  process.send({ holds: true });
  process.on('message', () => {});`;

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

const hoarder = async (): Promise<number> => {
  child = fork('-', {
    execArgv: ['--input-type=module', '--eval', HOARDER],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  expect(await answerOf(child, { ms: 50_000 })).toEqual({ holds: true });
  return child.pid ?? 0;
};

test('the memory of a process is seen on every system alike', async () => {
  const pid = await hoarder();
  for (const residentBytes of [
    residentByPs,
    ...(process.platform === 'linux' ? [residentByProc] : []),
  ]) {
    const bytes = await residentBytes(pid);
    expect(bytes).toBeGreaterThan(HELD);
    expect(bytes).toBeLessThan(HELD + 200 * MIB);
  }
});

test('a process that holds too much is not waited for', async () => {
  await hoarder();
  const within = { ms: 50_000, maxBytes: HELD };
  expect(await answerOf(child, within)).toBe('too large');
});

test('a process that has ended holds nothing', async () => {
  const pid = await hoarder();
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(await residentByPs(pid)).toBe(0);
  expect(await residentByProc(pid)).toBe(0);
});
