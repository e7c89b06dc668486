/** What the local servers say of data that they cannot use, and do about it. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../testing/ports.ts';
import { runDesk } from '../testing/run-desk.ts';
import {
  makeTestDir,
  removeTestDir,
  startTestPostgres,
  startTestTemporal,
} from '../testing/servers.ts';

let dir: string;

beforeEach(() => {
  dir = makeTestDir();
});
afterEach(async () => {
  await removeTestDir(dir);
});

const DAMAGED = /temporal\.db is damaged\. Move it away and start again: .* reconcile/;

test('a data folder that others may read, as a copied one often is, is closed to them and used', async () => {
  await (await startTestPostgres(dir)).stop();
  const data = path.join(dir, 'postgres');
  chmodSync(dir, 0o755);
  chmodSync(data, 0o755);
  await (await startTestPostgres(dir)).stop();
  expect(statSync(data).mode & 0o777).toBe(0o700);
});

test('a Temporal file with a sound beginning and tables that are gone is named with the remedy', async () => {
  await (await startTestTemporal(dir)).stop();
  const file = path.join(dir, 'temporal.db');
  // What was written last lies in the log beside it, as after a copy of one file of three.
  for (const beside of ['-wal', '-shm']) rmSync(`${file}${beside}`, { force: true });
  await expect(startTestTemporal(dir)).rejects.toThrow(DAMAGED);
});

test('a Temporal file with broken pages is named with the remedy', async () => {
  const file = path.join(dir, 'temporal.db');
  const sound = Buffer.alloc(100);
  sound.write('SQLite format 3\0', 'latin1');
  const opened = openSync(file, 'w');
  writeSync(opened, Buffer.concat([sound, Buffer.alloc(64 * 1024, 0xa5)]));
  closeSync(opened);
  await expect(startTestTemporal(dir)).rejects.toThrow(DAMAGED);
});

/** A disk of so many megabytes; undefined where this user may mount none. */
const smallDisk = (megabytes: number): string | undefined => {
  const place = path.join(dir, 'disk');
  mkdirSync(place);
  try {
    const options = `size=${megabytes}m,mode=0755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place], { stdio: 'ignore' });
    return place;
  } catch {
    return undefined;
  }
};
const fill = (place: string): void => {
  try {
    for (let part = 0; ; part += 1)
      writeFileSync(path.join(place, `filler-${part}`), Buffer.alloc(1024 * 1024));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  }
};

test.for([
  { disk: 'full before the first start', megabytes: 1, filled: true },
  { disk: 'full while the database is made', megabytes: 20, filled: false },
])('a disk that is $disk ends the start with one line', async ({ megabytes, filled }, { skip }) => {
  const place = smallDisk(megabytes);
  if (place === undefined) return skip('this user may mount no small disk');
  try {
    if (filled) fill(place);
    const env = { DATA_DIR: path.join(place, 'data'), PORT: String(await freePorts()) };
    const { code, stderr } = await runDesk(['start'], { env, endWhen: 'is ready.' });
    expect(stderr).toMatch(/^pishkhan: The disk .*is full: make room on it/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  } finally {
    execFileSync('umount', ['--lazy', place]);
  }
});

test('a disk that has become full between two starts is named', async ({ skip }) => {
  const place = smallDisk(300);
  if (place === undefined) return skip('this user may mount no small disk');
  try {
    await (await startTestPostgres(place)).stop();
    await (await startTestTemporal(place)).stop();
    fill(place);
    await expect(startTestPostgres(place)).rejects.toThrow(/^The disk of .* is full: make room/);
    await expect(startTestTemporal(place)).rejects.toThrow(/^The disk of .* is full: make room/);
  } finally {
    execFileSync('umount', ['--lazy', place]);
  }
});
