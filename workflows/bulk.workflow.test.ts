/** One decision about many letters, on a real server: every letter once, whatever happens meanwhile. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDispatcher } from '../src/desk/letters/dispatch.ts';
import { cancelBulk, decideInBulk, getBulkDecision } from '../src/desk/letters/decide-in-bulk.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { testDeps } from '../src/testing/test-deps.ts';
import { until } from '../src/testing/until.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';

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
  directory = await mkdtemp(path.join(os.tmpdir(), 'bulk-'));
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

const submit = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push(await desk.submit());
  return ids;
};

const decide = (letterIds: string[], kind: 'approve' | 'reject' = 'approve'): Promise<string> =>
  decideInBulk(desk.deps, {
    staff: desk.reviewer,
    key: randomUUID(),
    letterIds,
    kind,
    reason: kind === 'approve' ? null : 'امضا ندارد',
  });

const outcomesOf = async (bulkId: string) => {
  const { letters, endedAt } = await getBulkDecision(desk.deps, { staff: desk.reviewer, bulkId });
  return {
    ended: endedAt !== null,
    outcomes: letters.map(({ outcome, refusal }) => refusal ?? outcome),
  };
};

const ended = (bulkId: string) =>
  until(async () => {
    const now = await outcomesOf(bulkId);
    return now.ended && now.outcomes;
  });

const decisionsOn = async (letterIds: string[]): Promise<number[]> => {
  const rows = await desk.db<{ letterId: string }[]>`
    select letter_id from decisions where letter_id = any(${letterIds}::uuid[])`;
  return letterIds.map((id) => rows.filter(({ letterId }) => letterId === id).length);
};

test('every letter is decided once, by the rules of a single decision', async () => {
  const letterIds = await submit(4);
  const [first = '', ...others] = letterIds;
  await desk.db`update letters set round = 2 where id = ${others[2] ?? ''}`;
  await startWorker();
  const bulkId = await decide(letterIds);
  await decideLetter(
    { ...desk.deps, config: { ...desk.deps.config, UNDO_SECONDS: 600 } },
    { letterId: first, staff: desk.otherReviewer, decision: { kind: 'approve' } },
  ).catch(() => undefined);
  const outcomes = await ended(bulkId);
  // A colleague decides the first letter at the same time: one of the two decisions stands.
  expect(['decided', 'already_decided', 'not_open']).toContain(outcomes[0]);
  expect(outcomes.slice(1)).toEqual(['decided', 'decided', 'decided']);
  expect(await decisionsOn(letterIds)).toEqual([1, 1, 1, 1]);
  const approved = await desk.letterWhen(others[0] ?? '', ({ status }) => status === 'approved');
  expect(approved.decidedBy).toBe(desk.reviewer.name);
}, 300_000);

test('a worker that ends in the middle leaves the rest to the next one, and nothing twice', async () => {
  const letterIds = await submit(6);
  await startWorker();
  const bulkId = await decide(letterIds, 'reject');
  await until(async () => (await outcomesOf(bulkId)).outcomes.includes('decided'));
  await stopWorker();
  await startWorker();
  expect(await ended(bulkId)).toEqual(letterIds.map(() => 'decided'));
  expect(await decisionsOn(letterIds)).toEqual(letterIds.map(() => 1));
  for (const id of letterIds)
    await desk.letterWhen(id, ({ status, rejectionReason }) =>
      status === 'rejected' ? rejectionReason === 'امضا ندارد' : false,
    );
}, 300_000);

test('while the engine is away it is accepted, and waits', async () => {
  const letterIds = await submit(2);
  const away = testDeps(desk.db);
  const bulkId = await decideInBulk(away, {
    staff: desk.reviewer,
    key: randomUUID(),
    letterIds,
    kind: 'approve',
    reason: null,
  });
  const lost = createDispatcher(away);
  lost.start();
  await lost.stop();
  expect((await outcomesOf(bulkId)).outcomes).toEqual([null, null]);
  await startWorker();
  expect(await ended(bulkId)).toEqual(['decided', 'decided']);
}, 300_000);

test('what is cancelled before its turn is not decided', async () => {
  const letterIds = await submit(3);
  const bulkId = await decide(letterIds);
  await cancelBulk(desk.deps, { staff: desk.reviewer, bulkId });
  await startWorker();
  expect(await ended(bulkId)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(await decisionsOn(letterIds)).toEqual([0, 0, 0]);
}, 300_000);

test('a workflow that the engine has lost is started again from the record', async () => {
  const letterIds = await submit(2);
  const bulkId = await decide(letterIds);
  await until(async () => {
    const [row] = await desk.db<{ started: boolean }[]>`
      select next_start_at > now() + interval '10 seconds' as started
      from bulk_decisions where id = ${bulkId}`;
    return row?.started;
  });
  await desk.terminate(`bulk-${bulkId}`);
  await desk.db`update bulk_decisions set next_start_at = now() where id = ${bulkId}`;
  await startWorker();
  expect(await ended(bulkId)).toEqual(['decided', 'decided']);
}, 300_000);
