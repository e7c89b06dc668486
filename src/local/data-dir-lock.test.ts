import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OperatorError } from '../platform/base/errors.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { processIdentity } from './processes.ts';

let dir: string;
const leaveLock = (holder: unknown): void =>
  writeFileSync(
    path.join(dir, 'desk.lock'),
    typeof holder === 'string' ? holder : JSON.stringify(holder),
  );

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a folder in use by a living process is refused, naming the process', () => {
  const lock = lockDataDir(dir);
  expect(() => lockDataDir(dir)).toThrow(OperatorError);
  expect(() => lockDataDir(dir)).toThrow(`process ${process.pid}`);
  lock.release();
});

test('a folder that was given back is free, and nothing is left in it', () => {
  lockDataDir(dir).release();
  expect(readdirSync(dir)).toEqual([]);
  expect(lockDataDir(dir).takenOver).toBe(false);
});

test('the lock of a process that is gone is taken over', () => {
  // Above the largest process id of any system.
  leaveLock({ pid: 2 ** 30, identity: 'gone' });
  expect(lockDataDir(dir).takenOver).toBe(true);
  expect(readdirSync(dir)).toEqual(['desk.lock']);
});

test('another program that has got the old process id does not keep the lock', () => {
  leaveLock({ pid: process.pid, identity: `${processIdentity(process.pid)} earlier` });
  expect(lockDataDir(dir).takenOver).toBe(true);
});

test('a lock that cannot be read is taken over', () => {
  leaveLock('{"pid":');
  expect(lockDataDir(dir).takenOver).toBe(true);
});

test('the folder is made when there is none', () => {
  const nested = path.join(dir, 'a', 'b');
  lockDataDir(nested);
  expect(readdirSync(nested)).toEqual(['desk.lock']);
});
