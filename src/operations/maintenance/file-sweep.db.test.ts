import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, fileRow } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import type { Deps } from '../../platform/deps.ts';
import { inspectFiles, removeOrphan, sweepFiles } from './file-sweep.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { submitLetter } from '../../desk/letters/submit-letter.ts';

let database: TestDatabase;
let db: Db;
let root: string;
let files: FileStore;
let deps: Deps;

beforeEach(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  root = await mkdtemp(path.join(os.tmpdir(), 'file-sweep-'));
  files = createFileStore(`file:${root}`);
  deps = testDeps(db, { files, log });
});
afterEach(async () => {
  await db.end();
  await database.drop();
  await rm(root, { recursive: true });
});

const store = async (ageMinutes: number): Promise<string> => {
  const stored = await files.receive(Readable.from([Buffer.from('نامه')]), { maxBytes: 100 });
  if (!stored.ok) throw new Error(stored.problem);
  const at = new Date(Date.now() - ageMinutes * 60_000);
  const { storageKey } = stored;
  const [first, second] = [storageKey.slice(0, 2), storageKey.slice(2, 4)];
  await utimes(path.join(root, first, second, storageKey), at, at);
  return storageKey;
};

const submitWith = async (storageKey: string): Promise<string> => {
  const { letterId } = await submitLetter(testDeps(db, { files }), {
    applicantId: await addTestApplicant(db),
    submissionKey: randomUUID(),
    senderName: 'شرکت نمونه',
    unitId: await addTestUnit(db),
    subject: 'درخواست',
    files: [{ ...fileRow(), storageKey }],
  });
  return letterId;
};

const storedKeys = async (): Promise<string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

test('a file of nobody goes after an hour; one that is named, or may soon be, stays', async () => {
  const [named, young, old] = [await store(600), await store(50), await store(70)];
  await submitWith(named);
  const found = await inspectFiles(deps);
  expect(found).toMatchObject({ named: 1, orphans: { count: 1 }, missing: { count: 0 } });
  expect(found.orphans.files).toMatchObject([{ storageKey: old }]);
  expect(await sweepFiles(deps)).toEqual({
    removed: 1,
    expired: 0,
    leftovers: 0,
    spared: 0,
    missing: 0,
  });
  expect((await storedKeys()).sort()).toEqual([named, young].sort());
  expect(await sweepFiles(deps)).toMatchObject({ removed: 0 });
});

test('what an upload that was cut off left goes too', async () => {
  await submitWith(await store(1));
  const place = path.join(root, 'incoming', randomUUID());
  await writeFile(place, 'half');
  const at = new Date(Date.now() - 2 * 3_600_000);
  await utimes(place, at, at);
  expect(await sweepFiles(deps)).toMatchObject({ leftovers: 1 });
  expect(await storedKeys()).toHaveLength(1);
});

test('with the wrong database, where every file would be of nobody, none is removed', async () => {
  const keys = await Promise.all([1, 2, 3].map(() => store(70)));
  expect(await sweepFiles(deps)).toMatchObject({ removed: 0, spared: 3 });
  await submitWith(await store(1));
  const more = await Promise.all(Array.from({ length: 20 }, () => store(70)));
  expect(await sweepFiles(deps)).toMatchObject({ removed: 0, spared: 23 });
  expect(await storedKeys()).toHaveLength(1 + keys.length + more.length);
});

test('by hand one file of nobody is removed, and never one that a letter has', async () => {
  const [named, young, old] = [await store(70), await store(50), await store(70)];
  await submitWith(named);
  expect(await removeOrphan(deps, old)).toBe(true);
  for (const kept of [named, young, old, randomUUID()])
    expect(await removeOrphan(deps, kept)).toBe(false);
  expect((await storedKeys()).sort()).toEqual([named, young].sort());
});

test('a letter whose file is not in the store is told, and nothing is changed', async () => {
  const storageKey = await store(1);
  const letterId = await submitWith(storageKey);
  await files.remove(storageKey);
  expect((await inspectFiles(deps)).missing).toMatchObject({
    count: 1,
    rows: [{ letterId, storageKey }],
  });
  expect(await sweepFiles(deps)).toMatchObject({ missing: 1, removed: 0 });
  expect(await db`select 1 from files`).toHaveLength(1);
});

test('when the time is up the rest is left for another time', async () => {
  await submitWith(await store(1));
  expect((await inspectFiles(deps, { withinMs: -1 })).whole).toBe(false);
  expect((await inspectFiles(deps, { withinMs: 10_000 })).whole).toBe(true);
});
