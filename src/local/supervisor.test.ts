import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processGone, processIdentity } from './processes.ts';
import { warningOf } from './service-log.ts';
import type { Service } from './service-process.ts';
import { type Supervisor, createSupervisor } from './supervisor.ts';

let dir: string;
let lines: string[];
let supervisor: Supervisor | undefined;

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-supervisor-'));
  lines = [];
});

afterEach(async () => {
  await supervisor?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const STAYS = 'setInterval(() => {}, 1000); process.send("ready");';

const service = (name: string, script: string, more: Partial<Service> = {}): Service => ({
  name,
  kind: 'node',
  command: () =>
    Promise.resolve({
      file: process.execPath,
      args: ['-e', script],
      env: { PATH: process.env.PATH },
    }),
  isReady: (child) => Promise.resolve(child.saidReady),
  stopSignal: 'SIGTERM',
  graceMs: 30_000,
  ...more,
});

const supervise = (...services: Service[]): Supervisor => {
  supervisor = createSupervisor({
    services,
    logDir: path.join(dir, 'logs'),
    say: (line) => lines.push(line),
    firstBackoffMs: 10,
  });
  return supervisor;
};

const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 800 && !isSo(); tries += 1) await delay(50);
  expect(isSo()).toBe(true);
};

test('a process that dies is started again', async () => {
  const { start, pid } = supervise(service('worker', STAYS));
  await start('worker');
  const first = pid('worker') ?? 0;
  process.kill(first, 'SIGKILL');
  await until(() => pid('worker') !== null && pid('worker') !== first);
  expect(lines).toEqual(['worker was ended by SIGKILL; starting it again']);
});

test('a process that will not stay up is given up, with its last words', async () => {
  const script = 'console.error("the disk is full"); process.exit(3);';
  const { start, failed } = supervise(service('worker', script));
  await expect(start('worker')).rejects.toThrow(
    /^worker will not stay up: it ended 5 times .* exit code 3\. Its last line: the disk is full/,
  );
  expect(await failed).toBeInstanceOf(Error);
});

test('a known cause ends the first start at once, and a process that has been ready is tried again', async () => {
  const remedyFor = (last: string): string | undefined =>
    last === 'damaged' ? 'Move it away.' : undefined;
  const broken = service('broken', 'console.error("damaged"); process.exit(1);', { remedyFor });
  await expect(supervise(broken).start('broken')).rejects.toThrow(/^Move it away\.$/);
  expect(lines).toEqual([]);

  const once = path.join(dir, 'once');
  const script = `
    if (require('node:fs').existsSync(${JSON.stringify(once)})) { console.error('damaged'); process.exit(1); }
    require('node:fs').writeFileSync(${JSON.stringify(once)}, '');
    ${STAYS}`;
  const { start, pid, failed } = supervise(service('worker', script, { remedyFor }));
  await start('worker');
  process.kill(pid('worker') ?? 0, 'SIGKILL');
  expect((await failed).message).toBe('Move it away.');
  expect(lines).toHaveLength(4);
});

test('a slow process is waited for, and the console says what it is doing', async () => {
  const go = path.join(dir, 'go');
  const slow = service(
    'worker',
    `process.send({ doing: 'building' });
     setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(go)})) process.send('ready'); }, 20);`,
  );
  supervisor = createSupervisor({
    services: [slow],
    logDir: dir,
    say: (line) => lines.push(line),
    progressEveryMs: 50,
  });
  let isReady = false;
  const started = supervisor.start('worker').then(() => {
    isReady = true;
  });
  await until(() => lines.filter((line) => line.includes('so far')).length >= 3);
  expect(isReady).toBe(false);
  expect(lines[0]).toBe('worker: building');
  expect(lines[1]).toMatch(/^worker: building, for \d+ s so far$/);
  writeFileSync(go, '');
  await started;
  expect(isReady).toBe(true);
});

test('a program that cannot be run is given up', async () => {
  const missing = service('worker', '', {
    command: () => Promise.resolve({ file: path.join(dir, 'no-such-program'), args: [], env: {} }),
  });
  await expect(supervise(missing).start('worker')).rejects.toThrow(/did not start: .*ENOENT/);
});

test('what was started last is stopped first, and nothing is left', async () => {
  const order = path.join(dir, 'order');
  const script = (name: string): string => `
    process.on('SIGTERM', () => { require('node:fs').appendFileSync(${JSON.stringify(order)}, '${name} '); process.exit(); });
    ${STAYS}`;
  const { start, pid, stop } = supervise(
    service('database', script('database')),
    service('web', script('web')),
  );
  await start('database');
  await start('web');
  const pids = [pid('database') ?? 0, pid('web') ?? 0];
  await stop();
  expect(readFileSync(order, 'utf8')).toBe('web database ');
  expect(pids.map(processIdentity)).toEqual([null, null]);
});

test('a process that does not stop when told is killed after its grace', async () => {
  const deaf = `process.on('SIGTERM', () => {}); ${STAYS}`;
  const { start, pid, stop } = supervise(service('worker', deaf, { graceMs: 200 }));
  await start('worker');
  const deafPid = pid('worker') ?? 0;
  await stop();
  expect(processIdentity(deafPid)).toBeNull();
});

test('stopping ends a start that is under way', async () => {
  const { start, stop } = supervise(service('worker', 'setInterval(() => {}, 1000)'));
  const refusal = start('worker').catch((error: unknown) => error);
  await delay(100);
  await stop();
  expect(await refusal).toMatchObject({ message: 'worker was stopped' });
});

test('a server left by a killed supervisor is taken over, watched and stopped', async () => {
  const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
  });
  const leftPid = left.pid ?? 0;
  const started = path.join(dir, 'started');
  const server = service('temporal', 'setInterval(() => {}, 1000)', {
    kind: 'server',
    adopt: () => Promise.resolve(processIdentity(leftPid) === null ? null : leftPid),
    started: () => writeFileSync(started, ''),
    isReady: () => Promise.resolve(true),
  });
  const { adopt, start, pid } = supervise(server);
  expect(await adopt('temporal')).toBe(true);
  await start('temporal');
  expect(pid('temporal')).toBe(leftPid);
  expect(existsSync(started)).toBe(false);
  process.kill(leftPid, 'SIGKILL');
  await until(() => existsSync(started) && pid('temporal') !== leftPid);
  expect(await processGone(leftPid, 30_000)).toBe(true);
});

test('warnings of a process are shown in short, the same one not twice; all of it is in the log', async () => {
  const script = `
    const log = (level, msg, more) => console.log(JSON.stringify({ level, msg, ...more }));
    log(30, 'web ready');
    log(40, 'engine away');
    log(40, 'engine away');
    log(50, 'SMS not sent', { err: { message: 'refused' } });
    ${STAYS}`;
  const { start } = supervise(service('web', script));
  await start('web');
  const expected = ['web warning: engine away', 'web error: SMS not sent: refused'];
  await until(() => lines.length >= expected.length);
  expect(lines).toEqual(expected);
  const log = path.join(dir, 'logs', 'web.log');
  await until(() => readFileSync(log, 'utf8').trim().split('\n').length === 4);
});

test('what is no log line, or below a warning, is not shown', () => {
  expect(warningOf('Listening')).toBeNull();
  expect(warningOf('{not json')).toBeNull();
  expect(warningOf('{"level":30,"msg":"fine"}')).toBeNull();
});

test('a log that cannot be written loses lines, and the process goes on', async () => {
  mkdirSync(path.join(dir, 'talker.log'));
  const script = 'setInterval(() => console.log("a line"), 20); process.send("ready");';
  supervisor = createSupervisor({
    services: [service('talker', script)],
    logDir: dir,
    say: (line) => lines.push(line),
  });
  await supervisor.start('talker');
  await until(() => lines.some((line) => line.includes('talker.log cannot be written')));
  const pid = supervisor.pid('talker') ?? 0;
  rmSync(path.join(dir, 'talker.log'), { recursive: true });
  await until(
    () =>
      existsSync(path.join(dir, 'talker.log')) &&
      readFileSync(path.join(dir, 'talker.log'), 'utf8').includes('a line'),
  );
  expect(supervisor.pid('talker')).toBe(pid);
  expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
});
