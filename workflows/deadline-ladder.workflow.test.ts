/** The rungs of a letter's deadline, on a real server: each is a durable timer of its workflow. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { addTestUnit } from '../src/testing/letters.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import { changeUnit } from '../src/desk/administration/units.ts';
import { reconcile, WHOLE } from '../src/operations/maintenance/reconcile.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import type { LetterActivities } from './letter.contract.ts';

const PATIENCE_MS = 120_000;
const ALL = ['reminded', 'overdue', 'escalated'];

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker | undefined;

const startWorker = async (
  wrap?: (activities: LetterActivities) => LetterActivities,
): Promise<void> => {
  const options = { maxCachedWorkflows: 0 };
  worker = await desk.startWorker({ codePath, options, ...(wrap && { wrap }) });
};

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};

/** A reminder after one working day of so many seconds, the deadline a day later, and so on. */
const withDaysOf = (seconds: number): void => {
  Object.assign(desk.deps.config, {
    ANSWER_WORKING_DAYS: 2,
    REMIND_BEFORE_DAYS: 1,
    ESCALATE_AFTER_DAYS: 1,
    TEST_WORKING_DAY_SECONDS: seconds,
  });
};

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'ladder-'));
  codePath = path.join(directory, 'workflows.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
}, 240_000);

afterEach(stopWorker, 60_000);

afterAll(async () => {
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const approved = async (): Promise<string> => {
  const letterId = await desk.submit();
  const decision = { kind: 'approve' as const };
  await decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision });
  await desk.letterWhen(letterId, ({ step }) => step === 'with_unit');
  return letterId;
};

const fired = async (letterId: string): Promise<string[]> => {
  const rows = await desk.db<{ rung: string }[]>`
    select rung from deadline_rungs where letter_id = ${letterId} order by due_at`;
  return rows.map(({ rung }) => rung);
};
const whenFired = (letterId: string, count: number) =>
  until(async () => (await fired(letterId)).length >= count, PATIENCE_MS);

const inTrail = async (letterId: string): Promise<string[]> => {
  const rows = await desk.db<{ action: string }[]>`
    select action from audit_entries where letter_id = ${letterId}
      and action in ('reminded', 'overdue', 'escalated') order by id`;
  return rows.map(({ action }) => action);
};

const eventsOf = async (letterId: string) =>
  (await desk.handleOf(letterId).fetchHistory()).events ?? [];

test('reminder, deadline and escalation fire once each, by one timer each', async () => {
  withDaysOf(3);
  await startWorker();
  const letterId = await approved();
  await whenFired(letterId, 3);
  expect(await fired(letterId)).toEqual(ALL);
  expect(await inTrail(letterId)).toEqual(ALL);
  const rows = await desk.db`
    select 1 from deadline_rungs where letter_id = ${letterId} and fired_at < due_at`;
  expect(rows).toHaveLength(0);
  const status = await desk.engine.status(letterId, 30_000);
  expect(status).toMatchObject({ status: 'approved', step: 'with_unit' });
  expect(Date.parse(status?.deadline ?? '')).toBeLessThanOrEqual(Date.now());
  const timers = (await eventsOf(letterId)).filter((one) => one.timerStartedEventAttributes);
  expect(timers.length).toBeLessThanOrEqual(6);
}, 180_000);

test('an answer ends the ladder: its timer is cancelled and nothing fires', async () => {
  withDaysOf(600);
  await startWorker();
  const letterId = await approved();
  const status = await desk.engine.status(letterId, 30_000);
  expect(status?.nextRungAt).toBeTruthy();
  await actOnLetter(desk.deps, {
    letterId,
    staff: desk.clerk,
    action: { kind: 'reply', text: publicText('پاسخ'), file: null },
  });
  await desk.letterWhen(letterId, ({ step }) => step === 'answered');
  await until(async () =>
    (await eventsOf(letterId)).some((one) => one.timerCanceledEventAttributes),
  );
  expect(await desk.engine.status(letterId, 30_000)).toMatchObject({
    deadline: null,
    nextRungAt: null,
  });
  expect(await fired(letterId)).toEqual([]);
}, 180_000);

test('a worker that dies after writing a rung, and one that is away when it is due, repeat and lose none', async () => {
  withDaysOf(3);
  let deaths = 0;
  await startWorker((activities) => ({
    ...activities,
    async climbLadder(input) {
      const recorded = await activities.climbLadder(input);
      deaths += 1;
      if (deaths === 1) throw new Error('the worker died after the commit');
      return recorded;
    },
  }));
  const letterId = await approved();
  await whenFired(letterId, 1);
  await stopWorker();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await startWorker();
  await whenFired(letterId, 3);
  expect(await fired(letterId)).toEqual(ALL);
  expect(await inTrail(letterId)).toEqual(ALL);
}, 240_000);

test('the deadline of a consultation reminds once, though the worker was away when it passed', async () => {
  withDaysOf(600);
  await startWorker();
  const letterId = await approved();
  desk.deps.config.TEST_WORKING_DAY_SECONDS = 3;
  const units = [{ unitId: await addTestUnit(desk.db), workingDays: 1 }];
  const action = { kind: 'consult', units, note: new InternalText('نظر؟') } as const;
  await actOnLetter(desk.deps, { letterId, staff: desk.clerk, action });
  await stopWorker();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await startWorker();
  const told = () => desk.db`
    select 1 from audit_entries
    where letter_id = ${letterId} and action = 'consultation_overdue'`;
  await until(async () => (await told()).length > 0, PATIENCE_MS);
  await whenFired(letterId, 3);
  expect(await told()).toHaveLength(1);
}, 240_000);

test('a letter that the engine lost goes on with the rungs that have not fired', async () => {
  withDaysOf(3);
  await startWorker();
  const letterId = await approved();
  await desk.whenTold(letterId, 1);
  await whenFired(letterId, 1);
  await stopWorker();
  await desk.handleOf(letterId).terminate('lost');
  await reconcile(desk.deps, { ...WHOLE, reverse: false });
  await startWorker();
  await whenFired(letterId, 3);
  expect(await fired(letterId)).toEqual(ALL);
  expect(await inTrail(letterId)).toEqual(ALL);
}, 240_000);

test('a calendar that makes a deadline earlier moves the timer that runs', async () => {
  withDaysOf(0);
  const { db } = desk;
  await db`update working_hours set opens = 0, closes = 1440`;
  // Nobody works for longer than the test.
  await db`
    insert into calendar_days (day, name)
    select current_date + n, 'تعطیل' from generate_series(-12, 30) n`;
  await startWorker();
  const letterId = await desk.submit();
  await db`update letters set submitted_at = now() - interval '10 days' where id = ${letterId}`;
  const decision = { kind: 'approve' as const };
  await decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision });
  await desk.letterWhen(letterId, ({ step }) => step === 'with_unit');
  const before = await desk.engine.status(letterId, 30_000);
  expect(Date.parse(before?.nextRungAt ?? '')).toBeGreaterThan(Date.now());
  await db.begin(async (tx) => {
    await tx`delete from calendar_days`;
    await tx`update working_calendar set version = version + 1`;
  });
  await whenFired(letterId, 3);
  expect(await fired(letterId)).toEqual(ALL);
}, 240_000);

test('a shorter ladder of the unit moves the timer that runs, and what has fired stays', async () => {
  withDaysOf(1_200);
  await startWorker();
  const letterId = await approved();
  const before = await desk.engine.status(letterId, 30_000);
  expect(Date.parse(before?.nextRungAt ?? '')).toBeGreaterThan(Date.now());
  const change = async (ladder: Record<string, string>): Promise<void> => {
    const by = { kind: 'operator' as const, id: 'command line' as const };
    const [unit] = await desk.db<{ id: string; name: string; version: number }[]>`
      select u.id, u.name, u.version from units u join letters l on l.unit_id = u.id
      where l.id = ${letterId}`;
    if (!unit) throw new Error('no unit');
    const { id: unitId, name, version } = unit;
    const days = { answerDays: '', remindDays: '', escalateDays: '', ...ladder };
    const changed = { unitId, name, version, ladder: days };
    expect((await changeUnit(desk.deps, by, changed)).outcome).toBe('done');
  };
  // The reminder at once, the deadline in twenty minutes.
  await change({ answerDays: '1', remindDays: '1' });
  await whenFired(letterId, 1);
  await change({ answerDays: '5', remindDays: '5' });
  await until(async () => {
    const now = await desk.engine.status(letterId, 30_000);
    return Date.parse(now?.nextRungAt ?? '') > Date.now() + 4 * 1_200_000 - 60_000;
  }, PATIENCE_MS);
  expect(await fired(letterId)).toEqual(['reminded']);
  expect(await inTrail(letterId)).toEqual(['reminded']);
  await change({});
}, 240_000);
