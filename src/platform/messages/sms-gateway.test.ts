import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OperatorError } from '../base/errors.ts';
import { startSmsGateway, type StubSmsGateway } from '../../testing/sms-gateway.ts';
import { createSmsGateway } from './create-sms-gateway.ts';
import { SmsError, type SmsMessage } from './sms-gateway.ts';

const message: SmsMessage = {
  id: '0198c9f0-0000-7000-8000-000000000001',
  to: '+989123456789',
  kind: 'approved',
  text: 'نامهٔ شما ثبت شد.\nشماره: 1405/1\nتاریخ: 1405/09/01\nکد پیگیری: 7K3M-9QRT-2XAB',
  params: { number: '1405/1', date: '1405/09/01' },
};

let stub: StubSmsGateway;
const servers: Server[] = [];

beforeEach(async () => {
  stub = await startSmsGateway();
});
afterEach(async () => {
  await stub.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const gatewayAt = (url: string, timeoutMs = 50_000) => createSmsGateway({ url, timeoutMs });
const sendTo = (url: string, timeoutMs?: number) => gatewayAt(url, timeoutMs).send(message);
const failureOf = async (sending: Promise<unknown>): Promise<SmsError> => {
  const error: unknown = await sending.then(
    () => 'was sent',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SmsError);
  return error as SmsError;
};
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `webhook+http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

describe.each([
  ['outbox:', () => 'outbox:'],
  ['webhook+http:', () => stub.url],
])('any gateway, here %s', (_name, url) => {
  test('a message is accepted', async () => {
    const { messageId } = await sendTo(url());
    expect(['string', 'undefined']).toContain(typeof messageId);
  });

  test('the same message may be sent again', async () => {
    const gateway = gatewayAt(url());
    await gateway.send(message);
    await expect(gateway.send(message)).resolves.toBeDefined();
  });

  test('many messages may be sent at once', async () => {
    const gateway = gatewayAt(url());
    const ids = Array.from({ length: 20 }, (_, index) => `message-${index}`);
    const results = await Promise.all(ids.map((id) => gateway.send({ ...message, id })));
    expect(results).toHaveLength(20);
  });
});

describe('the webhook gateway', () => {
  test('the message arrives whole, once, with its id as idempotency key', async () => {
    expect(await sendTo(stub.url)).toEqual({ messageId: `stub-${message.id}` });
    expect(stub.received).toEqual([
      {
        ...message,
        at: expect.any(Date),
        idempotencyKey: message.id,
        taken: true,
        headers: expect.anything(),
      },
    ]);
    expect(stub.accepted).toEqual(new Map([[message.id, 1]]));
  });

  test('user and password in the address become Basic authorization', async () => {
    await sendTo(stub.url.replace('//', '//des%40k:p%3Ass@'));
    const expected = `Basic ${Buffer.from('des@k:p:ss').toString('base64')}`;
    expect(stub.received[0]?.headers.authorization).toBe(expected);
    await sendTo(stub.url);
    expect(stub.received[1]?.headers.authorization).toBeUndefined();
  });

  test.each([408, 425, 429, 500, 502, 503, 504])('%i is tried again later', async (status) => {
    stub.setMode({ status });
    expect((await failureOf(sendTo(stub.url))).retryable).toBe(true);
  });

  test.each([301, 302, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422])(
    '%i is final',
    async (status) => {
      stub.setMode({ status, headers: { location: '/elsewhere' } });
      const error = await failureOf(sendTo(stub.url));
      expect(error.retryable).toBe(false);
      expect(error.message).toContain(String(status));
      expect(stub.received).toHaveLength(1);
    },
  );

  test.each([
    ['7', 429, 7000],
    ['0', 503, 0],
    ['999999999999', 503, 86_400_000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 503, 0],
    ['soon', 429, undefined],
    ['-5', 503, undefined],
    ['7', 500, undefined],
  ])('Retry-After %s on %i means %s ms', async (value, status, expected) => {
    stub.setMode({ status, headers: { 'retry-after': value } });
    const { retryAfterMs } = await failureOf(sendTo(stub.url));
    expect(retryAfterMs).toBe(expected);
  });

  test('Retry-After may be a date to come', async () => {
    const inOneMinute = new Date(Date.now() + 60_000).toUTCString();
    stub.setMode({ status: 503, headers: { 'retry-after': inOneMinute } });
    const { retryAfterMs } = await failureOf(sendTo(stub.url));
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('a gateway that is too slow, cuts the line or is not there is tried again later', async () => {
    stub.setMode({ slow: 5000 });
    const slow = await failureOf(sendTo(stub.url, 150));
    stub.setMode('reset-after-accept');
    const cut = await failureOf(sendTo(stub.url));
    stub.setMode('accept-then-500');
    const failed = await failureOf(sendTo(stub.url));
    await stub.stop();
    const gone = await failureOf(sendTo(stub.url));
    expect([slow, cut, failed, gone].map(({ retryable }) => retryable)).toEqual(
      Array(4).fill(true),
    );
    expect(slow.message).toContain('timeout');
    expect(gone.message).toContain('ECONNREFUSED');
  });

  test('every attempt carries the same key, so a repeat can be known', async () => {
    stub.setMode('reset-after-accept');
    await failureOf(sendTo(stub.url));
    stub.setMode('ok');
    await sendTo(stub.url);
    expect(stub.accepted).toEqual(new Map([[message.id, 2]]));
  });

  test('an error tells no number and no text', async () => {
    stub.setMode('down');
    const { message: told } = await failureOf(sendTo(stub.url));
    expect(told).toBe('the SMS gateway answered 503');
  });

  test.each([
    ['no JSON', 'thank you'],
    ['nothing', ''],
    ['a list', '[1]'],
    ['null', 'null'],
    ['an object as id', '{"messageId":{}}'],
    ['64 kB and more', JSON.stringify({ messageId: 'x', padding: 'x'.repeat(70_000) })],
  ])('an accepted message stays accepted when the answer is %s', async (_name, body) => {
    const url = await serve((_request, response) => response.end(body));
    expect(await sendTo(url)).toEqual({});
  });

  test('a message id may be a number', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(202).end('{"messageId":12}'),
    );
    expect(await sendTo(url)).toEqual({ messageId: '12' });
  });

  test('an answer that never ends or is cut does not undo the acceptance', async () => {
    const endless = await serve((_request, response) => response.write('{'));
    // Long enough for its begin to come on a busy machine.
    expect(await sendTo(endless, 3_000)).toEqual({});
    const cut = await serve((request, response) => {
      response.write('{', () => setTimeout(() => request.socket.destroy(), 20));
    });
    expect(await sendTo(cut)).toEqual({});
  });
});

test.each([
  '',
  'outbox',
  'smtp://host',
  'http://host',
  'webhook+ftp://secret@host',
  'kavenegar://key@host',
])('%j names no gateway', (url) => {
  expect(() => gatewayAt(url)).toThrow(OperatorError);
  expect(() => gatewayAt(url)).not.toThrow(/secret|key@/);
});

test('an address that cannot be read is told without its password', () => {
  expect(() => gatewayAt('webhook+https://user:secret@:99999/')).toThrow(OperatorError);
  expect(() => gatewayAt('webhook+https://user:secret@:99999/')).not.toThrow(/secret/);
  expect(() => gatewayAt('webhook+https://u%ff:p@host/')).toThrow(OperatorError);
});
