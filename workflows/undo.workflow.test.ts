/** Decisions that can be taken back, on a real server: the timer of the letter's workflow. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findDecision } from '../src/desk/letters/decisions.sql.ts';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';
import { readLetterInput } from '../src/desk/letters/dispatch.ts';
import { undoDecision } from '../src/desk/letters/undo-decision.ts';
import { withdrawLetter } from '../src/desk/letters/withdraw-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';

/** Long enough for everything that a test does before it ends, on a busy machine too. */
const LONG = 600;
const APPROVE = { kind: 'approve' } as const;

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker | undefined;

const startWorker = async (): Promise<void> => {
  worker = await desk.startWorker({ codePath, options: { maxCachedWorkflows: 0 } });
};

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'undo-'));
  codePath = path.join(directory, 'workflows.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
  // The only timers are those of undo windows.
  desk.deps.config.ANSWER_WORKING_DAYS = 0;
}, 240_000);

beforeEach(async () => {
  await startWorker();
  return stopWorker;
}, 60_000);

afterAll(async () => {
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const submitted = async (): Promise<string> => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  return letterId;
};

const approveUndoably = (letterId: string, undoSeconds: number): Promise<string> =>
  desk.decideUndoably(undoSeconds, { letterId, staff: desk.reviewer, decision: APPROVE });

const undo = (letterId: string, decisionId: string) =>
  undoDecision(desk.deps, { letterId, staff: desk.reviewer, decisionId });

const countEvents = async (
  letterId: string,
  kind:
    | 'timerStartedEventAttributes'
    | 'timerFiredEventAttributes'
    | 'markerRecordedEventAttributes',
): Promise<number> => {
  const { events } = await desk.handleOf(letterId).fetchHistory();
  return (events ?? []).filter((event) => event[kind]).length;
};

const timerStarted = (letterId: string) =>
  until(async () => (await countEvents(letterId, 'timerStartedEventAttributes')) === 1);

const effectsOf = async (letterId: string) => {
  const [row] = await desk.db<{ numbers: number; kinds: string[] }[]>`
    select (select count(*)::int from register_entries where letter_id = ${letterId}) as numbers,
      array(select kind from messages where letter_id = ${letterId} order by created_at) as kinds`;
  return row;
};

test('a decision is applied when its undo window is over, and not before', async () => {
  const letterId = await submitted();
  const decisionId = await approveUndoably(letterId, 2);
  await desk.whenTold(letterId, 1);
  const [row] = await desk.db<{ waited: boolean }[]>`
    select l.registered_at >= d.applies_at as waited
    from letters l join decisions d on d.letter_id = l.id where d.id = ${decisionId}`;
  expect(row?.waited).toBe(true);
  expect(await undo(letterId, decisionId)).toBe('too_late');
  expect(await effectsOf(letterId)).toEqual({ numbers: 1, kinds: ['approved'] });
});

test('what is taken back while no worker runs is found undone by the workflow', async () => {
  const letterId = await submitted();
  await stopWorker();
  const decisionId = await approveUndoably(letterId, 1);
  expect(await undo(letterId, decisionId)).toBe('undone');
  await startWorker();
  await until(async () => (await countEvents(letterId, 'markerRecordedEventAttributes')) > 0);
  expect(await desk.engine.status(letterId, 30_000)).toMatchObject({ status: 'pending' });
  expect(await effectsOf(letterId)).toEqual({ numbers: 0, kinds: [] });
});

test('a letter is decided anew while the window of what was taken back still runs', async () => {
  const letterId = await submitted();
  const decisionId = await approveUndoably(letterId, LONG);
  await timerStarted(letterId);
  expect(await desk.engine.status(letterId, 30_000)).toMatchObject({ status: 'pending' });
  expect(await undo(letterId, decisionId)).toBe('undone');
  const decision = { kind: 'reject', reason: 'پیوست خوانا نیست.' } as const;
  await decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision });
  await desk.whenTold(letterId, 1);
  expect(await effectsOf(letterId)).toEqual({ numbers: 0, kinds: ['rejected'] });
});

test('a worker that ends in the window changes nothing: the next one applies it once', async () => {
  const letterId = await submitted();
  await approveUndoably(letterId, 3);
  await timerStarted(letterId);
  await stopWorker();
  await startWorker();
  await desk.whenTold(letterId, 1);
  expect(await effectsOf(letterId)).toEqual({ numbers: 1, kinds: ['approved'] });
  expect(await countEvents(letterId, 'timerStartedEventAttributes')).toBe(1);
});

test('a letter that the engine lost in the window is decided by what the record holds', async () => {
  const [kept, undone] = [await submitted(), await submitted()];
  await approveUndoably(kept, 3);
  const decisionId = await approveUndoably(undone, 3);
  await undo(undone, decisionId);
  for (const letterId of [kept, undone]) {
    await desk.handleOf(letterId).terminate('lost');
    await desk.engine.start(await readLetterInput(desk.deps, letterId));
  }
  await desk.whenTold(kept, 1);
  expect(await effectsOf(kept)).toEqual({ numbers: 1, kinds: ['approved'] });
  expect(await desk.engine.status(undone, 30_000)).toMatchObject({ status: 'pending' });
  expect(await effectsOf(undone)).toEqual({ numbers: 0, kinds: [] });
});

test("a signal by Temporal's own tools applies at once, before what waits in its window", async () => {
  const letterId = await submitted();
  const decisionId = await approveUndoably(letterId, LONG);
  await timerStarted(letterId);
  await desk.handleOf(letterId).signal('reject', { by: 'ali', reason: 'incomplete' });
  await desk.whenTold(letterId, 1);
  expect(await effectsOf(letterId)).toEqual({ numbers: 0, kinds: ['rejected'] });
  expect((await findDecision(desk.db, decisionId))?.outcome).toBe('superseded');
  expect(await undo(letterId, decisionId)).toBe('too_late');
});

test('a letter that its sender withdraws in the window is withdrawn', async () => {
  const letterId = await submitted();
  await approveUndoably(letterId, LONG);
  await timerStarted(letterId);
  await withdrawLetter(desk.deps, { applicantId: desk.applicantId, letterId });
  await desk.letterWhen(letterId, ({ status }) => status === 'withdrawn');
  await until(async () => (await desk.handleOf(letterId).describe()).status.name === 'COMPLETED');
  expect(await effectsOf(letterId)).toEqual({ numbers: 0, kinds: [] });
});
