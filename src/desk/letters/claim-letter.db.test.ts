/** Colleagues at one list, and which letters they are handed. */
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
import { testDeps } from '../../testing/test-deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { claimLetter, claimNextLetter } from './claim-letter.ts';
import { decideLetter } from './decide-letter.ts';
import { noteReader } from './presence.ts';
import { getStaffQueue } from './staff-queue.ts';

let database: TestDatabase;
let db: Db;
let unitId: string;
let applicantId: string;
let maryam: StaffMember;
let ali: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('claims');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  applicantId = await addTestApplicant(db);
  maryam = await addTestStaff(db, { role: 'reviewer' });
  ali = await addTestStaff(db, { role: 'reviewer' });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

/** In a unit of their own, so that each test has a list of its own. */
const submit = async (count: number): Promise<string[]> => {
  unitId = await addTestUnit(db);
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1)
    ids.push(await submitTestLetter(db, { unitId, applicantId }));
  return ids;
};

const listFor = async (staff: StaffMember, claim?: 'mine' | 'nobody') =>
  (await getStaffQueue(testDeps(db), { staff, filter: 'pending', unitId, claim })).letters;

const nextFor = async (staff: StaffMember, after?: string) =>
  claimNextLetter(testDeps(db), {
    staff,
    letters: await listFor(staff),
    ...(after !== undefined && { after }),
  });

test('reviewers who ask at the same moment are handed different letters, and the last one none', async () => {
  const letterIds = await submit(6);
  const reviewers = await Promise.all(
    Array.from({ length: 7 }, () => addTestStaff(db, { role: 'reviewer' })),
  );
  const handed = await Promise.all(reviewers.map((staff) => nextFor(staff)));
  const given = handed.filter((id) => id !== undefined);
  expect(given.toSorted()).toEqual(letterIds.toSorted());
  expect(handed.length - given.length).toBe(1);
});

test('a letter that a colleague has open is passed over until they leave it', async () => {
  const [first = '', second = '', third = ''] = await submit(3);
  const deps = testDeps(db);
  await noteReader(deps, { staff: maryam, letterId: second });
  expect(await nextFor(ali, first)).toBe(third);
  await noteReader(deps, { staff: maryam, letterId: second, hasLeft: true });
  expect(await nextFor(ali, first)).toBe(second);
  // One's own is handed out again, and the list begins anew behind its last letter.
  expect(await nextFor(ali, first)).toBe(second);
  expect(await nextFor(ali, third)).toBe(second);
});

test('an expired claim goes to the next member who asks, and its former holder has lost it', async () => {
  const [only = ''] = await submit(1);
  const deps = testDeps(db);
  const [letter] = await listFor(maryam);
  if (!letter) throw new Error('no letter');
  expect(await claimLetter(deps, { staff: maryam, letter })).toBe(true);
  expect(await nextFor(ali)).toBe(undefined);
  await db`update letter_claims set expires_at = now() where letter_id = ${only}`;
  expect(await nextFor(ali)).toBe(only);
  expect(await claimLetter(deps, { staff: maryam, letter })).toBe(false);
});

test('one sees the letters that one works on, and those that nobody does', async () => {
  const [first = '', second = ''] = await submit(2);
  await noteReader(testDeps(db), { staff: maryam, letterId: first });
  const ids = async (...of: Parameters<typeof listFor>) =>
    (await listFor(...of)).map(({ id }) => id);
  expect(await ids(maryam, 'mine')).toEqual([first]);
  expect(await ids(ali, 'mine')).toEqual([]);
  expect(await ids(ali, 'nobody')).toEqual([second]);
});

test('a decided letter is nobody’s, and is handed to nobody', async () => {
  const [only = ''] = await submit(1);
  const letters = await listFor(maryam);
  await noteReader(testDeps(db), { staff: maryam, letterId: only });
  await decideLetter(testDeps(db), {
    letterId: only,
    staff: maryam,
    decision: { kind: 'approve' },
  });
  expect(await db`select 1 from letter_claims where letter_id = ${only}`).toHaveLength(0);
  expect(await claimNextLetter(testDeps(db), { staff: ali, letters })).toBe(undefined);
});

test('auditors and other roles who read a letter keep it from nobody', async () => {
  const [only = ''] = await submit(1);
  const auditor = await addTestStaff(db, { role: 'auditor' });
  await noteReader(testDeps(db), { staff: auditor, letterId: only });
  expect(await nextFor(auditor)).toBe(undefined);
  expect(await nextFor(ali)).toBe(only);
});
