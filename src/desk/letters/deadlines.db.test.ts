/** Until when letters are to be answered, as the record and the calendar say. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { readLetterSeal } from '../../platform/base/record-seals.sql.ts';
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
import { explainDeadline, explainOwnDeadline } from './deadlines.ts';
import type { Administrator } from '../administration/administrator.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { getLetter } from './applicant-letters.ts';
import { getStaffQueue } from './staff-queue.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { recordDecision } from './record-decision.ts';
import { recordUnitAction } from './record-unit-action.ts';
import { addCalendarDay, removeCalendarDay } from '../administration/working-calendar.ts';
import { readCalendar } from '../administration/working-calendar.sql.ts';

/** Of Wednesday, 4 Azar 1405, in Tehran. */
const WEDNESDAY = '2026-11-25T15:00:00+03:30';

let database: TestDatabase;
let db: Db;
let unitId: string;
let applicantId: string;
let by: Administrator & { kind: 'staff' };
let reviewer: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('deadlines');
  db = createDb({ url: database.url, max: 8, log, name: 'test', seals: testSeals });
  const { id } = await addTestStaff(db, { role: 'admin' });
  by = { kind: 'staff', id, from: 'a-hash', proven: false };
  reviewer = await addTestStaff(db, { role: 'reviewer' });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`delete from calendar_days`;
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(
    db,
    `+98912${randomUUID().replace(/\D/g, '').padEnd(7, '0').slice(0, 7)}`,
  );
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-28T09:00:00+03:30') });
});
afterEach(() => {
  vi.useRealTimers();
});

const version = async (): Promise<number> => (await readCalendar(db)).version;

const deps = (workingDays = 3) =>
  testDeps(db, { env: { ANSWER_WORKING_DAYS: String(workingDays) } });

const submitted = async (at = WEDNESDAY): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await db`update letters set submitted_at = ${at} where id = ${letterId}`;
  return letterId;
};

const decide = async (letterId: string, kind: 'approve' | 'reject' | 'return'): Promise<void> => {
  const decision = { kind, decisionId: randomUUID(), by: 'آزمون', reason: 'دلیل' };
  await recordDecision(deps(), { letterId, decision });
};

/** The trail of what has happened cannot be changed; so these are told of as of another time. */
type Turn =
  | 'returned'
  | 'resubmitted'
  | 'question_asked'
  | 'question_answered'
  | 'question_withdrawn'
  | 'reopened';
const turn = (letterId: string, action: Turn, at: string) =>
  db`
    insert into audit_entries (letter_id, at, actor_kind, actor, action)
    values (${letterId}, ${at}, 'staff', 'test', ${action})`;

const act = async (letterId: string, kind: 'reply' | 'close'): Promise<void> => {
  const actionId = randomUUID();
  const seal = await readLetterSeal(db, letterId);
  await db`
    insert into unit_actions (id, letter_id, kind, body, staff_id, acted_by, acting_unit,
      acting_unit_id)
    values (${actionId}, ${letterId}, ${kind},
      ${seal.seal('متن', `unit_actions.body:${actionId}`)}, ${reviewer.id}, 'آزمون', 'واحد',
      ${unitId})`;
  await recordUnitAction(deps(), { letterId, actionId });
};

const deadlineOf = async (letterId: string, workingDays?: number) =>
  (await getLetter(deps(workingDays), { applicantId, letterId })).deadline;

test('a letter of Wednesday 15:00 is due three working days later; a holiday added meanwhile moves it one', async () => {
  const letterId = await submitted();
  expect(await deadlineOf(letterId)).toEqual({
    state: 'running',
    dueAt: new Date('2026-11-30T16:00:00+03:30'),
    dueOn: '2026-11-30',
    left: 0,
  });
  const day = {
    day: '۱۴۰۵/۹/۸',
    kind: 'holiday',
    hours: { opens: '', closes: '' },
    name: 'آلودگی هوا',
  };
  expect(await addCalendarDay(testDeps(db), by, { ...day, version: await version() })).toEqual({
    outcome: 'done',
  });
  expect(await deadlineOf(letterId)).toMatchObject({ dueOn: '2026-12-01' });
  const { days } = await explainOwnDeadline(deps(), { applicantId, letterId });
  expect(days).toContainEqual({ day: '2026-11-29', count: 'holiday', name: 'آلودگی هوا' });
  await removeCalendarDay(testDeps(db), by, { day: '2026-11-29', version: await version() });
  expect(await deadlineOf(letterId)).toMatchObject({ dueOn: '2026-11-30' });
  expect(await deadlineOf(letterId, 0)).toBeUndefined();
});

test('it stands still while the letter is with its sender, and goes on when it is sent again', async () => {
  const letterId = await submitted();
  await turn(letterId, 'returned', '2026-11-29T10:00:00+03:30');
  await db`
    update letters set status = 'returned', return_reason = 'دلیل', returned_at = now()
    where id = ${letterId}`;
  expect(await deadlineOf(letterId)).toEqual({
    state: 'paused',
    dueAt: null,
    dueOn: null,
    left: 2,
  });
  await turn(letterId, 'resubmitted', '2026-12-01T10:00:00+03:30');
  await db`update letters set status = 'pending', round = 2 where id = ${letterId}`;
  expect(await deadlineOf(letterId)).toMatchObject({ state: 'running', dueOn: '2026-12-02' });
});

test.each(['question_answered', 'question_withdrawn'] as const)(
  'it stands still while a question to its sender is open, and goes on when it is %s',
  async (ended) => {
    const letterId = await submitted();
    await decide(letterId, 'approve');
    await turn(letterId, 'question_asked', '2026-11-29T10:00:00+03:30');
    expect(await deadlineOf(letterId)).toMatchObject({ state: 'paused', dueAt: null, left: 2 });
    await turn(letterId, ended, '2026-12-01T10:00:00+03:30');
    expect(await deadlineOf(letterId)).toMatchObject({ state: 'running', dueOn: '2026-12-02' });
  },
);

test('a letter that its sender reopened has a fresh deadline, counted from then', async () => {
  const letterId = await submitted();
  await decide(letterId, 'approve');
  await act(letterId, 'reply');
  expect(await deadlineOf(letterId)).toBeUndefined();
  await db`update letters set step = 'with_unit' where id = ${letterId}`;
  await turn(letterId, 'reopened', '2026-12-06T10:00:00+03:30');
  expect(await deadlineOf(letterId)).toMatchObject({ state: 'running', dueOn: '2026-12-09' });
  const explained = await explainDeadline(deps(), { staff: reviewer, letterId });
  expect(explained.reopenedAt).toEqual(new Date('2026-12-06T10:00:00+03:30'));
});

test('what the desk itself records of a return starts the pause', async () => {
  vi.useRealTimers();
  const letterId = await submitted(new Date(Date.now() - 3_600_000).toISOString());
  await decide(letterId, 'return');
  const letter = await getLetter(deps(30), { applicantId, letterId });
  expect(letter).toMatchObject({ status: 'returned', deadline: { state: 'paused', dueAt: null } });
});

test('it is over with an answer, also when the letter is referred after it, and with every end', async () => {
  const replied = await submitted();
  await decide(replied, 'approve');
  expect(await deadlineOf(replied)).toMatchObject({ state: 'running' });
  await act(replied, 'reply');
  expect(await deadlineOf(replied)).toBeUndefined();
  await db`update letters set step = 'with_unit' where id = ${replied}`;
  expect(await deadlineOf(replied)).toBeUndefined();
  const rejected = await submitted();
  await decide(rejected, 'reject');
  expect(await deadlineOf(rejected)).toBeUndefined();
  const closed = await submitted();
  await decide(closed, 'approve');
  await act(closed, 'close');
  expect(await deadlineOf(closed)).toBeUndefined();
  const explained = await explainDeadline(deps(), { staff: reviewer, letterId: closed });
  expect(explained).toMatchObject({ state: 'ended', dueOn: '2026-11-30' });
});

test('the queue is put in the order of deadlines, and asked for those that are over', async () => {
  const [late, later, early] = [
    await submitted(),
    await submitted('2026-11-29T10:00:00+03:30'),
    await submitted('2026-11-24T10:00:00+03:30'),
  ];
  // A day with its sender: it is due on the same day as the one that came a day later.
  await turn(early, 'returned', '2026-11-24T11:00:00+03:30');
  await turn(early, 'resubmitted', '2026-11-28T11:00:00+03:30');
  const listed = async (rest: object) => {
    const found = await getStaffQueue(deps(), {
      staff: reviewer,
      filter: 'pending',
      unitId,
      ...rest,
    });
    return { ids: found.letters.map(({ id }) => id), found: found.found };
  };
  expect((await listed({})).ids).toEqual([early, late, later]);
  expect((await listed({ order: 'due' })).ids).toEqual([early, late, later]);
  await turn(early, 'returned', '2026-11-28T12:00:00+03:30');
  await turn(early, 'resubmitted', '2026-12-02T12:00:00+03:30');
  expect((await listed({ order: 'due' })).ids).toEqual([late, later, early]);
  expect(await listed({ overdue: true })).toEqual({ ids: [], found: 0 });
  vi.setSystemTime(new Date('2026-11-30T16:00:00+03:30'));
  expect(await listed({ overdue: true })).toEqual({ ids: [late], found: 1 });
  const [letter] = (
    await getStaffQueue(deps(), { staff: reviewer, filter: 'pending', unitId, overdue: true })
  ).letters;
  expect(letter?.deadline).toMatchObject({ state: 'overdue', dueOn: '2026-11-30' });
  await decide(late, 'reject');
  expect(await listed({ overdue: true })).toEqual({ ids: [], found: 0 });
});

test('nobody is told how the deadline of a foreign letter is counted', async () => {
  const letterId = await submitted();
  const other = await addTestApplicant(db, '+989350000001');
  const clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  await expect(explainOwnDeadline(deps(), { applicantId: other, letterId })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(explainDeadline(deps(), { staff: clerk, letterId })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(explainOwnDeadline(deps(0), { applicantId, letterId })).rejects.toMatchObject({
    code: 'not_found',
  });
});
