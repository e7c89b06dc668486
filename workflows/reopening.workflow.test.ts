/** What becomes of a letter after its answer, on a real server: it closes by itself, or its sender reopens it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { findReferral } from '../src/desk/letters/unit-actions.sql.ts';
import { reopenLetter } from '../src/desk/letters/reopen-letter.ts';
import { reconcile, WHOLE } from '../src/operations/maintenance/reconcile.ts';
import { publicText } from '../src/platform/base/audience.ts';
import { addTestUnit } from '../src/testing/letters.ts';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';

/** Of a working day: long enough for everything that a test does in it. */
const LONG = 600;

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker | undefined;

interface Days {
  REOPEN_DAYS?: number;
  CLOSE_DAYS?: number;
  TEST_WORKING_DAY_SECONDS?: number;
}

const startWorker = async (days: Days = {}): Promise<void> => {
  const config = { REOPEN_DAYS: 0, CLOSE_DAYS: 0, TEST_WORKING_DAY_SECONDS: LONG, ...days };
  Object.assign(desk.deps.config, config);
  worker = await desk.startWorker({ codePath, options: { maxCachedWorkflows: 0 } });
};

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'reopening-'));
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

const answer = (letterId: string) => {
  const action = { kind: 'reply', text: publicText('پاسخ'), file: null } as const;
  return actOnLetter(desk.deps, { letterId, staff: desk.clerk, action });
};
const close = (letterId: string) => {
  const action = { kind: 'close', reason: publicText('رسیدگی شد') } as const;
  return actOnLetter(desk.deps, { letterId, staff: desk.clerk, action });
};
const reopen = (letterId: string, formKey: string = randomUUID()) =>
  reopenLetter(desk.deps, { applicantId: desk.applicantId, letterId, text: 'ماند', formKey });

const approved = async (): Promise<string> => {
  const letterId = await desk.submit();
  const decision = { kind: 'approve' } as const;
  await decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision });
  return letterId;
};
const answered = async (): Promise<string> => {
  const letterId = await approved();
  expect((await answer(letterId)).outcome).toBe('applied');
  return letterId;
};
const closed = async (): Promise<string> => {
  const letterId = await approved();
  expect((await close(letterId)).outcome).toBe('applied');
  return letterId;
};

const kindsTold = async (letterId: string): Promise<string[]> => {
  const rows = await desk.db<{ kind: string }[]>`
    select kind from messages where letter_id = ${letterId} order by created_at`;
  return rows.map(({ kind }) => kind);
};

const countOf = async (letterId: string, action: string): Promise<number> => {
  const rows = await desk.db`
    select 1 from audit_entries where letter_id = ${letterId} and action = ${action}`;
  return rows.length;
};

test('an answered letter is reopened under its number, in its next round, and answered again', async () => {
  await startWorker({ REOPEN_DAYS: 1 });
  const letterId = await answered();
  const before = await stateOf(letterId);
  expect(before).toMatchObject({ step: 'answered', round: 1 });
  expect(before?.reopenUntil).not.toBeNull();
  const formKey = randomUUID();
  for (const time of ['once', 'twice'])
    expect([time, await reopen(letterId, formKey)]).toEqual([time, 'applied']);
  await until(async () => (await stateOf(letterId))?.step === 'with_unit');
  expect(await stateOf(letterId)).toMatchObject({
    round: 2,
    letterNumber: before?.letterNumber,
    reopenUntil: null,
  });
  await expect(reopen(letterId)).rejects.toMatchObject({ code: 'not_open' });
  expect((await answer(letterId)).outcome).toBe('applied');
  await desk.whenTold(letterId, 4);
  expect(await kindsTold(letterId)).toEqual(['approved', 'replied', 'reopened', 'replied']);
  expect(await countOf(letterId, 'reopened')).toBe(1);
});

test('the process of a closed letter goes on while its sender can reopen it, and no longer', async () => {
  await startWorker({ REOPEN_DAYS: 1, TEST_WORKING_DAY_SECONDS: 3 });
  const letterId = await closed();
  await ended(letterId);
  await desk.letterWhen(letterId, ({ reopenUntil }) => reopenUntil === null);
  await expect(reopen(letterId)).rejects.toMatchObject({ code: 'not_open' });
});

test('a reopening of the last moment, while no worker runs, is found when the time is over', async () => {
  await startWorker({ REOPEN_DAYS: 1 });
  const letterId = await closed();
  await stopWorker();
  const reopening = reopen(letterId);
  await until(async () => {
    const rows = await desk.db`
      select 1 from unit_actions where letter_id = ${letterId} and kind = 'reopen'`;
    return rows.length === 1;
  });
  await desk.db`update letters set reopen_until = now() where id = ${letterId}`;
  await startWorker({ REOPEN_DAYS: 1 });
  expect(await reopening).toBe('applied');
  await until(async () => (await stateOf(letterId))?.step === 'with_unit');
});

test('closed letters that the engine lost go on: one that can be reopened, one that was', async () => {
  await startWorker({ REOPEN_DAYS: 1 });
  const [waiting, reopened] = [await closed(), await closed()];
  for (const letterId of [waiting, reopened]) await desk.whenTold(letterId, 2);
  await stopWorker();
  const reopening = reopen(reopened);
  await until(async () => {
    const open = await desk.db`select 1 from outbox where done_at is null`;
    const rows = await desk.db`select 1 from unit_actions where outcome is null`;
    return open.length === 0 && rows.length === 1;
  });
  for (const letterId of [waiting, reopened]) await desk.handleOf(letterId).terminate('lost');
  const report = await reconcile(desk.deps, { ...WHOLE, reverse: false });
  expect(report).toMatchObject({ failed: { count: 0 }, ended: { count: 0 } });
  for (const letterId of [waiting, reopened]) expect(await runOf(letterId)).toBe('RUNNING');
  await startWorker({ REOPEN_DAYS: 1 });
  expect(await reopening).toBe('applied');
  expect(await reopen(waiting)).toBe('applied');
  for (const letterId of [waiting, reopened]) {
    await until(async () => (await stateOf(letterId))?.step === 'with_unit');
    await desk.whenTold(letterId, 3);
    expect(await countOf(letterId, 'reopened')).toBe(1);
  }
});

test('an answered letter closes by itself, without another message, when the calendar says so', async () => {
  await startWorker({ CLOSE_DAYS: 1, TEST_WORKING_DAY_SECONDS: 2 });
  const letterId = await answered();
  await desk.whenTold(letterId, 2);
  await ended(letterId);
  expect(await countOf(letterId, 'closed')).toBe(1);
  expect(await kindsTold(letterId)).toEqual(['approved', 'replied']);
  expect(await desk.letterWhen(letterId, ({ step }) => step === 'closed')).toMatchObject({
    closesAt: null,
    openQuestionId: null,
  });
});

test('the record is asked when the timer fires: a later end is waited for, also by a new workflow', async () => {
  await startWorker({ CLOSE_DAYS: 1 });
  const letterId = await answered();
  await stopWorker();
  // The timer of that workflow is lost; the record holds a time that is over, the calendar a later one.
  await desk.db`update letters set closes_at = now() where id = ${letterId}`;
  await desk.handleOf(letterId).terminate('lost');
  await reconcile(desk.deps, { ...WHOLE, reverse: false });
  await startWorker({ CLOSE_DAYS: 1 });
  const { answeredAt } = await desk.letterWhen(letterId, ({ closesAt }) =>
    Boolean(closesAt && closesAt.getTime() > Date.now()),
  );
  const letter = await desk.letterWhen(letterId, ({ step }) => step === 'answered');
  expect((letter.closesAt?.getTime() ?? 0) - (answeredAt?.getTime() ?? 0)).toBe(LONG * 1000);
  await desk.db`
    update letters set answered_at = answered_at - interval '1 hour', closes_at = now()
    where id = ${letterId}`;
  await desk.handleOf(letterId).terminate('lost');
  await reconcile(desk.deps, { ...WHOLE, reverse: false });
  await ended(letterId);
  expect(await countOf(letterId, 'closed')).toBe(1);
});

test('an answered letter whose referral is taken back is answered as before, and has as long left', async () => {
  const days = { CLOSE_DAYS: 1, REOPEN_DAYS: 2 };
  await startWorker({ ...days, TEST_WORKING_DAY_SECONDS: LONG });
  const letterId = await answered();
  const before = await desk.letterWhen(letterId, ({ step }) => step === 'answered');
  const unitId = await addTestUnit(desk.db);
  const refer = { kind: 'refer', unitId, note: null } as const;
  await actOnLetter(desk.deps, { letterId, staff: desk.clerk, action: refer });
  expect(await desk.letterWhen(letterId, ({ step }) => step === 'with_unit')).toMatchObject({
    closesAt: null,
  });
  const referralId = (await findReferral(desk.db, { letterId }))?.id ?? '';
  await desk.db`
    update unit_actions set acted_at = acted_at - interval '1 hour' where id = ${referralId}`;
  const recall = { kind: 'recall', referralId } as const;
  await actOnLetter(desk.deps, { letterId, staff: desk.clerk, action: recall });
  const after = await desk.letterWhen(letterId, ({ step }) => step === 'answered');
  const { answeredAt, unitId: back } = before;
  expect(after).toMatchObject({ answeredAt, unitId: back });
  const longer = (end: 'closesAt' | 'reopenUntil'): number =>
    (Number(after[end]) - Number(before[end])) / 1000;
  expect(longer('closesAt')).toBeGreaterThanOrEqual(3600);
  expect(longer('closesAt')).toBeLessThan(3660);
  expect(longer('reopenUntil')).toBe(longer('closesAt'));
  expect((await stateOf(letterId))?.closesAt).toBe(after.closesAt?.toISOString());
});
