/** Who has a letter open, as their colleagues are told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { noteReader } from './presence.ts';
import { testDeps } from '../../testing/test-deps.ts';

let database: TestDatabase;
let db: Db;
let unitId: string;
let applicantId: string;
let maryam: StaffMember;
let ali: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('letter readers');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  maryam = await addTestStaff(db, { role: 'reviewer' });
  ali = await addTestStaff(db, { role: 'reviewer' });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const note = (input: { staff: StaffMember; letterId: string; hasLeft?: boolean }) =>
  noteReader(testDeps(db), input);
const submitted = () => submitTestLetter(db, { unitId, applicantId });

test('a colleague who has the letter open is named, oneself is not, and who leaves is gone', async () => {
  const letterId = await submitted();
  expect(await note({ staff: maryam, letterId })).toEqual([]);
  expect(await note({ staff: ali, letterId })).toEqual([maryam.name]);
  expect(await note({ staff: maryam, letterId })).toEqual([ali.name]);
  expect(await note({ staff: ali, letterId, hasLeft: true })).toEqual([]);
  expect(await note({ staff: maryam, letterId })).toEqual([]);
  expect(await note({ staff: maryam, letterId: await submitted() })).toEqual([]);
});

test('who is not heard of any more is not named, and leaves no row behind', async () => {
  const letterId = await submitted();
  await note({ staff: ali, letterId });
  await db`update letter_readers set seen_at = now() - interval '91 seconds'`;
  expect(await note({ staff: maryam, letterId })).toEqual([]);
  const rows = await db`select staff_id from letter_readers where letter_id = ${letterId}`;
  expect(rows).toEqual([{ staffId: maryam.id }]);
});

test('an auditor is told and not named, nor is somebody who was disabled', async () => {
  const letterId = await submitted();
  const auditor = await addTestStaff(db, { role: 'auditor' });
  const gone = await addTestStaff(db, { role: 'admin' });
  await note({ staff: gone, letterId });
  expect(await note({ staff: auditor, letterId })).toEqual([gone.name]);
  await db`update staff set disabled_at = now() where id = ${gone.id}`;
  expect(await note({ staff: maryam, letterId })).toEqual([]);
});

test('whoever may not see the letter is told nothing of it', async () => {
  const letterId = await submitted();
  const clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  await expect(note({ staff: clerk, letterId })).rejects.toMatchObject({ code: 'not_found' });
});

test('nothing is noted where the setting says so, and a noted reader blocks no decision', async () => {
  const letterId = await submitted();
  const off = testDeps(db, { limits: { presenceSeconds: 0 } });
  expect(await noteReader(off, { staff: ali, letterId })).toEqual([]);
  expect(await note({ staff: maryam, letterId })).toEqual([]);
  await db.begin(async (tx) => {
    await tx`select 1 from letters where id = ${letterId} for update`;
    expect(await note({ staff: ali, letterId })).toEqual([maryam.name]);
  });
});
