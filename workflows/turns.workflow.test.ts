/** Withdrawals, returns and corrections on a real server: how a letter takes another way, and back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';
import { reconcile, WHOLE } from '../src/operations/maintenance/reconcile.ts';
import { resubmitLetter } from '../src/desk/letters/resubmit-letter.ts';
import { withdrawLetter } from '../src/desk/letters/withdraw-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let workers: Set<LetterWorker>;
const workerLog: { message: string; workflowId?: string; signal?: string }[] = [];

const start = async (
  code = codePath,
  options: NonNullable<Parameters<LetterDesk['startWorker']>[0]['options']> = {},
): Promise<LetterWorker> => {
  const worker = await desk.startWorker({ codePath: code, options });
  workers.add(worker);
  return {
    async stop() {
      workers.delete(worker);
      await worker.stop();
    },
  };
};

const submitted = async (): Promise<string> => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  return letterId;
};

const sendBack = (letterId: string, reason = 'امضا ندارد') =>
  decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision: { kind: 'return', reason } });

const approve = (letterId: string) =>
  decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision: { kind: 'approve' } });

const withdraw = (letterId: string) =>
  withdrawLetter(desk.deps, { applicantId: desk.applicantId, letterId });

const correct = (letterId: string, round: number) => {
  const { applicantId, otherUnitId: unitId } = desk;
  const subject = `موضوع ${round + 1}`;
  return resubmitLetter(desk.deps, { applicantId, letterId, unitId, round, subject, files: [] });
};

const stateOf = (letterId: string) => desk.engine.status(letterId, 30_000);
const stateIn = (letterId: string, status: string) =>
  until(async () => (await stateOf(letterId))?.status === status);
const ended = (letterId: string) =>
  until(async () => (await desk.handleOf(letterId).describe()).status.name === 'COMPLETED');

const failedTasks = async (letterId: string): Promise<number> =>
  ((await desk.handleOf(letterId).fetchHistory()).events ?? []).filter(
    (event) => event.workflowTaskFailedEventAttributes,
  ).length;

const kindsTold = async (letterId: string): Promise<string[]> => {
  const rows = await desk.db<{ kind: string }[]>`
    select kind from messages where letter_id = ${letterId} order by created_at`;
  return rows.map(({ kind }) => kind);
};

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) =>
      workerLog.push({ message, ...(meta as object) }),
    ),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  directory = await mkdtemp(path.join(os.tmpdir(), 'turns-'));
  codePath = path.join(directory, 'new.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
}, 240_000);

beforeEach(() => {
  workers = new Set();
  return async () => {
    for (const worker of workers) await worker.stop();
  };
});

afterAll(async () => {
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

describe('at the desk', () => {
  test('a withdrawn letter ends, without a number and without an SMS', async () => {
    await start();
    const letterId = await submitted();
    expect(await withdraw(letterId)).toEqual({ outcome: 'applied' });
    await ended(letterId);
    expect(await desk.letterWhen(letterId, () => true)).toMatchObject({
      status: 'withdrawn',
      letterNumber: null,
    });
    expect(await kindsTold(letterId)).toEqual([]);
    expect(await desk.engine.status(letterId, 30_000)).toMatchObject({ status: 'withdrawn' });
    const { searchAttributes } = await desk.handleOf(letterId).describe();
    expect(searchAttributes.LetterStatus).toEqual(['withdrawn']);
    await expect(approve(letterId)).rejects.toMatchObject({
      code: 'already_decided',
      facts: { kind: 'withdraw' },
    });
  });

  test('returned twice, corrected twice, approved: one workflow, one number, each round told', async () => {
    await start();
    const letterId = await submitted();
    await sendBack(letterId, 'امضا ندارد');
    await stateIn(letterId, 'returned');
    await correct(letterId, 1);
    await stateIn(letterId, 'pending');
    expect(await stateOf(letterId)).toMatchObject({ unit: 'امور مالی' });
    await sendBack(letterId, 'پیوست ندارد');
    await correct(letterId, 2);
    await stateIn(letterId, 'pending');
    expect((await approve(letterId)).outcome).toBe('applied');
    await desk.whenTold(letterId, 3);
    expect(await kindsTold(letterId)).toEqual(['returned', 'returned', 'approved']);
    const sms = desk.gateway.received.findLast(({ kind }) => kind === 'returned');
    expect(sms?.text.split('\n')).toEqual(expect.arrayContaining(['پیوست ندارد']));
    const letter = await desk.letterWhen(letterId, ({ status }) => status === 'approved');
    expect(letter).toMatchObject({ round: 3, subject: 'موضوع 3', unit: 'امور مالی' });
    expect(letter.letterNumber).not.toBeNull();
    expect(await failedTasks(letterId)).toBe(0);
  });

  test('an approval right after a correction is taken in that order', async () => {
    const worker = await start();
    const letterId = await submitted();
    await sendBack(letterId);
    await stateIn(letterId, 'returned');
    await worker.stop();
    await correct(letterId, 1);
    const approved = approve(letterId);
    await start();
    expect((await approved).outcome).toBe('applied');
    expect(await failedTasks(letterId)).toBe(0);
  });

  test('a letter that has come back is withdrawn', async () => {
    await start();
    const letterId = await submitted();
    await sendBack(letterId);
    expect(await withdraw(letterId)).toEqual({ outcome: 'applied' });
    await ended(letterId);
    expect(await kindsTold(letterId)).toEqual(['returned']);
  });

  test('while no worker runs, what was done is taken up in its order afterwards', async () => {
    const letterId = await desk.submit();
    const asked = withdraw(letterId);
    await until(
      async () => (await desk.db`select 1 from decisions where letter_id = ${letterId}`)[0],
    );
    await expect(sendBack(letterId)).rejects.toMatchObject({ code: 'already_decided' });
    await start();
    expect(await asked).toEqual({ outcome: 'applied' });
    await ended(letterId);
  });
});

describe("by Temporal's own tools", () => {
  test('a return needs a reason, and is then told and shown like any other', async () => {
    await start();
    const letterId = await submitted();
    const signal = (name: string, payload: unknown) =>
      desk.handleOf(letterId).signal(name, payload);
    await signal('return', { by: 'ali' });
    await signal('withdraw', { by: 'ali' });
    await signal('resubmit', { round: 'two' });
    await signal('resubmit', { round: 2 });
    await signal('return', { by: 'ali', reason: 'امضا ندارد' });
    await stateIn(letterId, 'returned');
    await desk.whenTold(letterId, 1);
    expect(await kindsTold(letterId)).toEqual(['returned']);
    expect(await desk.letterWhen(letterId, () => true)).toMatchObject({
      status: 'returned',
      returnReason: 'امضا ندارد',
    });
    const logged = (what: string) =>
      workerLog.filter(
        ({ message, workflowId }) => message === what && workflowId === `letter-${letterId}`,
      );
    // The worker's log comes a moment after what it tells of.
    const malformed = await until(() => {
      const lines = logged('malformed signal ignored');
      return Promise.resolve(lines.length >= 3 && lines);
    });
    expect(malformed.map(({ signal: name }) => name)).toEqual(['return', 'withdraw', 'resubmit']);
    // It has come back to its sender: nobody decides it now.
    await signal('approve', { by: 'ali' });
    await until(() => Promise.resolve(logged('refused by the record').length === 1));
    await correct(letterId, 1);
    await stateIn(letterId, 'pending');
    await signal('approve', { by: 'ali' });
    expect(await desk.letterWhen(letterId, ({ status }) => status === 'approved')).toMatchObject({
      round: 2,
    });
  });
});

describe('without the engine that knew it', () => {
  test('letters in every state go on in an empty one; a second time nothing is started', async () => {
    const worker = await start();
    const [returned, corrected, withdrawing, withdrawn] = [
      await submitted(),
      await submitted(),
      await submitted(),
      await submitted(),
    ];
    for (const letterId of [returned, corrected]) await sendBack(letterId);
    await withdraw(withdrawn);
    await ended(withdrawn);
    await worker.stop();
    await correct(corrected, 1);
    const asked = withdraw(withdrawing);
    await until(async () => {
      const rows = await desk.db`select 1 from outbox where done_at is null`;
      return rows.length === 0;
    });
    for (const letterId of [returned, corrected, withdrawing])
      await desk.handleOf(letterId).terminate('lost');

    // The index of the engine lags behind the ends of the three.
    const counts = { letters: 0, started: 0, failed: 0 };
    await until(async () => {
      const { letters, started, failed } = await reconcile(desk.deps, { ...WHOLE, reverse: false });
      counts.letters = letters;
      counts.started += started;
      counts.failed += failed.count;
      return counts.started >= 3;
    });
    expect(counts).toMatchObject({ started: 3, failed: 0 });
    await start();
    expect(await asked).toEqual({ outcome: 'applied' });
    await stateIn(returned, 'returned');
    await stateIn(corrected, 'pending');
    const again = await reconcile(desk.deps, { ...WHOLE, reverse: false });
    expect(again).toMatchObject({ letters: counts.letters - 1, started: 0, signalled: 0 });
    expect((await approve(corrected)).outcome).toBe('applied');
    await correct(returned, 1);
    expect((await approve(returned)).outcome).toBe('applied');
  });
});
