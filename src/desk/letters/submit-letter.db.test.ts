import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { returnLetter } from './letters.sql.ts';
import { retireUnitRow } from '../administration/units.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, fileRow } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';
import { submitLetter } from './submit-letter.ts';
import { startNextRound } from './submissions.sql.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
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
  deps = testDeps(db, { files });
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
  files: [fileRow()] as [StoredFile, ...StoredFile[]],
});

test('one submission key sent ten times at once is one letter with one file and one start', async () => {
  const submissionKey = randomUUID();
  const results = await Promise.all(
    Array.from({ length: 10 }, () => submitLetter(deps, letter(submissionKey))),
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
  await retireUnitRow(db, { id: retired });
  const submissionKey = randomUUID();
  await expect(submitLetter(deps, letter(submissionKey, retired))).rejects.toMatchObject({
    code: 'unit_not_available',
  });
  expect(await db`select 1 from letters where submission_key = ${submissionKey}`).toHaveLength(0);
});

test('a submission key that comes again with other content is told, and drops nothing of it', async () => {
  const submissionKey = randomUUID();
  const first = letter(submissionKey);
  const { letterId } = await submitLetter(deps, first);
  expect(
    await submitLetter(deps, {
      ...first,
      files: [{ ...fileRow(), sha256: first.files[0].sha256 }],
    }),
  ).toEqual({
    letterId,
  });
  // The file that was kept for the form went with the first one.
  expect(await submitLetter(deps, { ...first, files: ['held'] })).toEqual({ letterId });
  const others = [
    { subject: 'درخواستی دیگر' },
    { senderName: 'شرکتی دیگر' },
    { unitId: await addTestUnit(db) },
    { files: [{ ...fileRow(), sha256: 'f'.repeat(64) }] },
    { files: [...first.files, fileRow()] },
  ];
  removed.length = 0;
  for (const other of others)
    await expect(submitLetter(deps, { ...first, ...other })).rejects.toMatchObject({
      code: 'key_reused',
      facts: { letterId },
    });
  expect(removed).toEqual([]);
  expect(await db`select 1 from letters where submission_key = ${submissionKey}`).toHaveLength(1);
});

test('a submission key that comes again with other relations is told', async () => {
  const numbered = async (): Promise<string> => {
    const { letterId } = await submitLetter(deps, letter(randomUUID()));
    const number = `1405/${randomInt(1_000_000)}`;
    await db`
      update letters set status = 'approved', step = 'with_unit', decided_at = now(),
        decided_by = 'x', letter_number = ${number}, tracking_code = ${letterId},
        registered_at = now(), registered_on = '1405/09/01'
      where id = ${letterId}`;
    return number;
  };
  const [one, two] = [await numbered(), await numbered()];
  const first = { ...letter(randomUUID()), relations: { reference: one, sequel: '' } };
  const { letterId } = await submitLetter(deps, first);
  for (const reference of [one, ` ${one} `, `${one}، ${one}`])
    expect(await submitLetter(deps, { ...first, relations: { reference } })).toEqual({ letterId });
  const others = [{}, { reference: two }, { reference: `${one}، ${two}` }, { sequel: one }];
  for (const relations of others)
    await expect(submitLetter(deps, { ...first, relations })).rejects.toMatchObject({
      code: 'key_reused',
      facts: { letterId },
    });
});

test('a letter that was corrected since is known by what was sent first', async () => {
  const submissionKey = randomUUID();
  const first = letter(submissionKey);
  const { letterId } = await submitLetter(deps, first);
  const returned = { id: letterId, returnedAt: new Date(), reason: 'امضا ندارد' };
  await db.begin((tx) => returnLetter(tx, returned));
  const otherUnit = await addTestUnit(db);
  const change = { id: letterId, round: 1, subject: 'اصلاح‌شده', unitId: otherUnit };
  await db.begin((tx) =>
    startNextRound(tx, { ...change, formKey: undefined, senderName: 'سارا احمدی' }),
  );
  expect(await submitLetter(deps, { ...first, files: [...first.files] })).toEqual({ letterId });
  const corrected = { ...first, subject: 'اصلاح‌شده', unitId: otherUnit };
  await expect(submitLetter(deps, corrected)).rejects.toMatchObject({ code: 'key_reused' });
});
