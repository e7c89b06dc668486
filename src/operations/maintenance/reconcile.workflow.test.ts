/** The engine is lost and built again from the record, on two real Temporal servers. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSmsGateway } from '../../platform/messages/create-sms-gateway.ts';
import { LetterEngine } from '../../platform/engine/letter-engine.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findLetter } from '../../desk/letters/letters.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import { until } from '../../testing/until.ts';
import { startLetterWorker } from '../../testing/letter-worker.ts';
import type { LetterWorker } from '../../testing/letter-worker.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { makeTestDir, removeTestDir, startTestTemporal } from '../../testing/servers.ts';
import type { TestServer } from '../../testing/servers.ts';
import { startSmsGateway } from '../../testing/sms-gateway.ts';
import type { StubSmsGateway } from '../../testing/sms-gateway.ts';
import { temporalAddress } from '../../testing/temporal.ts';
import { bundleWorkflows } from '../../testing/workflow-bundles.ts';
import { letterWorkflowId } from '../../../workflows/letter.contract.ts';
import { decideLetter } from '../../desk/letters/decide-letter.ts';
import { actOnLetter } from '../../desk/letters/act-on-letter.ts';
import type { Deps } from '../../platform/deps.ts';
import type { ActOnLetter } from '../../desk/letters/act-on-letter.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { createDispatcher, readLetterInput } from '../../desk/letters/dispatch.ts';
import type { WorkLoop } from '../../platform/base/work-loop.ts';
import { reconcile, ENDED_EARLY, WHOLE } from './reconcile.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { findStuckWork, retryAll, retryLetter } from './stuck-work.ts';
import { createSweep } from './sweep.ts';
import type { Sweep } from './sweep.ts';
import { publicText } from '../../platform/base/audience.ts';
import type { FileStore } from '../../platform/files/file-store.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const ACTOR = { kind: 'operator', id: 'test' } as const;

/** Has every file that is asked for. */
const everyFile = {
  list: () => Promise.resolve([]),
  storedAt: () => Promise.resolve(new Date()),
  removeLeftovers: () => Promise.resolve(0),
  remove: () => Promise.resolve(),
} as unknown as FileStore;

/** The desk with one Temporal server. */
interface Side {
  client: Client;
  engine: LetterEngine;
  dispatcher: WorkLoop;
  deps: Deps;
  sweep: Sweep;
  startWorker(): Promise<LetterWorker>;
  approve(letterId: string, waitMs?: number): Promise<unknown>;
  reject(letterId: string, waitMs?: number): Promise<unknown>;
  act(letterId: string, action: ActOnLetter['action'], waitMs?: number): Promise<unknown>;
  stop(): Promise<void>;
}

let directory: string;
let codePath: string;
let database: TestDatabase;
let db: Db;
let gateway: StubSmsGateway;
let reviewer: StaffMember;
let clerk: StaffMember;
let unitId: string;
let otherUnitId: string;
let applicantId: string;
let newDir: string;
let newServer: TestServer;
let before: Side;
let after: Side;
let worker: LetterWorker | undefined;

const WAIT_MS = 60_000;

const openSide = async (address: string): Promise<Side> => {
  const taskQueue = `letters-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const engine = new LetterEngine({ connection: { address }, namespace: 'default', taskQueue });
  const deps = testDeps(db, {
    engine,
    files: everyFile,
    log,
    smsGateway: createSmsGateway({ url: gateway.url, timeoutMs: 5_000 }),
    env: { SMS_URL: gateway.url },
    wake: () => dispatcher.wake(),
  });
  const dispatcher = createDispatcher(deps);
  const within = (decisionWaitMs: number): Deps => ({
    ...deps,
    config: { ...deps.config, limits: { ...deps.config.limits, decisionWaitMs } },
  });
  const decide = (
    letterId: string,
    decision: { kind: 'approve' } | { kind: 'reject'; reason: string },
    waitMs: number,
  ): Promise<unknown> => decideLetter(within(waitMs), { letterId, staff: reviewer, decision });
  return {
    client,
    engine,
    dispatcher,
    deps,
    sweep: createSweep(deps),
    startWorker: () => startLetterWorker({ address, taskQueue, codePath, deps }),
    approve: (letterId, waitMs = WAIT_MS) => decide(letterId, { kind: 'approve' }, waitMs),
    reject: (letterId, waitMs = WAIT_MS) =>
      decide(letterId, { kind: 'reject', reason: 'ناخوانا' }, waitMs),
    act: (letterId, action, waitMs = WAIT_MS) =>
      actOnLetter(within(waitMs), { letterId, staff: clerk, action }),
    async stop() {
      await dispatcher.stop();
      await engine.close();
      await connection.close();
    },
  };
};

const submit = (): Promise<string> => submitTestLetter(db, { unitId, applicantId });
const submitMany = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, submit));
const all = (letterIds: string[], act: (letterId: string) => Promise<unknown>): Promise<unknown> =>
  Promise.all(letterIds.map(act));

const outboxIsEmpty = (): Promise<unknown> =>
  until(async () => (await db`select 1 from outbox where done_at is null`).length === 0);
const untilCount = (count: number, ask: () => PromiseLike<{ length: number }>): Promise<unknown> =>
  until(async () => (await ask()).length === count, 60_000);
const runOf = async (side: Side, letterId: string): Promise<string> =>
  (await side.client.workflow.getHandle(letterWorkflowId(letterId)).describe()).status.name;

/** Everything that the record says of letters, without when a row was looked at. */
const wholeRecord = async (): Promise<unknown> => ({
  letters: await db`select * from letters order by id`,
  entries: await db`select * from register_entries order by year, serial`,
  messages: await db`select * from messages order by id`,
  decisions: await db`select * from decisions order by id`,
  actions: await db`select * from unit_actions order by id`,
  outbox: await db`select * from outbox order by id`,
});

const numbers = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (
      await db<{ id: string; letterNumber: string }[]>`
        select id, letter_number from letters where letter_number is not null`
    ).map(({ id, letterNumber }) => [id, letterNumber]),
  );

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => {}) });
  directory = await mkdtemp(path.join(os.tmpdir(), 'reconcile-'));
  codePath = path.join(directory, 'bundle.js');
  await writeFile(codePath, await bundleWorkflows());
  newDir = makeTestDir();
  [database, newServer, gateway] = await Promise.all([
    createTestDatabase(),
    startTestTemporal(newDir),
    startSmsGateway(),
  ]);
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  unitId = await addTestUnit(db, 'امور حقوقی');
  otherUnitId = await addTestUnit(db, 'امور مالی');
  applicantId = await addTestApplicant(db);
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId, otherUnitId] });
  before = await openSide(temporalAddress());
  after = await openSide(newServer.address);
}, 240_000);

afterAll(async () => {
  await worker?.stop();
  await before?.stop();
  await after?.stop();
  await gateway?.stop();
  await db?.end({ timeout: 5 });
  await database?.drop();
  await newServer?.stop();
  await removeTestDir(newDir);
  await rm(directory, { recursive: true, force: true });
});

test('a hundred letters in every state go on to their end on an engine that knew none of them', async () => {
  await before.engine.prepare({ retentionDays: 30, log });
  before.dispatcher.start();
  const first = await before.startWorker();
  const pending = await submitMany(20);
  const toApprove = await submitMany(10);
  const toReject = await submitMany(10);
  const withUnit = await submitMany(15);
  const answered = await submitMany(15);
  const acted = await submitMany(15);
  const refusedSms = await submitMany(5);
  const unsentApproval = await submitMany(5);
  const unsentRejection = await submitMany(5);
  await all([...withUnit, ...answered, ...acted], (id) => before.approve(id));
  await all(answered, (id) =>
    before.act(id, { kind: 'reply', text: publicText('پاسخ'), file: null }),
  );
  const isSent = (ids: string[]) => () =>
    db`select 1 from messages where letter_id = any(${ids}::uuid[]) and state = 'sent'`;
  await untilCount(60, isSent([...withUnit, ...answered, ...acted]));
  gateway.setMode({ status: 400 });
  await all(refusedSms, (id) => before.approve(id));
  await untilCount(5, () => db`select 1 from letters where needs_attention is not null`);
  gateway.setMode('down');
  await all(unsentApproval, (id) => before.approve(id));
  await all(unsentRejection, (id) => before.reject(id));
  await untilCount(10, () => db`select 1 from messages where state = 'pending' and attempts > 0`);
  await outboxIsEmpty();
  await first.stop();
  // Recorded, and heard by an engine that will not remember it.
  await all(toApprove, (id) => before.approve(id, 0));
  await all(toReject, (id) => before.reject(id, 0));
  await all(acted.slice(0, 5), (id) =>
    before.act(id, { kind: 'refer', unitId: otherUnitId, note: null }, 0),
  );
  await all(acted.slice(5), (id) =>
    before.act(id, { kind: 'reply', text: publicText('پاسخ'), file: null }, 0),
  );
  await all(acted.slice(10), (id) =>
    before.act(id, { kind: 'close', reason: publicText('رسیدگی شد') }, 0),
  );
  await outboxIsEmpty();
  await before.dispatcher.stop();
  gateway.setMode('ok');
  const numbersBefore = await numbers();
  expect(Object.keys(numbersBefore)).toHaveLength(55);

  const report = await reconcile(after.deps, WHOLE);
  expect(report).toMatchObject({ letters: 100, started: 100, settled: 0 });
  expect(report).toMatchObject({
    ended: { count: 0 },
    unknown: { count: 0 },
    failed: { count: 0 },
  });
  const record = await wholeRecord();
  expect(await reconcile(after.deps, WHOLE)).toMatchObject({
    letters: 100,
    started: 0,
    signalled: 0,
  });
  expect(await wholeRecord()).toEqual(record);

  worker = await after.startWorker();
  after.dispatcher.start();
  await untilCount(0, () => db`select 1 from decisions where outcome is null`);
  await untilCount(0, () => db`select 1 from unit_actions where outcome is null`);
  await untilCount(0, () => db`select 1 from messages where state in ('pending', 'sending')`);
  // Refused by the gateway for good: the new process has found out by itself.
  await untilCount(5, () => db`select 1 from letters where needs_attention is not null`);
  expect((await findStuckWork(after.deps)).pieces.map(({ kind }) => kind).sort()).toEqual([
    ...Array<string>(5).fill('attention'),
    ...Array<string>(5).fill('message'),
  ]);
  expect(await retryAll(after.deps, { actor: ACTOR })).toMatchObject({ letters: 5 });
  await untilCount(0, () => db`select 1 from messages where state <> 'sent'`);
  await all(pending, (id) => after.approve(id));
  const open = [...pending, ...toApprove, ...withUnit, ...answered, ...acted.slice(0, 10)];
  await all([...open, ...refusedSms, ...unsentApproval], (id) =>
    after.act(id, { kind: 'close', reason: publicText('رسیدگی شد') }),
  );
  await untilCount(
    0,
    () => db`
    select 1 from letters where status = 'pending' or (status = 'approved' and step <> 'closed')`,
  );
  await untilCount(0, () => db`select 1 from messages where state <> 'sent'`);

  const letterIds = (await db<{ id: string }[]>`select id from letters`).map(({ id }) => id);
  expect(letterIds).toHaveLength(100);
  await all(letterIds, (id) => until(async () => (await runOf(after, id)) === 'COMPLETED'));
  expect(await db`select 1 from letters where status = 'rejected'`).toHaveLength(15);
  expect(await db`select 1 from unit_actions where outcome <> 'applied'`).toHaveLength(0);
  expect(await numbers()).toMatchObject(numbersBefore);
  const serials = await db<{ serial: number }[]>`
    select serial from register_entries order by year, serial`;
  expect(serials.map(({ serial }) => serial)).toEqual(serials.map((_, index) => index + 1));
  expect(serials).toHaveLength(85);
  const messages = await db<{ id: string }[]>`select id from messages`;
  expect(messages).toHaveLength(100 + 15 + 10 + 85);
  for (const { id } of messages) expect(gateway.accepted.get(id)).toBe(1);
  expect(await findStuckWork(after.deps)).toMatchObject({ total: 0 });
  expect(await reconcile(after.deps, WHOLE)).toMatchObject({ letters: 0, started: 0 });
}, 240_000);

const sweepNow = async (): Promise<void> => {
  await db`delete from process_heartbeats where role = 'sweep'`;
  await db`update letters set submitted_at = now() - interval '3 minutes' where status = 'pending'`;
  await outboxIsEmpty();
  await after.sweep.run();
};
const started = async (): Promise<string> => {
  const letterId = await submit();
  after.dispatcher.wake();
  await until(() => after.engine.status(letterId, 3_000));
  return letterId;
};
const handleOf = (letterId: string) => after.client.workflow.getHandle(letterWorkflowId(letterId));

test('the sweep starts a letter whose workflow is gone, and leaves the others alone', async () => {
  const [lost, running, young] = [await started(), await started(), await started()];
  await handleOf(lost).terminate('by mistake');
  await db`update letters set needs_attention = 'of the old process', attention_since = now()
    where id = ${lost}`;
  const runs = [await handleOf(running).describe(), await handleOf(young).describe()];
  // The index of the engine follows a moment later.
  await until(async () => {
    await sweepNow();
    return (await runOf(after, lost)) === 'RUNNING';
  });
  expect((await findLetter(db, lost))?.needsAttention).toBeNull();
  for (const run of runs) {
    const now = await after.client.workflow.getHandle(run.workflowId).describe();
    expect(now.runId).toBe(run.runId);
  }
  expect(await after.approve(lost)).toMatchObject({ outcome: 'applied' });
});

test('a decision whose signal the engine has forgotten is signalled again, not every time', async () => {
  const letterId = await started();
  const decisionId = randomUUID();
  await db`
    insert into decisions (id, letter_id, kind, staff_id, decided_by, decided_at)
    values (${decisionId}, ${letterId}, 'approve', ${reviewer.id}, 'مریم', now() - interval '1 hour')`;
  await db`
    insert into outbox (letter_id, kind, payload, attempts, done_at)
    values (${letterId}, 'approve', ${db.json({ by: 'maryam', decisionId })}, 1,
            now() - interval '3 minutes')`;
  const forgotten = () =>
    db`select 1 from outbox where letter_id = ${letterId} and kind = 'approve' and done_at is null`;
  // Delivered once, so it is given four minutes.
  await sweepNow();
  expect(await forgotten()).toHaveLength(0);
  expect((await findLetter(db, letterId))?.status).toBe('pending');
  await db`update outbox set done_at = now() - interval '5 minutes'
    where letter_id = ${letterId} and kind = 'approve'`;
  await sweepNow();
  await until(async () => (await findLetter(db, letterId))?.status === 'approved');
});

test('a letter that ended in the engine and is open in the record is told, and goes on by hand', async () => {
  const letterId = await started();
  await after.reject(letterId);
  await until(async () => (await runOf(after, letterId)) === 'COMPLETED');
  // As after the restoring of a backup that is older than the decision.
  await db`delete from decisions where letter_id = ${letterId}`;
  await db`delete from messages where letter_id = ${letterId}`;
  await db`
    update letters set status = 'pending', decided_at = null, decided_by = null,
      rejection_reason = null where id = ${letterId}`;
  await until(async () => {
    await sweepNow();
    return (await findLetter(db, letterId))?.needsAttention === ENDED_EARLY;
  });
  expect(await runOf(after, letterId)).toBe('COMPLETED');
  expect(await reconcile(after.deps, WHOLE)).toMatchObject({
    started: 0,
    ended: { count: 1, letterIds: [letterId] },
  });
  expect(await retryLetter(after.deps, { letterId, actor: ACTOR })).toBe(true);
  await until(() => after.engine.status(letterId, 3_000));
  expect(await after.approve(letterId)).toMatchObject({ outcome: 'applied' });
  expect(await findLetter(db, letterId)).toMatchObject({
    status: 'approved',
    needsAttention: null,
  });
});

test('a message that the running process does not know of is sent by a retry by hand', async () => {
  const letterId = await started();
  await after.approve(letterId);
  const sent = () => db`select 1 from messages where letter_id = ${letterId} and state = 'sent'`;
  await untilCount(1, sent);
  await db`
    update messages set state = 'pending', created_at = now() - interval '20 minutes'
    where letter_id = ${letterId}`;
  expect((await findStuckWork(after.deps)).pieces).toMatchObject([{ kind: 'message', letterId }]);
  await retryLetter(after.deps, { letterId, actor: ACTOR });
  await untilCount(1, sent);
  await until(async () => (await runOf(after, letterId)) === 'RUNNING');
});

test('a retry works however often it failed', async () => {
  gateway.setMode({ status: 400 });
  const letterId = await started();
  await after.approve(letterId);
  for (let times = 1; times <= 3; times += 1) {
    await until(async () => {
      const [message] = await db<{ state: string; attempts: number }[]>`
        select state, attempts from messages where letter_id = ${letterId}`;
      return message?.state === 'failed' && message.attempts === times;
    });
    await until(async () => (await findLetter(db, letterId))?.needsAttention);
    if (times === 3) gateway.setMode('ok');
    await retryLetter(after.deps, { letterId, actor: ACTOR });
  }
  await untilCount(
    1,
    () => db`select 1 from messages where letter_id = ${letterId} and state = 'sent'`,
  );
  await until(async () => (await findLetter(db, letterId))?.needsAttention === null);
  const [message] = await db<{ id: string }[]>`
    select id from messages where letter_id = ${letterId}`;
  expect(gateway.accepted.get(message?.id ?? '')).toBe(1);
});

test('an action beside the closing of its letter is marked as too late', async () => {
  const letterId = await started();
  await after.approve(letterId);
  await after.act(letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
  await until(async () => (await runOf(after, letterId)) === 'COMPLETED');
  await db`
    insert into unit_actions (id, letter_id, kind, internal_note, staff_id, acted_by, acting_unit,
      acting_unit_id, acted_at)
    values (${randomUUID()}, ${letterId}, 'note', 'متن', ${clerk.id}, 'رضا', 'امور حقوقی',
            ${unitId}, now() - interval '3 minutes')`;
  expect((await findStuckWork(after.deps)).pieces).toMatchObject([
    { kind: 'unit_action', letterId },
  ]);
  await sweepNow();
  expect(
    await db`select 1 from unit_actions where letter_id = ${letterId} and outcome = 'refused'`,
  ).toHaveLength(1);
  expect(await findStuckWork(after.deps)).toMatchObject({ total: 0 });
});

test('a running workflow of a letter that is not in the record is named and left alone', async () => {
  const input = await readLetterInput(after.deps, await started());
  const letterId = randomUUID();
  await after.engine.start({ ...input, letterId });
  await until(async () => {
    const { unknown } = await reconcile(after.deps, WHOLE);
    return unknown.count === 1 && unknown.letterIds[0] === letterId;
  });
  expect(await runOf(after, letterId)).toBe('RUNNING');
});

test('an engine that is away is not taken for one that has lost its letters', async () => {
  const away = new LetterEngine({ connection: { address: '127.0.0.1:1' }, namespace: 'default' });
  const deps = testDeps(db, { engine: away, files: everyFile });
  await expect(reconcile(deps, WHOLE)).rejects.toThrow(/connect|deadline|UNAVAILABLE/i);
  await db`delete from process_heartbeats where role = 'sweep'`;
  const sweep = createSweep(deps);
  await sweep.run();
  expect(await db`select 1 from letters where needs_attention is not null`).toHaveLength(0);
  await away.close();
});
