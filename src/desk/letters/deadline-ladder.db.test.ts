/** The rungs of a letter's deadline: each once, and when record and calendar have it due. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { readLetterSeal } from '../../platform/base/record-seals.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { subscribeWebhook } from '../../operations/integrations/webhooks.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  noFiles,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Administrator } from '../administration/administrator.ts';
import { changeUnit } from '../administration/units.ts';
import { addCalendarDay, removeCalendarDay } from '../administration/working-calendar.ts';
import { readCalendar } from '../administration/working-calendar.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { climbLadder } from './deadline-ladder.ts';
import { explainDeadline, listDue } from './deadlines.ts';
import { readLetterInput } from './dispatch.ts';
import { recordDecision } from './record-decision.ts';
import { readRecorded } from './recorded.ts';
import { recordUnitAction } from './record-unit-action.ts';
import { getStaffLetter } from './staff-letter.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RUNG_DAYS = { ANSWER_WORKING_DAYS: '4', REMIND_BEFORE_DAYS: '1', ESCALATE_AFTER_DAYS: '2' };

let database: TestDatabase;
let db: Db;
/** A working day is an hour. */
let deps: Deps;
/** Every day of the week is a working day, from midnight to midnight in UTC. */
let onCalendar: Deps;
let unitId: string;
let applicantId: string;
let by: Administrator & { kind: 'staff' };
let reviewer: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('ladder');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db, {
    files: noFiles,
    env: { ...RUNG_DAYS, TEST_WORKING_DAY_SECONDS: '3600' },
  });
  onCalendar = testDeps(db, { files: noFiles, env: { ...RUNG_DAYS, ORG_TIME_ZONE: 'UTC' } });
  await db`update working_hours set opens = 0, closes = 1440`;
  unitId = await addTestUnit(db, 'امور حقوقی');
  applicantId = await addTestApplicant(db);
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  const { id } = await addTestStaff(db, { role: 'admin' });
  by = { kind: 'staff', id, from: 'a-hash', proven: false };
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`delete from calendar_days`;
});

const submittedAgo = async (letterId: string, ms: number): Promise<void> => {
  await db`update letters set submitted_at = now() - make_interval(secs => ${ms / 1000})
    where id = ${letterId}`;
};

const approved = async (ms: number): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await submittedAgo(letterId, ms);
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'آزمون' };
  expect((await recordDecision(deps, { letterId, decision })).refused).toBeNull();
  return letterId;
};

const act = async (
  letterId: string,
  kind: 'reply' | 'refer' | 'reopen',
  to?: string,
): Promise<void> => {
  const actionId = randomUUID();
  const seal = await readLetterSeal(db, letterId);
  const body = kind !== 'refer' ? seal.seal('متن', `unit_actions.body:${actionId}`) : null;
  await db`
    insert into unit_actions (id, letter_id, kind, unit_id, body, staff_id, acted_by, acting_unit,
      acting_unit_id)
    values (${actionId}, ${letterId}, ${kind}, ${to ?? null}, ${body},
      ${kind === 'reopen' ? null : reviewer.id}, 'آزمون',
      'واحد', ${unitId})`;
  expect((await recordUnitAction(deps, { letterId, actionId })).refused).toBeNull();
};

const fired = async (letterId: string): Promise<string[]> => {
  const rows = await db<{ rung: string }[]>`
    select rung from deadline_rungs where letter_id = ${letterId} order by due_at`;
  return rows.map(({ rung }) => rung);
};

const climb = async (letterId: string, given = deps): Promise<string[]> => {
  await climbLadder(given, { letterId });
  return fired(letterId);
};

const timesOf = async (letterId: string, given = deps) => {
  const { deadline = null, nextRungAt = null } = (await readRecorded(given, db, letterId)).state;
  return { deadline, nextRungAt };
};

const inHours = (iso: string | null): number =>
  Math.round((Date.parse(iso ?? '') - Date.now()) / HOUR_MS);

const jalali = (day: string): string =>
  formatJalaliDate(toJalali(new Date(`${day}T12:00:00Z`), 'UTC'));
const dayAfter = (days: number): string =>
  new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
const calendarVersion = async (): Promise<number> => (await readCalendar(db)).version;
/** Yesterday, today and tomorrow, so that midnight during the test changes nothing. */
const HOLIDAYS = [-1, 0, 1];
const closeThreeDays = async (): Promise<string[]> => {
  const days = HOLIDAYS.map(dayAfter);
  for (const day of days)
    expect(
      await addCalendarDay(onCalendar, by, {
        day: jalali(day),
        kind: 'holiday',
        hours: { opens: '', closes: '' },
        name: 'تعطیل',
        version: await calendarVersion(),
      }),
    ).toEqual({ outcome: 'done' });
  return days;
};

test('a letter that its sender reopens has a fresh deadline, with rungs of its own', async () => {
  const letterId = await approved(6.5 * HOUR_MS);
  expect(await climb(letterId)).toEqual(['reminded', 'overdue', 'escalated']);
  await act(letterId, 'reply');
  await act(letterId, 'reopen');
  const { deadline, nextRungAt } = await timesOf(letterId);
  expect([inHours(deadline), inHours(nextRungAt)]).toEqual([4, 3]);
  expect(await climb(letterId)).toHaveLength(3);
  expect((await timesOf(letterId)).nextRungAt).toBe(nextRungAt);
});

test('each rung is written when it is due, with the instant of the next one', async () => {
  const letterId = await approved(0);
  expect(inHours((await timesOf(letterId)).deadline)).toBe(4);
  expect(inHours((await timesOf(letterId)).nextRungAt)).toBe(3);
  expect(await climb(letterId)).toEqual([]);
  await submittedAgo(letterId, 3.5 * HOUR_MS);
  expect(await climb(letterId)).toEqual(['reminded']);
  expect((await timesOf(letterId)).nextRungAt).toBe((await timesOf(letterId)).deadline);
  await submittedAgo(letterId, 4.5 * HOUR_MS);
  expect(await climb(letterId)).toEqual(['reminded', 'overdue']);
  await submittedAgo(letterId, 6.5 * HOUR_MS);
  expect(await climb(letterId)).toEqual(['reminded', 'overdue', 'escalated']);
  expect((await timesOf(letterId)).nextRungAt).toBeNull();
});

test('a rung fires once, however many ask at the same time', async () => {
  const letterId = await approved(10 * HOUR_MS);
  await Promise.all(Array.from({ length: 6 }, () => climb(letterId)));
  expect(await fired(letterId)).toEqual(['reminded', 'overdue', 'escalated']);
  const entries = await db`
    select 1 from audit_entries
    where letter_id = ${letterId} and action in ('reminded', 'overdue', 'escalated')`;
  expect(entries).toHaveLength(3);
});

test('a pending letter and an answered one have no rungs, and a referral keeps the clock', async () => {
  const pending = await submitTestLetter(db, { unitId, applicantId });
  await submittedAgo(pending, 10 * HOUR_MS);
  expect(await climb(pending)).toEqual([]);
  expect(await timesOf(pending)).toMatchObject({ nextRungAt: null });
  expect(inHours((await timesOf(pending)).deadline)).toBe(-6);

  const letterId = await approved(3.5 * HOUR_MS);
  await climb(letterId);
  await act(letterId, 'refer', await addTestUnit(db));
  expect(await climb(letterId)).toEqual(['reminded']);
  expect((await timesOf(letterId)).nextRungAt).not.toBeNull();
  await act(letterId, 'reply');
  await submittedAgo(letterId, 10 * HOUR_MS);
  expect(await climb(letterId)).toEqual(['reminded']);
  expect(await timesOf(letterId)).toEqual({ deadline: null, nextRungAt: null });
});

test('holidays that are added move a rung, and it fires when they are taken away', async () => {
  // Received four days ago: the third working day after it ended last midnight.
  const letterId = await approved(4 * DAY_MS);
  const days = await closeThreeDays();
  expect(await climb(letterId, onCalendar)).toEqual([]);
  for (const day of days)
    await removeCalendarDay(onCalendar, by, { day, version: await calendarVersion() });
  expect(await climb(letterId, onCalendar)).toContain('reminded');
});

test('a unit with a ladder of its own has its rungs, its deadline and its letters told of it', async () => {
  const own = await addTestUnit(db, 'امور فوری');
  const letterId = await approved(1.2 * HOUR_MS);
  await act(letterId, 'refer', own);
  expect(inHours((await timesOf(letterId)).deadline)).toBe(3);
  const change = (answerDays: string, version: number) =>
    changeUnit(deps, by, {
      unitId: own,
      name: 'امور فوری',
      version,
      ladder: { answerDays, remindDays: '۱', escalateDays: '0' },
    });
  expect(await change('۲', 1)).toMatchObject({ outcome: 'done' });
  expect(await change('5', 1)).toEqual({ outcome: 'stale' });
  expect(inHours((await timesOf(letterId)).deadline)).toBe(1);
  expect(await climb(letterId)).toEqual(['reminded']);
  expect((await getStaffLetter(deps, { staff: reviewer, letterId })).deadline).toMatchObject({
    state: 'running',
  });
  expect(await explainDeadline(deps, { staff: reviewer, letterId })).toMatchObject({
    workingDays: 2,
  });
  expect(await change('1', 2)).toMatchObject({ outcome: 'done' });
  expect(await climb(letterId)).toEqual(['reminded', 'overdue']);
  expect(await listDue(deps, { queue: 'with_unit', overdue: true, unitId: own })).toEqual([
    letterId,
  ]);
  await submittedAgo(letterId, 20 * HOUR_MS);
  expect(await climb(letterId)).toEqual(['reminded', 'overdue']);
  expect(await change('0', 3)).toMatchObject({ outcome: 'done' });
  expect(await timesOf(letterId)).toEqual({ deadline: null, nextRungAt: null });
  expect(await listDue(deps, { queue: 'with_unit', overdue: true, unitId: own })).toEqual([]);
  const heard = await db<{ letterId: string }[]>`
    select letter_id from outbox where kind = 'calendar' and letter_id in (
      select id from letters where unit_id = ${own} or id = ${letterId})`;
  expect(heard).toHaveLength(3);
  const trail = await db<{ was: string; is: string }[]>`
    select details ->> 'wordingBefore' as was, details ->> 'wording' as is from audit_entries
    where action = 'unit_ladder' and details ->> 'unitId' = ${own} order by id limit 1`;
  expect(trail).toEqual([{ was: '– / – / –', is: '2 / 1 / 0' }]);
});

test('every letter under way hears of a changed calendar', async () => {
  const [open, answered] = [await approved(0), await approved(0)];
  const pending = await submitTestLetter(db, { unitId, applicantId });
  await act(answered, 'reply');
  await closeThreeDays();
  const heard = await db<{ letterId: string }[]>`
    select letter_id from outbox where kind = 'calendar'
      and letter_id = any(${[open, answered, pending]}::uuid[])`;
  const ids = heard.map(({ letterId }) => letterId);
  expect(new Set(ids)).toEqual(new Set([open, pending]));
  expect(ids).toHaveLength(2 * HOLIDAYS.length);
});

test('a lost workflow begins with the rung that has not fired', async () => {
  const letterId = await approved(3.5 * HOUR_MS);
  await climb(letterId);
  const { state } = await readLetterInput(deps, letterId);
  expect(state.nextRungAt).toBe(state.deadline);
  expect(await readLetterInput(deps, letterId)).toMatchObject({
    state: { deadline: state.deadline },
  });
});

test('what has fired stands on the page of staff, in the trail and in webhooks', async () => {
  const added = await subscribeWebhook(deps, {
    by: { kind: 'operator', id: 'command line' },
    url: 'http://127.0.0.1:9/told',
    events: ['reminded', 'overdue', 'escalated'],
  });
  expect(added.outcome).toBe('added');
  const letterId = await approved(4.5 * HOUR_MS);
  await climb(letterId);
  const { rungs, timeline } = await getStaffLetter(deps, { staff: reviewer, letterId });
  expect(rungs).toMatchObject([
    { rung: 'reminded', unit: 'امور حقوقی' },
    { rung: 'overdue', unit: 'امور حقوقی' },
  ]);
  expect(timeline.map(({ action }) => action)).toEqual(['submitted', 'approved']);
  const told = await db<{ type: string }[]>`
    select type from webhook_deliveries where letter_id = ${letterId} order by type`;
  expect(told.map(({ type }) => type)).toEqual(['overdue', 'reminded']);
});
