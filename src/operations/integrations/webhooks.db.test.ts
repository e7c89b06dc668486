import { createHmac, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createRecordSeals } from '../../platform/base/record-seals.sql.ts';
import { listDeliveries, listWebhooks, resealWebhooks } from './webhooks.sql.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { TEST_MASTER_SECRET, testSeals } from '../../testing/seals.ts';
import { startWebhookReceiver } from '../../testing/webhook-receiver.ts';
import type { WebhookReceiver } from '../../testing/webhook-receiver.ts';
import { actOnLetter } from '../../desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../../desk/letters/act-on-letter.ts';
import { closeAnswered } from '../../desk/letters/close-answered.ts';
import { recordDecision } from '../../desk/letters/record-decision.ts';
import { recordUnitAction } from '../../desk/letters/record-unit-action.ts';
import { INTERNAL_EVENTS, USUAL_EVENTS } from '../../platform/audit/audit-action.ts';
import { InternalText, publicText } from '../../platform/base/audience.ts';
import { deriveKeys } from '../../platform/sealing/secrets.ts';
import type { Limits } from '../../limits.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';
import {
  sendDueDeliveries,
  redeliverWebhook,
  subscribeWebhook,
  unsubscribeWebhook,
} from './webhooks.ts';

const BY = { kind: 'operator', id: 'command line' } as const;
const log = createTestLog('webhooks');

let database: TestDatabase;
let db: Db;
let deps: Deps;
let receiver: WebhookReceiver;
let unitId: string;
let applicantId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 4, log, name: 'webhooks', seals: testSeals });
  deps = testDeps(db);
  receiver = await startWebhookReceiver();
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
});
afterEach(async () => {
  await receiver.stop();
  await db.end({ timeout: 5 });
  await database.drop();
});

const addWebhook = async (events: string[], url = receiver.url) => {
  const added = await subscribeWebhook(testDeps(db), { by: BY, url, events });
  if (added.outcome !== 'added') throw new Error(added.outcome);
  return added;
};

const sendDue = (limits: Partial<Limits> = {}): Promise<number> =>
  sendDueDeliveries(
    testDeps(db, {
      env: { WEBHOOK_PRIVATE: 'on' },
      limits: { webhookRetrySeconds: 60, webhookRetryHours: 24, ...limits },
    }),
  );

const approve = async (): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'مریم' };
  await recordDecision(deps, { letterId, decision });
  return letterId;
};

/** What waits for its next try is due now. */
const makeDue = async (): Promise<void> => {
  await db`update webhook_deliveries set next_attempt_at = now()`;
};

test('what happens to a letter is told once, signed, and with nothing personal in it', async () => {
  const { secret } = await addWebhook(['submitted', 'approved']);
  const letterId = await approve();
  expect(await sendDue()).toBe(2);
  expect(await sendDue()).toBe(0);
  const bodies = receiver.told.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const approved = bodies.find(({ type }) => type === 'approved');
  const submitted = bodies.find(({ type }) => type === 'submitted');
  expect(submitted).toMatchObject({
    letterId,
    by: 'applicant',
    status: 'pending',
    step: null,
    number: null,
  });
  expect(approved).toMatchObject({ letterId, status: 'approved', step: 'with_unit' });
  expect(approved?.number).toMatch(/^\d{4}\/1$/);
  expect(Object.keys(approved ?? {}).sort()).toEqual(
    ['id', 'type', 'at', 'by', 'letterId', 'status', 'step', 'number'].sort(),
  );
  for (const { headers, body } of receiver.told) {
    const id = String(headers['webhook-id']);
    const at = Number(headers['webhook-timestamp']);
    expect(Math.abs(Date.now() / 1000 - at)).toBeLessThan(300);
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect((JSON.parse(body) as { id: string }).id).toBe(id);
  }
});

test('only events that were asked for are told, and nothing of a change that was not kept', async () => {
  await addWebhook(['rejected']);
  await approve();
  await expect(
    db.begin(async (tx) => {
      await tx`
        insert into audit_entries (letter_id, actor_kind, actor, action)
        select id, 'operator', 'test', 'rejected' from letters`;
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  expect(await listDeliveries(db, 10)).toEqual([]);
});

test('the steps of a letter that its sender never hears of are told to who names them, and no text', async () => {
  await addWebhook([...USUAL_EVENTS]);
  await approve();
  const named = await addWebhook([...INTERNAL_EVENTS, 'closed']);
  const letterId = await approve();
  const clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  const other = await addTestUnit(db);
  const act = async (action: ActOnLetter['action']): Promise<void> => {
    await actOnLetter(deps, { letterId, staff: clerk, action });
    const [open] = await db<{ id: string }[]>`
      select id from unit_actions where letter_id = ${letterId} and outcome is null`;
    await recordUnitAction(deps, { letterId, actionId: open?.id ?? '' });
  };
  const note = new InternalText('نظر شما؟');
  await act({ kind: 'consult', units: [{ unitId: other, workingDays: 3 }], note });
  await db`update units set second_look = true where id = ${unitId}`;
  await act({ kind: 'reply', text: publicText('پروانه صادر شد'), file: null });
  await db`update units set second_look = false where id = ${unitId}`;
  const toldTo = (await listDeliveries(db, 100)).filter((one) => one.letterId === letterId);
  const of = (isNamed: boolean): string[] =>
    toldTo
      .filter(({ webhookId }) => (webhookId === named.id) === isNamed)
      .map(({ type }) => type)
      .toSorted();
  expect(of(true)).toEqual(['consulted', 'reply_held']);
  expect(of(false)).toEqual(['approved', 'submitted']);
  await sendDue();
  const bodies = receiver.told.map(({ body }) => body).join('\n');
  expect(bodies).toContain('"type":"reply_held"');
  expect(bodies).not.toMatch(/نظر|پروانه/);
});

test('a letter that closes by itself is closed by the engine', async () => {
  const { id } = await addWebhook(['closed']);
  const letterId = await approve();
  await db`
    update letters set step = 'answered', answered_at = now() - interval '90 days',
      closes_at = now() where id = ${letterId}`;
  await closeAnswered(testDeps(db, { env: { CLOSE_DAYS: '1' } }), { letterId });
  expect(await listDeliveries(db, 1)).toMatchObject([
    { webhookId: id, type: 'closed', actorKind: 'engine', step: 'closed' },
  ]);
});

test.each([
  ['answers 500', { status: 500 }, 'the address answered 500'],
  ['leads elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, '302'],
  ['cuts the line', 'cut', /hang up|ECONNRESET/],
  ['does not answer', 'silent', 'timeout'],
] as const)('a receiver that %s is tried again, with the same id', async (_what, mode, why) => {
  await addWebhook(['approved']);
  await approve();
  const limits = { webhookTimeoutMs: mode === 'silent' ? 100 : 5_000 };
  receiver.setMode(mode);
  expect(await sendDue(limits)).toBe(1);
  // It waits for its time.
  expect(await sendDue(limits)).toBe(0);
  const [tried] = await listDeliveries(db, 10);
  expect(tried).toMatchObject({ attempts: 1, deliveredAt: null, givenUpAt: null });
  expect(tried?.lastError).toMatch(why);
  receiver.setMode({ status: 200 });
  await makeDue();
  expect(await sendDue()).toBe(1);
  const [delivered] = await listDeliveries(db, 10);
  expect(delivered).toMatchObject({ attempts: 2, lastStatus: 200, lastError: null });
  expect(delivered?.deliveredAt).toBeInstanceOf(Date);
  expect(new Set(receiver.told.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([delivered?.id]),
  );
});

test('a receiver that is down is told when it is back, and each wait is twice as long as the one before', async () => {
  await addWebhook(['approved']);
  await approve();
  const { url } = receiver;
  await receiver.stop();
  const waits: number[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    await makeDue();
    await sendDue();
    const [row] = await db<{ wait: number }[]>`
      select round(extract(epoch from next_attempt_at - now()) / 60)::int as wait
      from webhook_deliveries`;
    waits.push(row?.wait ?? 0);
  }
  expect(waits).toEqual([1, 2, 4]);
  receiver = await startWebhookReceiver({ port: Number(new URL(url).port) });
  await makeDue();
  await sendDue();
  expect(receiver.told).toHaveLength(1);
});

test('what is not delivered in time is given up, and can be sent once more', async () => {
  await addWebhook(['approved']);
  await approve();
  receiver.setMode({ status: 503 });
  await db`update webhook_deliveries set at = now() - interval '25 hours'`;
  await sendDue();
  await makeDue();
  expect(await sendDue()).toBe(0);
  const [given] = await listDeliveries(db, 10);
  expect(given?.givenUpAt).toBeInstanceOf(Date);
  expect(await listWebhooks(db)).toMatchObject([{ open: 0, failed: 1 }]);
  receiver.setMode({ status: 200 });
  expect(await redeliverWebhook(testDeps(db), { by: BY, id: given?.id ?? '' })).toBe(true);
  expect(await redeliverWebhook(testDeps(db), { by: BY, id: randomUUID() })).toBe(false);
  await sendDue();
  expect((await listDeliveries(db, 10))[0]).toMatchObject({ lastStatus: 200, givenUpAt: null });
});

test('a disabled webhook is told nothing more, and one that answers 410 is disabled', async () => {
  const { id } = await addWebhook(['approved']);
  receiver.setMode({ status: 410 });
  await approve();
  await sendDue();
  expect(await listWebhooks(db)).toMatchObject([{ id, disabledAt: expect.any(Date) as Date }]);
  await makeDue();
  await approve();
  expect(await sendDue()).toBe(0);
  expect(await unsubscribeWebhook(testDeps(db), { by: BY, id })).toBe(false);
  expect(await listDeliveries(db, 10)).toHaveLength(1);
});

test('two workers send each telling once', async () => {
  await addWebhook(['submitted', 'approved']);
  await approve();
  await approve();
  await Promise.all([sendDue(), sendDue()]);
  const ids = receiver.told.map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([4, 4]);
});

test('an address that is not one of the web, or in clear in production, is not taken', async () => {
  const deps = testDeps(db);
  const add = async (url: string, events = ['approved'], httpsOnly = true) => {
    const result = await subscribeWebhook(
      { ...deps, config: { ...deps.config, production: httpsOnly } },
      { by: BY, url, events },
    );
    return result.outcome === 'invalid' ? result.field : result.outcome;
  };
  expect(await add('http://example.org/')).toBe('url');
  expect(await add('ftp://example.org/', ['approved'], false)).toBe('url');
  expect(await add('https://user:secret@example.org/')).toBe('url');
  expect(await add('example.org')).toBe('url');
  expect(await add('https://example.org/', ['read'])).toBe('event');
  expect(await add('https://example.org/', [])).toBe('event');
  expect(await add('https://example.org/told?a=1')).toBe('added');
});

test('the record has the secret sealed, and sealed anew under a new master secret', async () => {
  const { secret } = await addWebhook(['approved']);
  const stored = async (): Promise<string> => {
    const [row] = await db<{ secret: string }[]>`select secret from webhooks`;
    return row?.secret ?? '';
  };
  const before = await stored();
  expect(before).not.toContain(secret.slice(6));
  const keys = [
    deriveKeys('a new master secret of tests').record,
    deriveKeys(TEST_MASTER_SECRET).record,
  ];
  const seals = createRecordSeals({ keys: keys as never });
  const renewed = createDb({ url: database.url, max: 1, log, name: 'renewed', seals });
  try {
    expect(await resealWebhooks(renewed)).toEqual({ changed: 1, damaged: 0 });
    expect(await resealWebhooks(renewed)).toEqual({ changed: 0, damaged: 0 });
  } finally {
    await renewed.end({ timeout: 5 });
  }
  expect(await stored()).not.toBe(before);
  // With the old secret alone it cannot be read: nothing is sent unsigned.
  await approve();
  await sendDue();
  expect(receiver.told).toEqual([]);
  expect((await listDeliveries(db, 1))[0]?.lastError).toMatch(/secret cannot be read/);
});
