/** Delivery receipts as a gateway sends them, and as somebody who is not the gateway does. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sendMessage } from '../src/platform/messages/send-message.ts';
import { signReceipts } from '../src/platform/messages/delivery-receipts.ts';
import { addLetterMessage, listLetterMessages } from '../src/platform/messages/messages.sql.ts';
import { checkReceipts } from '../src/cli/doctor-checks.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../src/testing/letters.ts';
import { freePorts } from '../src/testing/ports.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';

const SECRET = 'gateway-secret-of-these-tests-0001';
const OLD_SECRET = 'gateway-secret-of-these-tests-0000';
const DAY_SECONDS = 24 * 3600;
// Of this file alone; no test runs beside another one here.
const PORT = String(await freePorts());

let home: RealHome;
let site: RealSite;
let letterId: string;
/** A fresh message of the letter. */
let id: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, {
    env: { PORT, SMS_RECEIPTS_SECRET: `${SECRET} ${OLD_SECRET}` },
    listen: true,
  });
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});
beforeEach(async () => {
  const { db } = site;
  const [unitId, applicantId] = [await addTestUnit(db), await addTestApplicant(db, freshMobile())];
  letterId = await submitTestLetter(db, { unitId, applicantId });
  id = await addLetterMessage(db, {
    id: randomUUID(),
    letterId,
    kind: 'approved',
    outcomeKey: 'approved',
    recipient: freshMobile(),
    text: 'متن',
    params: {},
  });
  await db`update messages set state = 'sent', sent_at = now() where id = ${id}`;
  await db`delete from rate_limits`;
});

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

interface Sending {
  secret?: string;
  /** Seconds since 1970. */
  signedAt?: number;
  headers?: Record<string, string>;
}

const send = (
  receipts: unknown,
  { secret = SECRET, signedAt = nowSeconds(), headers = {} }: Sending = {},
): Promise<Response> => {
  const body = typeof receipts === 'string' ? receipts : JSON.stringify(receipts);
  return fetch(`http://localhost:${PORT}/sms/receipts`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-signature-timestamp': String(signedAt),
      'x-signature': `sha256=${signReceipts(secret, String(signedAt), body)}`,
      ...headers,
    },
  });
};

const statusOf = async (sending: Promise<Response>): Promise<number> => (await sending).status;
const rowOf = async (messageId = id) => {
  const [row] = await site.db<
    { delivery: string | null; deliveryAt: Date | null; deliveryReason: string | null }[]
  >`select delivery, delivery_at, delivery_reason from messages where id = ${messageId}`;
  return row;
};
const deliveryOf = async (messageId = id) => (await rowOf(messageId))?.delivery;

test('a receipt says how a message fared, and a letter of staff shows it', async () => {
  expect(await statusOf(send({ id, status: 'sent' }))).toBe(200);
  expect(await deliveryOf()).toBe('sent');
  const at = new Date(Date.now() + 60_000).toISOString();
  expect(await statusOf(send({ id, messageId: 17, status: 'delivered', at }))).toBe(200);
  const row = await rowOf();
  expect(row?.delivery).toBe('delivered');
  // A time to come is not believed.
  expect(row?.deliveryAt?.getTime()).toBeLessThan(Date.now() + 30_000);
  expect(await listLetterMessages(site.db, letterId)).toEqual([
    { kind: 'approved', state: 'sent', delivery: 'delivered', at: row?.deliveryAt },
  ]);
});

test('a time that the database does not know spoils no other receipt of the batch', async () => {
  const none = { id: randomUUID(), status: 'sent', at: '0001-01-01T00:00:00+03:30' };
  const early = { id, status: 'delivered', at: '-000044-03-15T12:00:00Z' };
  expect(await statusOf(send([none, early]))).toBe(202);
  expect(await deliveryOf()).toBe('delivered');
});

test('staff see on the page of the letter whether a message reached the phone', async () => {
  const reviewer = await addTestStaff(site.db, { role: 'reviewer' });
  const cookie = await cookieOf(site.db, { staffId: reviewer.id });
  const look = async (): Promise<string> => {
    const address = `http://localhost:${PORT}/staff/letters/${letterId}`;
    return (await fetch(address, { headers: { cookie } })).text();
  };
  expect(await look()).toContain('فرستاده شد');
  await send({ id, status: 'failed' });
  expect(await look()).toContain('به گوشی نرسید');
  await send({ id, status: 'delivered' });
  const page = await look();
  expect(page).toContain('به گوشی رسید');
  expect(page).not.toContain('به گوشی نرسید');
});

test('the doctor counts what did not reach a phone, and fails when it is much', async () => {
  const { db, config } = site;
  await db`update messages set delivery = null`;
  expect(await checkReceipts({ config: { ...config, receiptSecrets: [] }, db })).toEqual({
    ok: true,
    detail: 'delivery reports are not read: SMS_RECEIPTS_SECRET is not set',
  });
  await send({ id, status: 'failed' });
  const few = await checkReceipts({ config, db });
  expect(few).toMatchObject({ ok: true });
  expect(few.detail).toContain('0 delivered, 1 not delivered');
  for (let more = 0; more < 9; more += 1)
    await addLetterMessage(db, {
      id: randomUUID(),
      letterId,
      kind: 'replied',
      outcomeKey: `more-${more}`,
      recipient: freshMobile(),
      text: 'متن',
      params: {},
    });
  await db`
    update messages set state = 'sent', delivery = 'undelivered', delivery_at = now()
    where letter_id = ${letterId}`;
  const many = await checkReceipts({ config, db });
  expect(many).toMatchObject({ ok: false });
  expect(many.detail).toContain('0 delivered, 10 not delivered');
});

test('the same receipt five times over, one by one and at once, is one', async () => {
  const receipt = { id, status: 'delivered', at: new Date().toISOString() };
  expect(await statusOf(send(receipt))).toBe(200);
  const before = await rowOf();
  const answers = await Promise.all(Array.from({ length: 5 }, () => statusOf(send(receipt))));
  expect(answers).toEqual([200, 200, 200, 200, 200]);
  expect(await rowOf()).toEqual(before);
});

test.each([
  [['delivered', 'sent'], 'delivered'],
  [['delivered', 'failed'], 'delivered'],
  [['failed', 'sent'], 'undelivered'],
  [['failed', 'delivered', 'failed'], 'delivered'],
  [['queued'], null],
  [['delivered', 'something new'], 'delivered'],
])('receipts in the order %j leave %s', async (statuses, left) => {
  for (const status of statuses) expect(await statusOf(send({ id, status }))).toBe(200);
  expect(await deliveryOf()).toBe(left);
});

test('out of order within one body only the furthest counts', async () => {
  const batch = ['delivered', 'sent', 'failed'].map((status) => ({ id, status }));
  expect(await statusOf(send(batch))).toBe(200);
  expect(await deliveryOf()).toBe('delivered');
});

test('fifty batches at once in both directions end where they should', async () => {
  const other = await addLetterMessage(site.db, {
    id: randomUUID(),
    letterId,
    kind: 'replied',
    outcomeKey: 'reply-1',
    recipient: freshMobile(),
    text: 'متن',
    params: {},
  });
  const statuses = ['sent', 'failed', 'delivered'];
  const batches = Array.from({ length: 50 }, (_, index) => {
    const status = statuses[index % 3] ?? '';
    const batch = [
      { id, status },
      { id: other, status },
    ];
    return statusOf(send(index % 2 === 0 ? batch : batch.toReversed()));
  });
  expect(new Set(await Promise.all(batches))).toEqual(new Set([200]));
  expect([await deliveryOf(), await deliveryOf(other)]).toEqual(['delivered', 'delivered']);
});

test('an id that is not ours is accepted and changes nothing; the rest of its batch counts', async () => {
  for (const unknown of [randomUUID(), 'not-a-uuid', '', "' or 1=1"])
    expect(await statusOf(send({ id: unknown, status: 'delivered' }))).toBe(202);
  const mixed = await send([
    { id: randomUUID(), status: 'delivered' },
    { id, status: 'delivered' },
  ]);
  expect(mixed.status).toBe(202);
  expect(await mixed.json()).toEqual({ outcome: 'taken', known: 1, unknown: 1 });
  expect(await deliveryOf()).toBe('delivered');
});

test('without the right signature nothing is taken', async () => {
  const receipt = { id, status: 'delivered' };
  const body = JSON.stringify(receipt);
  const at = String(nowSeconds());
  const good = signReceipts(SECRET, at, body);
  const wrong: Record<string, string>[] = [
    { 'x-signature': '' },
    { 'x-signature': good.slice(0, -2) },
    { 'x-signature': `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}` },
    { 'x-signature': signReceipts('another-secret-of-the-same-length!', at, body) },
    { 'x-signature': signReceipts(SECRET, at, `${body} `) },
    // Signed, and for another time.
    { 'x-signature': good, 'x-signature-timestamp': String(Number(at) + 1) },
    { 'x-signature': good, 'x-signature-timestamp': '' },
    { 'x-signature': signReceipts(SECRET, 'now', body), 'x-signature-timestamp': 'now' },
  ];
  for (const headers of wrong) {
    expect(await statusOf(send(receipt, { headers }))).toBe(401);
    await site.db`delete from rate_limits`;
  }
  expect(await deliveryOf()).toBe(null);
});

test('the old secret is right too while the new one takes its place', async () => {
  expect(await statusOf(send({ id, status: 'sent' }, { secret: OLD_SECRET }))).toBe(200);
  expect(await deliveryOf()).toBe('sent');
});

test('a replay a day later is answered as if it were well, and changes nothing', async () => {
  await send({ id, status: 'sent' });
  const before = await rowOf();
  const signedAt = nowSeconds() - DAY_SECONDS;
  for (const status of ['sent', 'failed', 'delivered'])
    expect(await statusOf(send({ id, status }, { signedAt }))).toBe(200);
  expect(
    await statusOf(send({ id, status: 'delivered' }, { signedAt: signedAt + 2 * DAY_SECONDS })),
  ).toBe(200);
  expect(await rowOf()).toEqual(before);
});

test('what is too long, of another type or no receipt is refused', async () => {
  const long = JSON.stringify({ id, status: 'delivered', reason: 'x'.repeat(64 * 1024) });
  expect(await statusOf(send(long))).toBe(413);
  expect(await statusOf(send('x'.repeat(10 * 1024 * 1024)))).toBe(413);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
    expect(
      await statusOf(send({ id, status: 'delivered' }, { headers: { 'content-type': type } })),
    ).toBe(415);
  const malformed = [
    '',
    'null',
    '[]',
    '{',
    '{}',
    '"x"',
    JSON.stringify([{ id }]),
    '[['.repeat(20_000),
  ];
  for (const body of malformed)
    expect([body.slice(0, 9), await statusOf(send(body))]).toEqual([body.slice(0, 9), 400]);
  expect(await deliveryOf()).toBe(null);
});

test('a body of receipts just within the limit is taken', async () => {
  const receipt = JSON.stringify({ id, status: 'delivered', reason: '' });
  const padded = `${receipt}${' '.repeat(64 * 1024 - receipt.length)}`;
  expect(await statusOf(send(padded))).toBe(200);
  expect(await deliveryOf()).toBe('delivered');
});

test('what the gateway says is kept short and without the number', async () => {
  const reason = `absent subscriber +989121234567\u202e ${'x'.repeat(500)}`;
  await send({ id, status: 'failed', reason, at: 'no time' });
  const row = await rowOf();
  expect(row?.deliveryReason).toMatch(/^absent subscriber \+••• x+$/);
  expect(row?.deliveryReason).toHaveLength(200);
});

test('no cookie, no session and no form are looked at', async () => {
  const response = await send(
    { id, status: 'sent' },
    { headers: { origin: 'http://evil.test', cookie: 'sid=x' } },
  );
  expect(response.status).toBe(200);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('many forged ones from one address are refused, and the gateway is heard all the same', async () => {
  const limited = await startRealSite(home, {
    env: { LIMITS: 'forgedReceipts=3', SMS_RECEIPTS_SECRET: SECRET },
  });
  const post = (secret: string): Promise<Response> => {
    const body = JSON.stringify({ id, status: 'sent' });
    const at = String(nowSeconds());
    return Promise.resolve(
      limited.app.request('http://desk.test/sms/receipts', {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-signature-timestamp': at,
          'x-signature': signReceipts(secret, at, body),
        },
      }),
    );
  };
  const statuses: number[] = [];
  for (let tries = 0; tries < 5; tries += 1)
    statuses.push(await statusOf(post('another-secret-of-the-same-length!')));
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect(await statusOf(post(SECRET))).toBe(200);
  await limited.stop();
});

test('without a secret there is no such address', async () => {
  const closed = await startRealSite(home);
  const response = await closed.app.request('http://desk.test/sms/receipts', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(404);
  await closed.stop();
});

test('while the database is away the gateway is asked to come again', async () => {
  const alone = await startRealSite(home, {
    // Nothing listens there.
    env: { SMS_RECEIPTS_SECRET: SECRET, DATABASE_URL: 'postgres://desk@127.0.0.1:9/desk' },
  });
  const body = JSON.stringify({ id, status: 'sent' });
  const at = String(nowSeconds());
  const response = await alone.app.request('http://desk.test/sms/receipts', {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-signature-timestamp': at,
      'x-signature': signReceipts(SECRET, at, body),
    },
  });
  expect(response.status).toBe(503);
  expect(response.headers.has('retry-after')).toBe(true);
  await alone.stop();
});

test('a message whose answer was lost is not sent again once a receipt says that it was taken', async () => {
  await site.db`update messages set state = 'sending', sent_at = null where id = ${id}`;
  await send({ id, messageId: 'gw-7', status: 'sent' });
  const asked: string[] = [];
  const smsGateway = {
    name: 'stub',
    send: (message: { id: string }) => {
      asked.push(message.id);
      return Promise.resolve({});
    },
  };
  await sendMessage({ ...site.deps, smsGateway }, { messageId: id, again: false });
  expect(asked).toEqual([]);
  const [row] = await site.db`select state, gateway_message_id from messages where id = ${id}`;
  expect(row).toEqual({ state: 'sent', gatewayMessageId: 'gw-7' });
});
