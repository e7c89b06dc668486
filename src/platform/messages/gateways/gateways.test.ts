import { afterEach, describe, expect, test } from 'vitest';
import {
  HTTP_PROVIDERS,
  startHttpProvider,
  startSmsc,
  type ProviderMode,
  type StubProvider,
  type StubSmsc,
} from '../../../testing/sms-providers.ts';
import { OperatorError } from '../../base/errors.ts';
import { createSmsGateway } from '../create-sms-gateway.ts';
import { SmsError, type DeliveryReport, type SmsMessage } from '../sms-gateway.ts';

const message: SmsMessage = {
  id: '0198c9f0-0000-7000-8000-000000000001',
  to: '+989123456789',
  kind: 'approved',
  text: 'نامه شما تایید و ثبت شد.\nشماره نامه:\n1405/1',
  params: { letterNumber: '1405/1', registeredOn: '1405/09/01', trackingCode: '7K3M-9QRT-2XAB' },
};

const stubs: StubProvider[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

const start = async (scheme: (typeof SCHEMES)[number]): Promise<StubProvider> => {
  const stub = scheme === 'smpp' ? await startSmsc() : await startHttpProvider(scheme);
  stubs.push(stub);
  return stub;
};
const smsc = async (): Promise<StubSmsc> => {
  const stub = await startSmsc();
  stubs.push(stub);
  return stub;
};

const gatewayAt = (url: string, timeoutMs = 30_000) => createSmsGateway({ url, timeoutMs });
const failureOf = async (sending: Promise<unknown>): Promise<SmsError> => {
  const error: unknown = await sending.then(
    () => 'was sent',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SmsError);
  return error as SmsError;
};

const SCHEMES = [...HTTP_PROVIDERS, 'smpp'] as const;

describe.each(SCHEMES)('the gateway %s', (scheme) => {
  const failWith = async (mode: ProviderMode, timeoutMs?: number): Promise<SmsError> => {
    const stub = await start(scheme);
    stub.setMode(mode);
    const error = await failureOf(gatewayAt(stub.url(), timeoutMs).send(message));
    for (const secret of [stub.secret, '9123456789', message.text])
      expect(`${error.message} ${String(error.stack)} ${String(error.cause)}`).not.toContain(
        secret,
      );
    return error;
  };

  test('hands a message over, and says its own name for it', async () => {
    const stub = await start(scheme);
    const { messageId } = await gatewayAt(stub.url()).send(message);
    expect(messageId).toMatch(/8792343|^m1$/);
    expect(stub.taken).toEqual([{ to: '09123456789', text: message.text }]);
  });

  test('is named without its secret', async () => {
    const stub = await start(scheme);
    const { name } = gatewayAt(stub.url());
    expect(name).toMatch(new RegExp(`^${scheme} 127\\.0\\.0\\.1:\\d+ \\+?\\d+$`));
  });

  test('a refusal of the account leaves the message to another gateway', async () => {
    const { retryable, notTaken, elsewhere } = await failWith('account');
    expect({ retryable, notTaken, elsewhere }).toEqual({
      retryable: true,
      notTaken: true,
      elsewhere: true,
    });
  });

  test('too much at once is tried again, and not elsewhere', async () => {
    const { retryable, notTaken, elsewhere } = await failWith('later');
    expect({ retryable, notTaken, elsewhere }).toEqual({
      retryable: true,
      notTaken: true,
      elsewhere: false,
    });
  });

  test('a refusal of the message is final', async () => {
    const { retryable, elsewhere } = await failWith('final');
    expect({ retryable, elsewhere }).toEqual({ retryable: false, elsewhere: false });
  });

  test.each(['unheard-of', 'cut', 'garbage'] as const)(
    'after an answer that is %s nobody knows, and it is tried again here only',
    async (mode) => {
      const { retryable, notTaken, elsewhere } = await failWith(mode);
      expect({ retryable, notTaken, elsewhere }).toEqual({
        retryable: true,
        notTaken: false,
        elsewhere: false,
      });
    },
  );

  test('nobody knows either when there is no answer in time', async () => {
    const error = await failWith('silent', 1_500);
    expect(error).toMatchObject({ retryable: true, notTaken: false, elsewhere: false });
    expect(error.message).toContain('timeout');
  });

  test('a host that is not there certainly has nothing', async () => {
    const stub = await start(scheme);
    const url = stub.url();
    await stub.stop();
    stubs.splice(0);
    const error = await failureOf(gatewayAt(url).send(message));
    expect(error).toMatchObject({ retryable: true, notTaken: true, elsewhere: true });
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe.each(HTTP_PROVIDERS)('reports of %s', (scheme) => {
  test.each(['delivered', 'undelivered'] as const)('a message was %s', async (fate) => {
    const stub = await start(scheme);
    stub.setFate(fate);
    const gateway = gatewayAt(stub.url());
    const { messageId = '' } = await gateway.send(message);
    expect(await gateway.fetchReports?.([messageId])).toEqual([
      {
        gatewayMessageId: messageId,
        state: fate,
        ...(fate === 'undelivered' && { reason: expect.any(String) }),
      },
    ]);
  });
});

describe('templates', () => {
  const code = { ...message, kind: 'code', text: 'کد تایید: 123456', params: { code: '123456' } };

  test.each([
    ['kavenegar', '&template.code=login', { token: '123456' }],
    ['kavenegar', '&template.code=login&template.code.token2=code', { token2: '123456' }],
    ['smsir', '&template.code=4711', { code: '123456' }],
    ['smsir', '&template.code=4711&template.code.CODE=code', { CODE: '123456' }],
    ['melipayamak', '&template.code=4711', { 0: '123456' }],
    ['ghasedak', '&template.code=login', { code: '123456' }],
    ['ghasedak', '&template.code=login&template.code.Code=code', { Code: '123456' }],
  ] as const)('%s fills %s', async (scheme, query, values) => {
    const stub = await start(scheme);
    const { messageId } = await gatewayAt(stub.url(query)).send(code);
    expect(messageId).toContain('8792343');
    expect(stub.taken).toEqual([
      { to: '09123456789', text: '', template: { name: /=(login|4711)/.exec(query)?.[1], values } },
    ]);
  });

  test.each([
    ['kavenegar', 'two words'],
    ['smsir', 'x'.repeat(26)],
    ['melipayamak', 'a;b'],
    ['ghasedak', 'x'.repeat(101)],
  ] as const)('%s sends plain text when a value does not fit', async (scheme, reason) => {
    const stub = await start(scheme);
    const query = '&template.rejected=4711&template.rejected.token=reason';
    const rejected = { ...message, kind: 'rejected', params: { reason } };
    await gatewayAt(stub.url(query)).send(rejected);
    expect(stub.taken).toEqual([{ to: '09123456789', text: message.text }]);
  });

  test('a kind without a template goes as plain text', async () => {
    const stub = await start('kavenegar');
    await gatewayAt(stub.url('&template.code=login')).send(message);
    expect(stub.taken[0]?.template).toBeUndefined();
  });
});

describe('Kavenegar', () => {
  test('every attempt carries the same local id, by which it knows a repeat', async () => {
    const stub = await start('kavenegar');
    const gateway = gatewayAt(stub.url());
    await gateway.send(message);
    await gateway.send(message);
    await gateway.send({ ...message, id: 'another' });
    const ids = stub.requests.map(({ body }) => new URLSearchParams(body).get('localid'));
    expect(ids[0]).toMatch(/^\d{1,19}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });
});

describe('SMPP', () => {
  const long = `${'نامه '.repeat(30)}😀${'پایان '.repeat(10)}`;

  test('a long text goes in parts of UCS-2 that a phone joins', async () => {
    const stub = await smsc();
    await gatewayAt(stub.url()).send({ ...message, text: long });
    expect(stub.parts.map(({ data_coding: coding }) => coding)).toEqual([8, 8, 8, 8]);
    expect(stub.parts.map(({ esm_class: type }) => (type ?? 0) & 0x40)).toEqual(Array(4).fill(64));
    expect(stub.taken.map(({ text }) => text).join('')).toBe(long);
    const headers = stub.parts.map(({ short_message: body }) => body?.udh?.[0]);
    expect(headers.map((udh) => udh?.subarray(-2))).toEqual(
      [1, 2, 3, 4].map((part) => Buffer.from([4, part])),
    );
    expect(stub.parts.map(({ registered_delivery: asked }) => asked)).toEqual([0, 0, 0, 1]);
  });

  test('a Latin text goes in the GSM alphabet', async () => {
    const stub = await smsc();
    const text = 'Confirmation code: 123456\n@desk.example.org #123456';
    await gatewayAt(stub.url()).send({ ...message, text });
    expect(stub.parts).toMatchObject([{ data_coding: 0 }]);
    expect(stub.taken).toMatchObject([{ text }]);
  });

  test('a part that is throttled is sent again', async () => {
    const stub = await smsc();
    stub.throttle(2);
    await gatewayAt(stub.url()).send(message);
    expect(stub.taken).toHaveLength(1);
  });

  test('many messages share one connection, and a lost one is opened again', async () => {
    const stub = await smsc();
    const gateway = gatewayAt(stub.url());
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => gateway.send({ ...message, id: `m${index}` })),
    );
    stub.setMode('cut');
    await failureOf(gateway.send(message));
    stub.setMode('accept');
    await gateway.send(message);
    expect(stub.taken).toHaveLength(22);
  });

  test('a refused bind is a matter of the account', async () => {
    const stub = await smsc();
    const url = stub.url().replace('smsc-pw', 'other');
    const error = await failureOf(gatewayAt(url).send(message));
    expect(error).toMatchObject({ retryable: true, notTaken: true, elsewhere: true });
    expect(error.message).not.toContain('other');
  });

  test.each([
    ['DELIVRD', 'delivered'],
    ['UNDELIV', 'undelivered'],
    ['ENROUTE', 'sent'],
  ])('a receipt %s is told as %s and answered', async (stat, state) => {
    const stub = await smsc();
    const reports: DeliveryReport[] = [];
    const gateway = createSmsGateway({
      url: stub.url(),
      timeoutMs: 30_000,
      onReport: async (_, report) => {
        reports.push(report);
      },
    });
    const { messageId = '' } = await gateway.send(message);
    expect(await stub.deliver(messageId, stat)).toBe(0);
    expect(reports).toMatchObject([{ gatewayMessageId: messageId, state }]);
  });

  test('a receipt that could not be recorded is asked for again', async () => {
    const stub = await smsc();
    const gateway = createSmsGateway({
      url: stub.url(),
      timeoutMs: 30_000,
      onReport: () => Promise.reject(new Error('the database is away')),
    });
    const { messageId = '' } = await gateway.send(message);
    expect(await stub.deliver(messageId, 'DELIVRD')).toBe(0x64);
  });
});

describe('SMS_URL', () => {
  test('two gateways stand in their order', () => {
    const gateway = gatewayAt(
      'kavenegar://K1@api.kavenegar.com?sender=1,kavenegar://K2@api.kavenegar.com?sender=1',
    );
    expect([gateway.name, gateway.failover?.name]).toEqual([
      'kavenegar api.kavenegar.com 1',
      'kavenegar api.kavenegar.com 1 (failover)',
    ]);
  });

  test.each([
    'kavenegar://topsecret@host',
    'kavenegar://host?sender=1',
    'twilio://topsecret@host?from=1',
    'smsir://topsecret@host?from=1',
    'kavenegar://topsecret@host?sender=1&template.code.token=code',
    'kavenegar://topsecret@host?sender=1,outbox:',
    'kavenegar://topsecret@a?sender=1,kavenegar://topsecret@b?sender=1,kavenegar://topsecret@c?sender=1',
    'smpp://user:topsecret@host:port?source=1',
  ])('%s is refused without its secret', (url) => {
    expect(() => gatewayAt(url)).toThrow(OperatorError);
    expect(() => gatewayAt(url)).not.toThrow(/topsecret/);
  });
});
