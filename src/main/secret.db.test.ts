import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { createRecordSeals } from '../platform/base/record-seals.sql.ts';
import type { RecordSeals, SealKeys } from '../platform/base/record-seals.sql.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../testing/letters.ts';
import { createTestLog } from '../testing/log-alarm.ts';
import { TEST_MASTER_SECRET, testSeals } from '../testing/seals.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';
import { ensureRecordFits } from './secret.ts';

const SEALED_ELSEWHERE = /sealed under another master secret/;

let database: TestDatabase;
const open: Db[] = [];

const handle = (seals: RecordSeals, url = database.url): Db => {
  const db = createDb({ url, max: 1, log: createTestLog('secret'), name: 'test', seals });
  open.push(db);
  return db;
};

const keysOf = (...masters: [string, ...string[]]): [SealKeys, ...SealKeys[]] => {
  const [first, ...others] = masters.map((master) => deriveKeys(master).record);
  return [first as SealKeys, ...others];
};

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const db of open) await db.end({ timeout: 5 });
  await database?.drop();
});

test('a desk with another master secret than that of the record does not start', async () => {
  const other = handle(createRecordSeals({ keys: keysOf('another master secret') }));
  await ensureRecordFits(other);
  const right = handle(testSeals);
  const unitId = await addTestUnit(right);
  await submitTestLetter(right, { unitId, applicantId: await addTestApplicant(right) });
  await ensureRecordFits(right);
  await expect(ensureRecordFits(other)).rejects.toThrow(SEALED_ELSEWHERE);
  const rotated = keysOf('another master secret', TEST_MASTER_SECRET);
  expect(await ensureRecordFits(handle(createRecordSeals({ keys: rotated })))).toBe(undefined);
});

test('a database that is away is not taken for a wrong secret', async () => {
  const away = handle(testSeals, 'postgres://127.0.0.1:1/away');
  expect(await ensureRecordFits(away)).toBe(undefined);
});
