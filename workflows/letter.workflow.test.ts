/** The letter's process on a real Temporal server, a real database and a gateway over HTTP. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSmsGateway } from '../src/platform/messages/create-sms-gateway.ts';
import { LetterEngine } from '../src/platform/engine/letter-engine.ts';
import { prepareNamespace } from '../src/platform/engine/prepare-namespace.ts';
import { createDb } from '../src/platform/base/database.ts';
import type { Db } from '../src/platform/base/database.ts';
import { findLetter } from '../src/desk/letters/letters.sql.ts';
import { createLogger } from '../src/platform/base/logger.ts';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import type { Doom } from '../src/testing/doomed-worker.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../src/testing/letters.ts';
import { startLetterWorker } from '../src/testing/letter-worker.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { readMessages } from '../src/testing/messages.ts';
import { testSeals } from '../src/testing/seals.ts';
import { startSmsGateway } from '../src/testing/sms-gateway.ts';
import type { StubSmsGateway } from '../src/testing/sms-gateway.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';
import { recordAnnulment } from '../src/desk/letters/annul-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { findReferral } from '../src/desk/letters/unit-actions.sql.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import { createDispatcher } from '../src/desk/letters/dispatch.ts';
import type { WorkLoop } from '../src/platform/base/work-loop.ts';
import { getLatestStatus, getLetter } from '../src/desk/letters/applicant-letters.ts';
import type { Deps } from '../src/platform/deps.ts';
import { testDeps } from '../src/testing/test-deps.ts';
import { noFiles } from '../src/testing/letters.ts';
import { letterWorkflowId } from './letter.contract.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const workerLog: { message: string; workflowId?: string }[] = [];
const address = temporalAddress();
const taskQueue = `letters-${randomUUID()}`;

let directory: string;
let codePath: string;
let database: TestDatabase;
let db: Db;
let deps: Deps;
let gateway: StubSmsGateway;
let engine: LetterEngine;
let connection: Connection;
let client: Client;
let dispatcher: WorkLoop;
let worker: LetterWorker | undefined;
let unitId: string;
let otherUnitId: string;
let applicantId: string;
let reviewer: StaffMember;
let colleague: StaffMember;
let clerk: StaffMember;

const startWorker = async (): Promise<void> => {
  worker = await startLetterWorker({
    address,
    taskQueue,
    codePath,
    deps,
  });
};

const stopWorker = async (): Promise<void> => {
  await worker?.stop();
  worker = undefined;
};

const annul = (letterId: string): Promise<void> =>
  recordAnnulment(deps, {
    letterId,
    by: { actor: { kind: 'operator', id: 'tests' }, name: 'مدیر سامانه' },
    reason: publicText('دوباره ثبت شده بود'),
    internalReason: new InternalText('اشتباه دبیرخانه'),
  });
const submit = (): Promise<string> =>
  submitTestLetter(db, { unitId, applicantId, wake: () => dispatcher.wake() });

const letterIn = (letterId: string, status: string) =>
  until(async () => {
    const letter = await findLetter(db, letterId);
    return letter?.status === status && letter;
  });

const messagesOf = (letterId: string) => readMessages(db, { letterId });

const sentMessages = (letterId: string, count: number) =>
  until(async () => {
    const messages = await messagesOf(letterId);
    return messages.length === count && messages.every(({ state }) => state === 'sent') && messages;
  });

const handleOf = (letterId: string) => client.workflow.getHandle(letterWorkflowId(letterId));

const runningCount = async (letterId: string): Promise<number> => {
  let count = 0;
  for await (const _run of client.workflow.list({
    query: `WorkflowId = '${letterWorkflowId(letterId)}'`,
  }))
    count += 1;
  return count;
};

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) =>
      workerLog.push({ message, ...(meta as { workflowId?: string }) }),
    ),
  });
  directory = await mkdtemp(path.join(os.tmpdir(), 'letter-workflow-'));
  codePath = path.join(directory, 'bundle.js');
  const bundled = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('index.ts', import.meta.url)),
  });
  await writeFile(codePath, bundled.code);
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  gateway = await startSmsGateway();
  connection = await Connection.connect({ address });
  client = new Client({ connection });
  await prepareNamespace({ connection, namespace: 'default', retentionDays: 30, log });
  engine = new LetterEngine({ connection: { address }, namespace: 'default', taskQueue });
  deps = testDeps(db, {
    engine,
    files: noFiles,
    limits: { decisionWaitMs: 60_000, statusQueryMs: 3_000 },
    log,
    smsGateway: createSmsGateway({ url: gateway.url, timeoutMs: 30_000 }),
    env: { SMS_URL: gateway.url },
    wake: () => dispatcher.wake(),
  });
  dispatcher = createDispatcher(deps);
  dispatcher.start();
  unitId = await addTestUnit(db, 'امور حقوقی');
  otherUnitId = await addTestUnit(db, 'امور مالی');
  applicantId = await addTestApplicant(db);
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  colleague = await addTestStaff(db, { role: 'reviewer' });
  clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  await startWorker();
}, 240_000);

afterAll(async () => {
  await stopWorker();
  await dispatcher?.stop();
  await engine?.close();
  await connection?.close();
  await gateway?.stop();
  await db?.end({ timeout: 5 });
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

describe('a decision taken at the desk', () => {
  test('an approved letter is registered, told by SMS and with its unit', async () => {
    const letterId = await submit();
    const result = await decideLetter(deps, {
      letterId,
      staff: reviewer,
      decision: { kind: 'approve' },
    });
    expect(result.outcome).toBe('applied');
    const letter = await letterIn(letterId, 'approved');
    expect(letter.letterNumber).toMatch(/^14\d\d\/\d+$/);
    expect(letter.registeredOn).toMatch(/^14\d\d\/\d\d\/\d\d$/);
    const [message] = await sentMessages(letterId, 1);
    const lines = message?.text.split('\n');
    expect(lines).toContain(letter.letterNumber);
    expect(lines).toContain(letter.registeredOn);
    expect(lines).toContain(letter.trackingCode?.replace(/(.{4})(?=.)/g, '$1-'));
    expect(gateway.accepted.get(message?.id ?? '')).toBe(1);
    expect(await getLatestStatus(deps, { applicantId, letterId })).toMatchObject({
      source: 'workflow',
      status: 'approved',
      step: 'with_unit',
      letterNumber: letter.letterNumber,
      unit: 'امور حقوقی',
    });
  });

  test('a reviewer corrects the unit while approving', async () => {
    const letterId = await submit();
    await decideLetter(deps, {
      letterId,
      staff: reviewer,
      decision: { kind: 'approve', unitId: otherUnitId },
    });
    expect(await letterIn(letterId, 'approved')).toMatchObject({ unit: 'امور مالی' });
  });

  test('a rejected letter carries its reason, whole in the record and in the SMS', async () => {
    const letterId = await submit();
    const reason = 'پیوست خوانا نیست.\nدوباره بفرستید.';
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'reject', reason } });
    expect((await letterIn(letterId, 'rejected')).rejectionReason).toBe(reason);
    const [message] = await sentMessages(letterId, 1);
    expect(message?.text).toContain('پیوست خوانا نیست. دوباره بفرستید.');
    expect(message?.text).toMatch(/^14\d\d\/\d\d\/\d\d$/m);
    await until(async () => (await handleOf(letterId).describe()).status.name === 'COMPLETED');
  });

  test('of twenty decisions at once one wins and the others hear who was first', async () => {
    const letterId = await submit();
    const staff = [reviewer, colleague];
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        decideLetter(deps, {
          letterId,
          staff: staff[index % 2] ?? reviewer,
          decision: index % 2 === 0 ? { kind: 'approve' } : { kind: 'reject', reason: 'ناخوانا' },
        }),
      ),
    );
    const letter = await until(async () => {
      const found = await findLetter(db, letterId);
      return found?.status !== 'pending' && found;
    });
    const winner = letter.status === 'approved' ? 0 : 1;
    for (const [index, result] of results.entries())
      if (index % 2 === winner) expect(result.status).toBe('fulfilled');
      else
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { code: 'already_decided', facts: { by: staff[winner]?.name } },
        });
    expect(await sentMessages(letterId, 1)).toHaveLength(1);
  });
});

describe("a signal by Temporal's own tools", () => {
  test('approves a letter completely; a second and a malformed one change nothing', async () => {
    const letterId = await submit();
    await until(() => engine.status(letterId, 3_000));
    for (const malformed of [undefined, 7, [], {}, { by: '' }, { by: 'ali', unit: 'nowhere' }])
      await handleOf(letterId).signal('approve', malformed);
    await handleOf(letterId).signal('reject', { by: 'ali' });
    expect(await engine.status(letterId, 30_000)).toMatchObject({ status: 'pending' });
    expect(
      workerLog.filter(
        ({ message, workflowId }) =>
          message === 'malformed signal ignored' && workflowId === letterWorkflowId(letterId),
      ),
    ).toHaveLength(7);

    await handleOf(letterId).signal('approve', { by: 'ali' });
    const letter = await letterIn(letterId, 'approved');
    expect(letter.decidedBy).toBe('ali');
    await sentMessages(letterId, 1);
    await handleOf(letterId).signal('reject', { by: 'reza', reason: 'دیر رسید' });
    expect(await handleOf(letterId).query('status')).toMatchObject({
      status: 'approved',
      letterNumber: letter.letterNumber,
    });
    expect(await findLetter(db, letterId)).toMatchObject({ status: 'approved', decidedBy: 'ali' });
    expect(await messagesOf(letterId)).toHaveLength(1);
  });

  test('approving with an unknown unit is refused and the letter stays open', async () => {
    const letterId = await submit();
    await until(() => engine.status(letterId, 3_000));
    await handleOf(letterId).signal('approve', { by: 'ali', unit: randomUUID() });
    await handleOf(letterId).signal('approve', { by: 'reza', unit: otherUnitId });
    expect(await letterIn(letterId, 'approved')).toMatchObject({
      decidedBy: 'reza',
      unit: 'امور مالی',
    });
  });

  test('in the name of the sender of the letter is refused and logged, and the letter stays open', async () => {
    const mobile = '+989121112233';
    const own = await addTestStaff(db, { role: 'reviewer', mobile });
    const letterId = await submitTestLetter(db, {
      unitId,
      applicantId: await addTestApplicant(db, mobile),
      wake: () => dispatcher.wake(),
    });
    await until(() => engine.status(letterId, 3_000));
    await handleOf(letterId).signal('approve', { by: own.username });
    await handleOf(letterId).signal('reject', { by: own.name, reason: 'دلیل' });
    await handleOf(letterId).signal('return', { by: own.username, reason: 'دلیل' });
    const refused = () =>
      workerLog.filter(
        ({ message, workflowId }) =>
          message === 'refused by the record' && workflowId === letterWorkflowId(letterId),
      );
    await until(() => Promise.resolve(refused().length === 3));
    expect(await findLetter(db, letterId)).toMatchObject({ status: 'pending', decidedBy: null });
    expect(await db`select id from decisions where letter_id = ${letterId}`).toHaveLength(0);
    await expect(
      decideLetter(deps, { letterId, staff: own, decision: { kind: 'approve' } }),
    ).rejects.toMatchObject({ code: 'own_letter' });
    await handleOf(letterId).signal('approve', { by: reviewer.username });
    expect(await letterIn(letterId, 'approved')).toMatchObject({ decidedBy: reviewer.username });
  });

  test('letters are found in Temporal by state, unit and number', async () => {
    const letterId = await submit();
    await handleOfWhenStarted(letterId);
    await handleOf(letterId).signal('approve', { by: 'ali' });
    const { letterNumber } = await letterIn(letterId, 'approved');
    await until(async () => {
      const found: string[] = [];
      for await (const run of client.workflow.list({
        query: `LetterStatus = 'approved' and LetterUnit = 'امور حقوقی' and LetterNumber = '${letterNumber}'`,
      }))
        found.push(run.workflowId);
      return found.includes(letterWorkflowId(letterId));
    });
    expect(letterNumber).toBeTruthy();
  });
});

const handleOfWhenStarted = (letterId: string) => until(() => engine.status(letterId, 3_000));

describe('a letter with its unit', () => {
  test('is taken back by the unit that referred it: once, and no more when the other has acted', async () => {
    const letterId = await submit();
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
    const referred = async (): Promise<string> => {
      const action = { kind: 'refer', unitId: otherUnitId, note: null } as const;
      await actOnLetter(deps, { letterId, staff: clerk, action });
      return (await findReferral(db, { letterId }))?.id ?? '';
    };
    const takeBack = async (referralId: string, actionKey = randomUUID()): Promise<void> => {
      const action = { kind: 'recall', referralId } as const;
      await actOnLetter(deps, { letterId, staff: clerk, actionKey, action });
    };
    const [first, actionKey] = [await referred(), randomUUID()];
    await takeBack(first, actionKey);
    await takeBack(first, actionKey);
    expect(await findLetter(db, letterId)).toMatchObject({
      unit: 'امور حقوقی',
      step: 'with_unit',
    });
    await expect(takeBack(first)).rejects.toMatchObject({ code: 'not_open' });

    const second = await referred();
    const clerkThere = await addTestStaff(db, { role: 'unit', unitIds: [otherUnitId] });
    const note = { kind: 'note', note: new InternalText('در دست بررسی') } as const;
    await actOnLetter(deps, { letterId, staff: clerkThere, action: note });
    await expect(takeBack(second)).rejects.toMatchObject({ code: 'taken_up' });
    const letter = await getLetter(deps, { applicantId, letterId });
    expect(letter.timeline.map(({ action }) => action)).toEqual([
      'submitted',
      'approved',
      'referred',
      'referral_withdrawn',
      'referred',
    ]);
  });

  test('is noted, answered with an SMS, referred and closed', async () => {
    const letterId = await submit();
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
    await actOnLetter(deps, {
      letterId,
      staff: clerk,
      action: { kind: 'note', note: new InternalText('در دست بررسی') },
    });
    const reply = await actOnLetter(deps, {
      letterId,
      staff: clerk,
      action: { kind: 'reply', text: publicText('پاسخ شما'), file: null },
    });
    expect(reply.outcome).toBe('applied');
    expect((await findLetter(db, letterId))?.step).toBe('answered');
    expect((await sentMessages(letterId, 2)).map(({ kind }) => kind)).toEqual([
      'approved',
      'replied',
    ]);
    const letter = await getLetter(deps, { applicantId, letterId });
    expect(letter.replyList).toMatchObject([{ number: 1, text: 'پاسخ شما', unit: 'امور حقوقی' }]);
    expect(letter.timeline.map(({ action }) => action)).toEqual([
      'submitted',
      'approved',
      'replied',
    ]);
    expect(
      await actOnLetter(deps, {
        letterId,
        staff: clerk,
        action: { kind: 'refer', unitId: otherUnitId, note: null },
      }),
    ).toEqual({ outcome: 'applied' });
    expect((await findLetter(db, letterId))?.unitId).toBe(otherUnitId);
    const clerkThere = await addTestStaff(db, { role: 'unit', unitIds: [otherUnitId] });
    await actOnLetter(deps, {
      letterId,
      staff: clerkThere,
      action: { kind: 'close', reason: publicText('رسیدگی شد') },
    });
    await until(async () => (await handleOf(letterId).describe()).status.name === 'COMPLETED');
    expect(await findLetter(db, letterId)).toMatchObject({ step: 'closed', unit: 'امور مالی' });
    expect(await getLatestStatus(deps, { applicantId, letterId })).toMatchObject({
      source: 'record',
      why: 'ended',
      step: 'closed',
    });
  });

  test('ends when its number is annulled, which the query says and an SMS tells', async () => {
    const letterId = await submit();
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
    await sentMessages(letterId, 1);
    await annul(letterId);
    expect((await sentMessages(letterId, 2)).map(({ kind }) => kind)).toEqual([
      'approved',
      'annulled',
    ]);
    await until(async () => (await handleOf(letterId).describe()).status.name === 'COMPLETED');
    expect(await handleOf(letterId).query('status')).toMatchObject({
      status: 'approved',
      annulled: true,
      letterNumber: (await findLetter(db, letterId))?.letterNumber,
    });
  });

  test('of which the number is annulled after its closing is shown and told as such', async () => {
    const letterId = await submit();
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
    const close = { kind: 'close', reason: publicText('رسیدگی شد') } as const;
    await actOnLetter(deps, { letterId, staff: clerk, action: close });
    await until(async () => (await handleOf(letterId).describe()).status.name === 'COMPLETED');
    await annul(letterId);
    expect((await sentMessages(letterId, 3)).map(({ kind }) => kind)).toEqual([
      'approved',
      'closed',
      'annulled',
    ]);
    expect(await handleOf(letterId).query('status')).toMatchObject({ annulled: true });
  });

  test('is out of sight of the staff of another unit', async () => {
    const letterId = await submit();
    await decideLetter(deps, {
      letterId,
      staff: reviewer,
      decision: { kind: 'approve', unitId: otherUnitId },
    });
    await expect(
      actOnLetter(deps, {
        letterId,
        staff: clerk,
        action: { kind: 'close', reason: publicText('رسیدگی شد') },
      }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('trouble', () => {
  test('60 letters approved at once are numbered without a gap or a repeat', async () => {
    const before = await db<
      { last: number | null }[]
    >`select max(serial) as last from register_entries`;
    const letterIds = await Promise.all(
      Array.from({ length: 60 }, () => submitTestLetter(db, { unitId, applicantId })),
    );
    dispatcher.wake();
    await Promise.all(
      letterIds.map((letterId) =>
        decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } }),
      ),
    );
    const entries = await until(async () => {
      const rows = await db<{ serial: number }[]>`
        select serial from register_entries where letter_id = any(${letterIds}::uuid[]) order by serial`;
      return rows.length === 60 && rows;
    }, 240_000);
    const first = (before[0]?.last ?? 0) + 1;
    expect(entries.map(({ serial }) => serial)).toEqual(
      Array.from({ length: 60 }, (_, index) => first + index),
    );
  }, 240_000);

  test('an SMS that the gateway refuses leaves the letter registered and asking for attention, and a retry signal sends it', async () => {
    gateway.setMode({ status: 400 });
    const letterId = await submit();
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
    const troubled = await until(async () => {
      const letter = await findLetter(db, letterId);
      return letter?.needsAttention && letter;
    });
    expect(troubled).toMatchObject({ status: 'approved', step: 'with_unit' });
    expect(await messagesOf(letterId)).toMatchObject([{ state: 'failed' }]);
    gateway.setMode('ok');
    await handleOf(letterId).signal('retry');
    const [message] = await sentMessages(letterId, 1);
    expect(gateway.accepted.get(message?.id ?? '')).toBe(1);
    await until(async () => (await findLetter(db, letterId))?.needsAttention === null);
  });

  test('a gateway that is down for a while gets the SMS later, with the same key', async () => {
    gateway.setMode('down');
    const letterId = await submit();
    await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
    const [message] = await messagesOf(letterId);
    await until(async () => gateway.received.filter(({ id }) => id === message?.id).length >= 2);
    gateway.setMode('ok');
    await sentMessages(letterId, 1);
    expect(gateway.accepted.get(message?.id ?? '')).toBe(1);
    expect(
      new Set(
        gateway.received.filter(({ id }) => id === message?.id).map((sms) => sms.idempotencyKey),
      ).size,
    ).toBe(1);
  });

  test('a letter whose workflow was terminated goes on from the record', async () => {
    const letterId = await submit();
    await handleOfWhenStarted(letterId);
    await handleOf(letterId).terminate('by mistake');
    const result = await decideLetter(deps, {
      letterId,
      staff: reviewer,
      decision: { kind: 'approve' },
    });
    expect(result.outcome).toBe('applied');
    expect(await sentMessages(letterId, 1)).toHaveLength(1);
  });

  test('a decision while no worker runs is recorded, and taken up once when one is back', async () => {
    await stopWorker();
    const letterId = await submit();
    const quick: Deps = {
      ...deps,
      config: { ...deps.config, limits: { ...deps.config.limits, decisionWaitMs: 300 } },
    };
    expect(
      await decideLetter(quick, { letterId, staff: reviewer, decision: { kind: 'approve' } }),
    ).toEqual({ outcome: 'recorded' });
    await expect(
      decideLetter(quick, {
        letterId,
        staff: colleague,
        decision: { kind: 'reject', reason: 'دیر' },
      }),
    ).rejects.toMatchObject({ code: 'already_decided', facts: { by: reviewer.name } });
    expect((await findLetter(db, letterId))?.status).toBe('pending');
    await startWorker();
    await letterIn(letterId, 'approved');
    expect(await sentMessages(letterId, 1)).toHaveLength(1);
    expect(await runningCount(letterId)).toBe(1);
  });

  const steps: Doom['dieAt'][] = [
    'before recordDecision',
    'after recordDecision',
    'before sendMessage',
    'after the gateway accepted',
    'after sendMessage',
  ];
  test.each(steps)(
    'a worker killed %s changes neither number nor the SMS key',
    async (dieAt) => {
      await stopWorker();
      const letterId = await submit();
      await until(async () => {
        const open =
          await db`select 1 from outbox where letter_id = ${letterId} and done_at is null`;
        return open.length === 0;
      });
      await handleOf(letterId).signal('approve', { by: 'ali' });
      const doom: Doom = {
        address,
        taskQueue,
        codePath,
        databaseUrl: database.url,
        gatewayUrl: gateway.url,
        dieAt,
      };
      const child = fork(
        fileURLToPath(new URL('../src/testing/doomed-worker.ts', import.meta.url)),
        [JSON.stringify(doom)],
        { execArgv: ['--import', 'tsx'], stdio: 'ignore' },
      );
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect(signal).toBe('SIGKILL');
      const numberBefore = (await findLetter(db, letterId))?.letterNumber;
      await startWorker();
      const letter = await letterIn(letterId, 'approved');
      if (numberBefore) expect(letter.letterNumber).toBe(numberBefore);
      const [message] = await sentMessages(letterId, 1);
      const entries = await db`select 1 from register_entries where letter_id = ${letterId}`;
      expect(entries).toHaveLength(1);
      const told = gateway.accepted.get(message?.id ?? '') ?? 0;
      // Between the gateway's yes and our note of it the same key is sent twice, never a second one.
      expect(told).toBe(dieAt === 'after the gateway accepted' ? 2 : 1);
    },
    240_000,
  );

  test('the register is one unbroken chain of serials and hashes', async () => {
    const entries = await db<{ serial: number; prevHash: string; hash: string }[]>`
      select serial, prev_hash, hash from register_entries order by year, serial`;
    expect(entries.map(({ serial }) => serial)).toEqual(entries.map((_, index) => index + 1));
    for (const [index, entry] of entries.entries())
      expect(entry.prevHash).toBe(entries[index - 1]?.hash ?? '0'.repeat(64));
  });
});
