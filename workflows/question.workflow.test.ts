/** A question to the sender and its answer, on a real server: steps of the letter's workflow. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { answerQuestion } from '../src/desk/letters/answer-question.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { reconcile, WHOLE } from '../src/operations/maintenance/reconcile.ts';
import { publicText } from '../src/platform/base/audience.ts';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { fileRow } from '../src/testing/letters.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker | undefined;

const startWorker = async (): Promise<void> => {
  worker ??= await desk.startWorker({ codePath, options: { maxCachedWorkflows: 0 } });
};

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'question-'));
  codePath = path.join(directory, 'workflows.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
}, 240_000);

afterAll(async () => {
  await stopWorker();
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

const stateOf = (letterId: string) => desk.engine.status(letterId, 30_000);

const approved = async (): Promise<string> => {
  await startWorker();
  const letterId = await desk.submit();
  const decision = { kind: 'approve' } as const;
  await decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision });
  return letterId;
};

const ask = (letterId: string) => {
  const action = { kind: 'ask', text: publicText('کدام پلاک؟') } as const;
  return actOnLetter(desk.deps, { letterId, staff: desk.clerk, action });
};

const questionOf = async (letterId: string): Promise<string> =>
  (await desk.letterWhen(letterId, ({ openQuestionId }) => openQuestionId !== null))
    .openQuestionId ?? '';

const answer = async (letterId: string, formKey: string = randomUUID()) =>
  answerQuestion(desk.deps, {
    applicantId: desk.applicantId,
    letterId,
    questionId: await questionOf(letterId),
    text: 'پلاک دوازده',
    file: fileRow(),
    formKey,
  });

const actionsOf = async (letterId: string): Promise<string[]> => {
  const rows = await desk.db<{ action: string }[]>`
    select action from audit_entries
    where letter_id = ${letterId} and action like 'question%' order by id`;
  return rows.map(({ action }) => action);
};

const lose = async (letterId: string): Promise<void> => {
  await until(async () => {
    const rows = await desk.db`select 1 from outbox where done_at is null`;
    return rows.length === 0;
  });
  await desk.handleOf(letterId).terminate('lost');
  const report = await reconcile(desk.deps, { ...WHOLE, reverse: false });
  expect(report).toMatchObject({ failed: { count: 0 }, ended: { count: 0 } });
};

test('the status says that the clock stands still, from the question to the answer', async () => {
  const letterId = await approved();
  expect(await stateOf(letterId)).toMatchObject({ step: 'with_unit', paused: false, round: 1 });
  expect((await ask(letterId)).outcome).toBe('applied');
  await until(async () => (await stateOf(letterId))?.paused);
  await desk.whenTold(letterId, 2);
  const kinds = await desk.db<{ kind: string }[]>`
    select kind from messages where letter_id = ${letterId} order by created_at`;
  expect(kinds.map(({ kind }) => kind)).toEqual(['approved', 'question']);
  expect(await answer(letterId)).toBe('applied');
  await until(async () => (await stateOf(letterId))?.paused === false);
});

test('a question and an answer that no worker hears are each taken up once, by a workflow that was lost meanwhile', async () => {
  const letterId = await approved();
  await desk.whenTold(letterId, 1);
  await stopWorker();
  const asking = ask(letterId);
  await lose(letterId);
  await startWorker();
  expect((await asking).outcome).toBe('applied');
  await desk.whenTold(letterId, 2);
  await stopWorker();
  const formKey = randomUUID();
  const answering = answer(letterId, formKey);
  await until(async () => {
    const rows = await desk.db`select 1 from unit_actions where id = ${formKey}`;
    return rows.length === 1;
  });
  await lose(letterId);
  await startWorker();
  expect(await answering).toBe('applied');
  await until(async () => (await stateOf(letterId))?.paused === false);
  expect(await actionsOf(letterId)).toEqual(['question_asked', 'question_answered']);
  await desk.whenTold(letterId, 2);
});

test('an answer and the withdrawal of its question race: the first that is recorded stands', async () => {
  const letterId = await approved();
  await ask(letterId);
  const questionId = await questionOf(letterId);
  const action = { kind: 'unask', questionId } as const;
  const raced = await Promise.allSettled([
    answer(letterId),
    actOnLetter(desk.deps, { letterId, staff: desk.clerk, action }),
  ]);
  expect(raced.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  await until(async () => (await stateOf(letterId))?.paused === false);
  expect(await actionsOf(letterId)).toHaveLength(2);
});
