/** Ghasedak, REST v1: `SendSingleSMS`, `SendOtpSMS` for templates, `CheckSmsStatus`. */
import type { DeliveryReport, SmsGateway, SmsMessage } from '../sms-gateway.ts';
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

const CODES: Codes = {
  account: new Set([401, 403, 407, 410, 412, 416, 418, 426, 427, 428]),
  later: new Set([409, 429, 451]),
  final: new Set([400, 404, 405, 406, 411, 413, 414, 415, 417, 419, 420, 422]),
};

const SENT = new Set([4, 10, 11]);
const UNDELIVERED: Record<number, string> = {
  1: 'rejected',
  6: 'failed',
  7: 'cancelled',
  8: 'on the blacklist',
  12: 'on the blacklist',
  13: 'not delivered',
  15: 'blocked',
  16: 'failed',
};
const LONGEST_VALUE = 100;

export const createGhasedakGateway = (
  url: GatewayUrl,
  { name, timeoutMs }: { name: string; timeoutMs: number },
): SmsGateway => {
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await askGateway(name, {
      address: `${url.origin}/rest/api/v1/WebService/${path}`,
      method: body ? 'POST' : 'GET',
      headers: {
        apikey: url.user,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs,
    });
    const answer = await readJson(response);
    const isSuccess = at(answer, 'isSuccess') === true;
    const code = numberOf(at(answer, 'statusCode'));
    if (isSuccess) return at(answer, 'data');
    if (code === undefined || (code >= 500 && code < 600)) throw statusError(name, response);
    throw refusalOf(name, code, CODES);
  };
  return {
    name,
    async send(message) {
      const data = await ask(...requestOf(url, message));
      return messageIdOf(at(data, 'messageId') ?? at(data, 'items', 0, 'messageId'));
    },
    async fetchReports(ids) {
      const query = new URLSearchParams({ Type: '1' });
      for (const id of ids) query.append('Ids', id);
      const data = await ask(`CheckSmsStatus?${query.toString()}`);
      const items = Array.isArray(data) ? data : at(data, 'items');
      return (Array.isArray(items) ? items : []).flatMap((item) => reportOf(item));
    },
  };
};

const requestOf = (url: GatewayUrl, message: SmsMessage): [string, object] => {
  const mobile = nationalNumber(message.to);
  const template = fillTemplate(url, message, {
    named: (_, parameter) => parameter,
    fits: (value) => value.length <= LONGEST_VALUE && !value.includes('\n'),
  });
  if (template) {
    const inputs = template.values.map(([param, value]) => ({ param, value }));
    const receptors = [{ mobile, clientReferenceId: message.id }];
    return ['SendOtpSMS', { receptors, templateName: template.name, inputs, udh: false }];
  }
  return [
    'SendSingleSMS',
    {
      lineNumber: senderOf(url),
      receptor: mobile,
      message: message.text,
      clientReferenceId: message.id,
      udh: false,
    },
  ];
};

const reportOf = (item: unknown): DeliveryReport[] => {
  const { messageId: gatewayMessageId } = messageIdOf(at(item, 'messageId'));
  const status = numberOf(at(item, 'status')) ?? 0;
  if (gatewayMessageId === undefined) return [];
  if (status === 14) return [{ gatewayMessageId, state: 'delivered' }];
  if (SENT.has(status)) return [{ gatewayMessageId, state: 'sent' }];
  const reason = UNDELIVERED[status];
  return reason === undefined ? [] : [{ gatewayMessageId, state: 'undelivered', reason }];
};
