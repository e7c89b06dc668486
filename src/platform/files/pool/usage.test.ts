import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { usageByProc, usageByPs } from './usage.ts';

const MIB = 1024 * 1024;
const HELD = 300 * MIB;
const BURNT_SECONDS = 2;
/** Says so when it holds that much and has burnt that much, and then does nothing more. */
const SPENDER = `
  globalThis.held = Buffer.alloc(${HELD}, 1);
  const burn = () => { for (let step = 0; step < 1e7; step += 1); };
  do burn(); while (process.cpuUsage().user < ${BURNT_SECONDS} * 1e6);
  process.send({ holds: true });
  process.on('message', () => {});`;

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

const spender = async (): Promise<number> => {
  child = fork('-', {
    execArgv: ['--input-type=module', '--eval', SPENDER],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await new Promise((resolve) => child.once('message', resolve));
  return child.pid ?? 0;
};

test('CPU time and memory of a process are seen on every system alike', async () => {
  const pid = await spender();
  for (const usageOf of [usageByPs, ...(process.platform === 'linux' ? [usageByProc] : [])]) {
    const usage = await usageOf(pid);
    expect(usage?.residentBytes).toBeGreaterThan(HELD);
    expect(usage?.residentBytes).toBeLessThan(HELD + 200 * MIB);
    // Some systems tell whole seconds only.
    expect(usage?.cpuSeconds).toBeGreaterThanOrEqual(BURNT_SECONDS - 0.05);
    expect(usage?.cpuSeconds).toBeLessThan(BURNT_SECONDS + 5);
  }
});

test('a process that has ended uses nothing', async () => {
  const pid = await spender();
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(await usageByPs(pid)).toBe(undefined);
  expect(await usageByProc(pid)).toBe(undefined);
});
