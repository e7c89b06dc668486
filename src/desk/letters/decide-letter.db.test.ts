import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { isCertainlyNotStored } from '../../platform/base/errors.ts';
import type { DomainError } from '../../platform/base/errors.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { decideLetter } from './decide-letter.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { testDeps } from '../../testing/test-deps.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Db;
let applicantId: string;
let unitId: string;
let reviewer: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  reviewer = await addTestStaff(db, { role: 'reviewer' });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

test('what was recorded is answered so, though the database goes away before its outcome', async () => {
  const own = createDb({ url: database.url, max: 2, log, name: 'test', seals: testSeals });
  const ended: Promise<void>[] = [];
  const deps = testDeps(own, { wake: () => void ended.push(own.end({ timeout: 0 })) });
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  const outcome = await decideLetter(deps, {
    letterId,
    staff: reviewer,
    decision: { kind: 'approve' },
  });
  await Promise.all(ended);
  expect(outcome).toEqual({ outcome: 'recorded' });
  expect(await db`select 1 from decisions where letter_id = ${letterId}`).toHaveLength(1);
});

test('a letter that is locked for long is refused, and certainly nothing was stored', async () => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  let error: DomainError | undefined;
  await db.begin(async (tx) => {
    await tx`select 1 from letters where id = ${letterId} for update`;
    await decideLetter(testDeps(db), {
      letterId,
      staff: reviewer,
      decision: { kind: 'approve' },
    }).catch((thrown: DomainError) => {
      error = thrown;
    });
  });
  expect(error).toMatchObject({ code: 'unavailable', facts: { stored: 'no' } });
  expect(isCertainlyNotStored(error)).toBe(true);
  expect(await db`select 1 from decisions where letter_id = ${letterId}`).toHaveLength(0);
});
