/** What staff find, in which order, and what they do not find because it is not theirs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, fileRow, noFiles } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { listLetters } from './applicant-letters.ts';
import { getStaffQueue } from './staff-queue.ts';
import type { QueueQuery } from './staff-queue.ts';
import { recordDecision } from './record-decision.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { submitLetter } from './submit-letter.ts';

const REVIEWER: StaffMember = {
  id: randomUUID(),
  username: 'r',
  name: 'مریم',
  role: 'reviewer',
  unitIds: [],
};

let database: TestDatabase;
let db: Db;
let units: [string, string];
let applicantId: string;
let letterIds: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('queue');
  db = createDb({ url: database.url, max: 5, log, name: 'test', seals: testSeals });
  units = [await addTestUnit(db), await addTestUnit(db)];
  applicantId = await addTestApplicant(db);
  const deps = testDeps(db, { files: noFiles });
  letterIds = [];
  for (let count = 0; count < 53; count += 1) {
    const { letterId } = await submitLetter(deps, {
      applicantId,
      submissionKey: randomUUID(),
      senderName: count === 7 ? 'علی كاظمي' : 'سارا احمدی',
      unitId: units[count % 2 === 0 ? 0 : 1],
      subject: `درخواست ${count}`,
      files: [fileRow()],
    });
    letterIds.push(letterId);
  }
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const queueOf = (query: QueueQuery & { staff: StaffMember }, searchLetters = 2000) =>
  getStaffQueue(testDeps(db, { limits: { searchLetters } }), query);

const found = async (search: string, staff = REVIEWER, limit?: number) => {
  const queue = await queueOf({ staff, filter: 'pending', search }, limit);
  return { ids: queue.letters.map(({ id }) => id), found: queue.found, whole: queue.whole };
};

test('the queue comes page by page, oldest or newest first, of all units or of one', async () => {
  const first = await queueOf({ staff: REVIEWER, filter: 'pending' });
  expect([first.found, first.page, first.pages]).toEqual([53, 1, 2]);
  expect(first.letters.map(({ id }) => id)).toEqual(letterIds.slice(0, 50));
  const last = await queueOf({ staff: REVIEWER, filter: 'pending', page: 9 });
  expect([last.page, last.letters.map(({ id }) => id)]).toEqual([2, letterIds.slice(50)]);
  const newest = await queueOf({ staff: REVIEWER, filter: 'pending', order: 'newest' });
  expect(newest.letters[0]?.id).toBe(letterIds[52]);
  const ofUnit = await queueOf({ staff: REVIEWER, filter: 'pending', unitId: units[1] });
  expect(ofUnit.found).toBe(26);
  expect(ofUnit.counts.pending).toBe(53);
});

test('words of sender and subject are found however they are typed, in the newest letters', async () => {
  expect(await found('کاظمی علی')).toEqual({ ids: [letterIds[7]], found: 1, whole: true });
  expect(await found('درخواست ۱۲')).toMatchObject({ ids: [letterIds[12]] });
  expect(await found('نیست')).toMatchObject({ found: 0 });
  expect(await found('کاظمی', REVIEWER, 5)).toEqual({ ids: [], found: 0, whole: false });
});

test('number, tracking code and submission number are found in all letters, and only by who may see the letter', async () => {
  const letterId = letterIds[0] ?? '';
  await recordDecision(testDeps(db), {
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'آزمون' },
  });
  const [row] = await db<{ letterNumber: string; trackingCode: string }[]>`
    select letter_number, tracking_code from letters where id = ${letterId}`;
  const { letterNumber = '', trackingCode = '' } = row ?? {};
  const persian = letterNumber.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  const submissionNumber = letterId.slice(0, 13);
  for (const typed of [letterNumber, persian, trackingCode.toLowerCase(), submissionNumber])
    expect(await found(typed, REVIEWER, 1)).toMatchObject({ ids: [letterId] });

  const clerk: StaffMember = { ...REVIEWER, role: 'unit', unitIds: [units[0]] };
  const other: StaffMember = { ...clerk, unitIds: [units[1]] };
  expect(await found(letterNumber, clerk)).toMatchObject({ ids: [letterId] });
  expect(await found('سارا', clerk)).toMatchObject({ ids: [letterId] });
  for (const typed of [letterNumber, trackingCode, submissionNumber, 'سارا', 'درخواست'])
    expect(await found(typed, other)).toMatchObject({ found: 0 });
});

test('all letters of a sender are found by the whole mobile number, however it is typed', async () => {
  const own = await addTestApplicant(db, '+989351234567');
  const deps = testDeps(db, { files: noFiles });
  const { letterId } = await submitLetter(deps, {
    applicantId: own,
    submissionKey: randomUUID(),
    senderName: 'ناصر',
    unitId: units[0],
    subject: 'شماره',
    files: [fileRow()],
  });
  const forms = [
    '09351234567',
    '۰۹۳۵۱۲۳۴۵۶۷',
    '9351234567',
    '+98 935 123 4567',
    '0098-935-1234567',
  ];
  for (const typed of forms)
    expect(await found(typed, REVIEWER, 1)).toMatchObject({ ids: [letterId] });
  for (const typed of ['09351234568', '0935123456', '935'])
    expect(await found(typed)).toMatchObject({ found: 0 });
  // What is not registered is no unit's business, and nobody's letters are told apart by it.
  const clerk: StaffMember = { ...REVIEWER, role: 'unit', unitIds: [units[0]] };
  expect(await found('09351234567', clerk)).toMatchObject({ found: 0 });
});

test('the letter number of the SMS is found as it is typed on a phone, by its own sender alone', async () => {
  const letterId = letterIds[2] ?? '';
  await recordDecision(testDeps(db), {
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'آزمون' },
  });
  const [row] = await db<{ letterNumber: string }[]>`
    select letter_number from letters where id = ${letterId}`;
  const [year = '', serial = ''] = (row?.letterNumber ?? '').split('/');
  const stranger = await addTestApplicant(db, '+989361234567');
  const persian = (text: string) =>
    text.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  const forms = [
    `${year}/${serial}`,
    persian(`${year}/${serial}`),
    `\u200e${year}/${serial}\u200e`,
    persian(`${serial}/${year}`),
    ` ${year} / ${serial} `,
  ];
  for (const typed of forms) {
    const own = await listLetters(testDeps(db), { applicantId, trackingCode: typed });
    expect([typed, own.map(({ id }) => id)]).toEqual([typed, [letterId]]);
    expect(await listLetters(testDeps(db), { applicantId: stranger, trackingCode: typed })).toEqual(
      [],
    );
    expect(await found(typed)).toMatchObject({ ids: [letterId] });
  }
});
