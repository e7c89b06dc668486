/** sms.ir, REST v1: `send/bulk`, `send/verify` for templates, `send/ID` for reports. */
import { reportEach } from './report-each.ts';
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
  account: new Set([10, 11, 12, 13, 14, 101, 102, 113, 119, 123]),
  later: new Set([20]),
  final: new Set([103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 114, 115, 116, 117, 118]),
};

const SENT = new Set([3, 5]);
const UNDELIVERED: Record<number, string> = {
  2: 'not delivered to the phone',
  4: 'not delivered to the operator',
  6: 'failed',
  7: 'on the blacklist',
};
const LONGEST_VALUE = 25;

export const createSmsirGateway = (
  url: GatewayUrl,
  { name, timeoutMs }: { name: string; timeoutMs: number },
): SmsGateway => {
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await askGateway(name, {
      address: `${url.origin}/v1/${path}`,
      method: body ? 'POST' : 'GET',
      headers: {
        'x-api-key': url.user,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs,
    });
    const answer = await readJson(response);
    const code = numberOf(at(answer, 'status'));
    // Status 0 is a fault of the provider, and problem documents repeat the status of HTTP.
    if (code === undefined || code === response.status) throw statusError(name, response);
    if (code !== 1) throw refusalOf(name, code, CODES);
    return at(answer, 'data');
  };
  return {
    name,
    async send(message) {
      const data = await ask(...requestOf(url, message));
      return messageIdOf(at(data, 'messageId') ?? at(data, 'messageIds', 0));
    },
    fetchReports: (ids) =>
      reportEach(ids, async (id) => reportOf(id, await ask(`send/${encodeURIComponent(id)}`))),
  };
};

const requestOf = (url: GatewayUrl, message: SmsMessage): [string, object] => {
  const mobile = nationalNumber(message.to);
  const template = fillTemplate(url, message, {
    named: (_, parameter) => parameter,
    fits: (value) => value.length <= LONGEST_VALUE,
  });
  if (template) {
    const parameters = template.values.map(([variable, value]) => ({ name: variable, value }));
    return ['send/verify', { mobile, templateId: Number(template.name), parameters }];
  }
  return [
    'send/bulk',
    {
      lineNumber: Number(senderOf(url)),
      messageText: message.text,
      mobiles: [mobile],
      sendDateTime: null,
    },
  ];
};

const reportOf = (gatewayMessageId: string, data: unknown): DeliveryReport[] => {
  const status = numberOf(at(data, 'deliveryState')) ?? 0;
  if (status === 1) return [{ gatewayMessageId, state: 'delivered' }];
  if (SENT.has(status)) return [{ gatewayMessageId, state: 'sent' }];
  const reason = UNDELIVERED[status];
  return reason === undefined ? [] : [{ gatewayMessageId, state: 'undelivered', reason }];
};
