import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findFile } from './letter-files.sql.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, fileRow, submitTestLetter } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { readStoredFile } from './read-stored-file.ts';
import { endedEngine, testDeps } from '../../testing/test-deps.ts';
import { eraseLetter } from '../../operations/maintenance/retention.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const CONTENT = Buffer.from('a letter of one page');

let db: Db;
let database: TestDatabase;
let folder: string;
let files: FileStore;
let letterId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 3, log, name: 'test', seals: testSeals });
  folder = path.join(os.tmpdir(), `pishkhan-stored-${randomUUID()}`);
  files = createFileStore(`file:${folder}`);
  const stored = await files.receive(Readable.from([CONTENT]), { maxBytes: 1_000 });
  if (!stored.ok) throw new Error(stored.problem);
  const { storageKey, sha256, key } = stored;
  letterId = await submitTestLetter(db, {
    unitId: await addTestUnit(db),
    applicantId: await addTestApplicant(db),
    file: { ...fileRow(), bytes: CONTENT.length, sha256, storageKey, key },
  });
});
afterEach(async () => {
  await db.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const found = async (): Promise<StoredFile> => {
  const file = await findFile(db, { letterId });
  if (!file) throw new Error('the letter has no file');
  return file;
};

test('a file that is erased in between is told as erased, and one that is gone as a fault', async () => {
  const before = await found();
  expect(await readStoredFile({ db, files }, letterId, before)).toEqual(CONTENT);
  await files.remove(before.storageKey);
  await expect(readStoredFile({ db, files }, letterId, before)).rejects.toThrow('ENOENT');
  await db`
    update letters set status = 'withdrawn', withdrawn_at = now() where id = ${letterId}`;
  await db`update outbox set done_at = now()`;
  const deps = testDeps(db, {
    files,
    engine: endedEngine(),
  });
  const actor = { kind: 'operator', id: 'test' } as const;
  await eraseLetter(deps, { letterId, actor, why: 'request 12' });
  await expect(readStoredFile({ db, files }, letterId, before)).rejects.toMatchObject({
    code: 'erased',
  });
});
