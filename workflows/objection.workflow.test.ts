/** The objection to a rejection, on a real server: its period is a timer of the letter's workflow. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';
import { reconcile, WHOLE } from '../src/operations/maintenance/reconcile.ts';
import { objectToRejection } from '../src/desk/letters/object-to-rejection.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';

/** Long enough for everything that a test does in it. */
const LONG = 600;

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker | undefined;

/** With so many seconds to object to a rejection. */
const startWorker = async (seconds = LONG): Promise<void> => {
  Object.assign(desk.deps.config, { OBJECTION_DAYS: 1, TEST_WORKING_DAY_SECONDS: seconds });
  worker = await desk.startWorker({ codePath, options: { maxCachedWorkflows: 0 } });
};

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'objection-'));
  codePath = path.join(directory, 'workflows.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
}, 240_000);

beforeEach(() => stopWorker, 60_000);

afterAll(async () => {
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const stateOf = (letterId: string) => desk.engine.status(letterId, 30_000);
const runOf = async (letterId: string): Promise<string> =>
  (await desk.handleOf(letterId).describe()).status.name;
const ended = (letterId: string) => until(async () => (await runOf(letterId)) === 'COMPLETED');

const reject = (letterId: string, staff = desk.reviewer) =>
  decideLetter(desk.deps, { letterId, staff, decision: { kind: 'reject', reason: 'خوانا نیست.' } });
const approve = (letterId: string, staff = desk.otherReviewer) =>
  decideLetter(desk.deps, { letterId, staff, decision: { kind: 'approve' } });
const object = (letterId: string) =>
  objectToRejection(desk.deps, { applicantId: desk.applicantId, letterId, text: 'خوانا بود.' });

const rejected = async (): Promise<string> => {
  const letterId = await desk.submit();
  expect((await reject(letterId)).outcome).toBe('applied');
  return letterId;
};

const kindsTold = async (letterId: string): Promise<string[]> => {
  const rows = await desk.db<{ kind: string }[]>`
    select kind from messages where letter_id = ${letterId} and state = 'sent'
    order by created_at`;
  return rows.map(({ kind }) => kind);
};

test('a rejected letter is objected to, and somebody else approves it', async () => {
  await startWorker();
  const letterId = await rejected();
  const waiting = await stateOf(letterId);
  expect(waiting).toMatchObject({ status: 'rejected', round: 1 });
  expect(waiting?.objectionUntil).toBe(
    (await desk.letterWhen(letterId, () => true)).objectionUntil?.toISOString(),
  );
  await object(letterId);
  await until(async () => (await stateOf(letterId))?.status === 'pending');
  expect(await stateOf(letterId)).toMatchObject({ round: 2, objectionUntil: null });
  await expect(approve(letterId, desk.reviewer)).rejects.toMatchObject({ code: 'own_rejection' });
  expect((await approve(letterId)).outcome).toBe('applied');
  await desk.whenTold(letterId, 3);
  expect(await kindsTold(letterId)).toEqual(['rejected', 'reopened', 'approved']);
  expect(await stateOf(letterId)).toMatchObject({ status: 'approved', step: 'with_unit' });
});

test('a second rejection is final: its process comes to an end', async () => {
  await startWorker();
  const letterId = await rejected();
  await object(letterId);
  expect((await reject(letterId, desk.otherReviewer)).outcome).toBe('applied');
  await ended(letterId);
  await desk.whenTold(letterId, 3);
  expect(await kindsTold(letterId)).toEqual(['rejected', 'reopened', 'rejected']);
});

test('without an objection the process ends with the period, and the record is closed to one', async () => {
  await startWorker(3);
  const letterId = await rejected();
  expect(await runOf(letterId)).toBe('RUNNING');
  await ended(letterId);
  await desk.letterWhen(letterId, ({ objectionUntil }) => objectionUntil === null);
  await expect(object(letterId)).rejects.toMatchObject({ code: 'not_open' });
});

test('an objection of the last moment, while no worker runs, is found when the time is over', async () => {
  await startWorker(4);
  const letterId = await rejected();
  await stopWorker();
  await object(letterId);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await startWorker(LONG);
  expect((await approve(letterId)).outcome).toBe('applied');
});

test('an objection and the decision about it are taken in that order when both wait', async () => {
  await startWorker();
  const letterId = await rejected();
  await stopWorker();
  await object(letterId);
  const approved = approve(letterId);
  await until(async () => {
    const { events } = await desk.handleOf(letterId).fetchHistory();
    return (events ?? []).filter((one) => one.workflowExecutionSignaledEventAttributes).length >= 3;
  });
  await startWorker();
  expect((await approved).outcome).toBe('applied');
});

test('a signal by hand that the record knows nothing of changes nothing', async () => {
  await startWorker();
  const letterId = await rejected();
  await desk.handleOf(letterId).signal('objection', { round: 2 });
  await desk.handleOf(letterId).signal('approve', { by: 'ali' });
  await until(async () => {
    const { events } = await desk.handleOf(letterId).fetchHistory();
    return (events ?? []).filter((one) => one.markerRecordedEventAttributes).length >= 3;
  });
  expect(await stateOf(letterId)).toMatchObject({ status: 'rejected', letterNumber: null });
  await object(letterId);
  expect((await approve(letterId)).outcome).toBe('applied');
});

test('letters that the engine lost go on: one that can be objected to, one that was', async () => {
  await startWorker();
  const [waiting, objected] = [await rejected(), await rejected()];
  await desk.whenTold(waiting, 1);
  await stopWorker();
  await object(objected);
  await until(async () => {
    const rows = await desk.db`select 1 from outbox where done_at is null`;
    return rows.length === 0;
  });
  for (const letterId of [waiting, objected]) await desk.handleOf(letterId).terminate('lost');
  const report = await reconcile(desk.deps, { ...WHOLE, reverse: false });
  expect(report).toMatchObject({ failed: { count: 0 }, ended: { count: 0 } });
  for (const letterId of [waiting, objected]) expect(await runOf(letterId)).toBe('RUNNING');
  await startWorker();
  await object(waiting);
  for (const letterId of [waiting, objected])
    expect((await approve(letterId)).outcome).toBe('applied');
});
