import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { startHttpProvider, startSmsc } from '../../testing/sms-providers.ts';
import type { ProviderMode, StubProvider, StubSmsc } from '../../testing/sms-providers.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { createDb, type Db } from '../base/database.ts';
import type { Deps } from '../deps.ts';
import { fetchReports } from './gateway-reports.ts';
import { addCodeMessage } from './messages.sql.ts';
import { sendMessage } from './send-message.ts';

let database: TestDatabase;
let db: Db;
let first: StubProvider;
let second: StubSmsc;
let deps: Deps;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({
    url: database.url,
    max: 3,
    log: createTestLog('failover'),
    name: 'test',
    seals: testSeals,
  });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  first = await startHttpProvider('kavenegar');
  second = await startSmsc();
  deps = testDeps(db, { env: { SMS_URL: `${first.url()},${second.url()}` } });
});
afterEach(async () => {
  await first.stop();
  await second.stop();
});

const addMessage = async (): Promise<string> => {
  const id = randomUUID();
  await addCodeMessage(db, { id, recipient: '+989123456789', text: 'متن', params: {} });
  return id;
};
const send = async (messageId: string): Promise<string> =>
  sendMessage(deps, { messageId, again: false }).then(
    () => 'sent',
    () => 'not sent',
  );
const sendWith = (mode: ProviderMode, messageId: string): Promise<string> => {
  first.setMode(mode);
  return send(messageId);
};
const taken = () => [first.taken.length, second.taken.length];

test('the second gateway takes what the first refused because of the account', async () => {
  const id = await addMessage();
  expect(await sendWith('account', id)).toBe('sent');
  expect(taken()).toEqual([0, 1]);
  const [row] = await db`select gateway, gateway_message_id from messages where id = ${id}`;
  expect(row).toMatchObject({
    gateway: expect.stringMatching(/^smpp .*\(failover\)$/),
    gatewayMessageId: 'm1',
  });
});

test('the second gateway takes a message when the first cannot be reached', async () => {
  const id = await addMessage();
  await first.stop();
  expect(await send(id)).toBe('sent');
  expect(second.taken).toHaveLength(1);
});

test.each(['later', 'final', 'unheard-of', 'cut', 'garbage'] as const)(
  'an answer that is %s leads nowhere else',
  async (mode) => {
    const id = await addMessage();
    expect(await sendWith(mode, id)).toBe('not sent');
    expect(second.taken).toHaveLength(0);
  },
);

test('a message that the first may have is never sent by the second', async () => {
  const id = await addMessage();
  expect(await sendWith('cut', id)).toBe('not sent');
  expect(await sendWith('account', id)).toBe('not sent');
  expect(await sendWith('account', id)).toBe('not sent');
  expect(taken()).toEqual([1, 0]);
  expect(await sendWith('accept', id)).toBe('sent');
  expect(taken()).toEqual([2, 0]);
});

test('a message that the second may have is sent by the second again', async () => {
  const id = await addMessage();
  second.setMode('cut');
  expect(await sendWith('account', id)).toBe('not sent');
  second.setMode('accept');
  expect(await sendWith('accept', id)).toBe('sent');
  expect(taken()).toEqual([0, 2]);
});

test('a process that died while it sent leaves the message to the same gateway', async () => {
  const id = await addMessage();
  await db`
    update messages set state = 'sending', gateway = ${deps.smsGateway.name} where id = ${id}`;
  expect(await sendWith('account', id)).toBe('not sent');
  expect(taken()).toEqual([0, 0]);
});

test('what throttled a message is forgotten, so that the second may take it', async () => {
  const id = await addMessage();
  expect(await sendWith('later', id)).toBe('not sent');
  expect(await sendWith('account', id)).toBe('sent');
  expect(taken()).toEqual([0, 1]);
});

const deliveryOf = async (id: string): Promise<unknown> => {
  const [row] = await db`select delivery, delivery_reason from messages where id = ${id}`;
  return row;
};

test('the desk asks a gateway that does not report how its messages fared', async () => {
  const id = await addMessage();
  expect(await sendWith('accept', id)).toBe('sent');
  first.setFate('undelivered');
  await fetchReports(deps);
  expect(await deliveryOf(id)).toEqual({ delivery: 'undelivered', deliveryReason: 'undelivered' });
  const asked = first.requests.length;
  await fetchReports(deps);
  expect(first.requests).toHaveLength(asked);
});

test('a gateway that does not answer is asked next time', async () => {
  const id = await addMessage();
  expect(await sendWith('accept', id)).toBe('sent');
  await first.stop();
  await fetchReports(deps);
  expect(await deliveryOf(id)).toMatchObject({ delivery: null });
});

test('an SMSC reports over its connection', async () => {
  const id = await addMessage();
  expect(await sendWith('account', id)).toBe('sent');
  expect(await second.deliver('m1', 'DELIVRD')).toBe(0);
  expect(await deliveryOf(id)).toMatchObject({ delivery: 'delivered' });
});
