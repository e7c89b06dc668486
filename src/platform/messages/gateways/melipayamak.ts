/** Melipayamak, REST: `SendSMS`, `BaseServiceNumber` for templates, `GetDeliveries2`. */
import { reportEach } from './report-each.ts';
import { SmsError, type DeliveryReport, type SmsGateway, type SmsMessage } from '../sms-gateway.ts';
import { fillTemplate, senderOf, type GatewayUrl } from './gateway-url.ts';
import {
  askGateway,
  at,
  messageIdOf,
  nationalNumber,
  numberOf,
  readJson,
  refusalOf,
  statusError,
  type Codes,
} from './provider-http.ts';

/** `RetStatus`; negative ones are the `Value` that `BaseServiceNumber` answers instead of an id. */
const CODES: Codes = {
  account: new Set([0, 2, 3, 5, 9, 10, 12, 108, 109, 110, -1, -3, -4, -7]),
  later: new Set([4, 6, 11, -6]),
  final: new Set([7, 14, 15, 16, 17, 18, 35, -2, -5, -10]),
};

const SENT = new Set([0, 8, 200]);
const UNDELIVERED: Record<number, string> = {
  2: 'not delivered to the phone',
  3: 'failed',
  16: 'not delivered to the operator',
  35: 'on the blacklist',
  300: 'filtered',
  500: 'not accepted',
};
/** Shorter values are codes, not message ids. */
const MESSAGE_ID = /^\d{8,}$/;

export const createMelipayamakGateway = (
  url: GatewayUrl,
  { name, timeoutMs }: { name: string; timeoutMs: number },
): SmsGateway => {
  const account = { username: url.user, password: url.password };
  const ask = async (method: string, fields: Record<string, string>): Promise<unknown> => {
    const response = await askGateway(name, {
      address: `${url.origin}/api/SendSMS/${method}`,
      body: new URLSearchParams({ ...account, ...fields }),
      timeoutMs,
    });
    const answer = await readJson(response);
    const code = numberOf(at(answer, 'RetStatus'));
    if (code === undefined) throw statusError(name, response);
    if (code !== 1) throw refusalOf(name, code, CODES);
    return at(answer, 'Value');
  };
  return {
    name,
    async send(message) {
      const value = await ask(...requestOf(url, message));
      if (MESSAGE_ID.test(String(value))) return messageIdOf(value);
      const code = numberOf(value);
      if (code === undefined)
        throw new SmsError(`${name} answered without an id`, { retryable: true });
      throw refusalOf(name, code, CODES);
    },
    fetchReports: (ids) =>
      reportEach(ids, async (recID) => reportOf(recID, await ask('GetDeliveries2', { recID }))),
  };
};

const requestOf = (url: GatewayUrl, message: SmsMessage): [string, Record<string, string>] => {
  const to = nationalNumber(message.to);
  const template = fillTemplate(url, message, {
    named: (index) => String(index),
    fits: (value) => !/[;\n]/.test(value),
  });
  if (template) {
    const text = template.values.map(([, value]) => value).join(';');
    return ['BaseServiceNumber', { to, bodyId: template.name, text }];
  }
  return ['SendSMS', { to, from: senderOf(url), text: message.text, isFlash: 'false' }];
};

const reportOf = (gatewayMessageId: string, value: unknown): DeliveryReport[] => {
  const status = numberOf(value);
  if (status === undefined) return [];
  if (status === 1) return [{ gatewayMessageId, state: 'delivered' }];
  if (SENT.has(status)) return [{ gatewayMessageId, state: 'sent' }];
  const reason = UNDELIVERED[status];
  return reason === undefined ? [] : [{ gatewayMessageId, state: 'undelivered', reason }];
};
