import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileStore } from '../adapters/files/file-store.ts';
import { createDb } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import { retireUnit } from '../db/units.ts';
import { createLogger } from '../logger.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { addTestApplicant, addTestUnit, fileRow } from '../testing/letters.ts';
import { testSeals } from '../testing/seals.ts';
import { createSubmitLetter } from './submit-letter.ts';

let database: TestDatabase;
let db: Db;
let unitId: string;
let applicantId: string;
const removed: string[] = [];
const files = {
  remove: async (storageKey: string) => void removed.push(storageKey),
} as unknown as FileStore;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const letter = (submissionKey: string, inUnit = unitId) => ({
  applicantId,
  submissionKey,
  senderName: 'شرکت نمونه',
  unitId: inUnit,
  subject: 'درخواست',
  file: fileRow(),
});

test('one submission key sent ten times at once is one letter with one file and one start', async () => {
  const submissionKey = randomUUID();
  const submit = createSubmitLetter({ db, files, poke: () => {} });
  const results = await Promise.all(
    Array.from({ length: 10 }, () => submit(letter(submissionKey))),
  );
  const letterIds = new Set(results.map(({ letterId }) => letterId));
  expect(letterIds.size).toBe(1);
  const [letterId = ''] = letterIds;
  expect(await db`select 1 from files where letter_id = ${letterId}`).toHaveLength(1);
  expect(await db`select 1 from outbox where letter_id = ${letterId}`).toHaveLength(1);
  expect(await db`select 1 from audit_entries where letter_id = ${letterId}`).toHaveLength(1);
  expect(removed).toHaveLength(9);
});

test('a letter to a retired unit is refused and nothing of it is stored', async () => {
  const retired = await addTestUnit(db);
  await retireUnit(db, { id: retired });
  const submissionKey = randomUUID();
  const submit = createSubmitLetter({ db, files, poke: () => {} });
  await expect(submit(letter(submissionKey, retired))).rejects.toMatchObject({
    code: 'unit_not_available',
  });
  expect(await db`select 1 from letters where submission_key = ${submissionKey}`).toHaveLength(0);
});
