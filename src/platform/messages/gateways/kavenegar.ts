/** Kavenegar, REST v1: `sms/send`, `verify/lookup` for templates, `sms/status`. */
import { createHash } from 'node:crypto';
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
  account: new Set([401, 403, 407, 412, 416, 418, 424, 426, 427, 429, 501]),
  later: new Set([409, 451]),
  final: new Set([400, 404, 405, 406, 411, 413, 414, 415, 417, 419, 420, 422, 428, 431, 432]),
};

const SENT = new Set([4, 5]);
const UNDELIVERED: Record<number, string> = {
  6: 'failed',
  11: 'undelivered',
  13: 'cancelled',
  14: 'blocked',
};
const TOKENS = ['token', 'token2', 'token3', 'token10', 'token20'];
/** How many spaces the value of a token may hold. */
const SPACES: Record<string, number> = { token10: 5, token20: 8 };
const LONGEST_TOKEN = 100;

const fits = (value: string, token: string): boolean =>
  value.length <= LONGEST_TOKEN && (value.match(/\s/g)?.length ?? 0) <= (SPACES[token] ?? 0);

/** The provider does not send a repeated `localid` again. */
const localId = (id: string): string =>
  String(createHash('sha256').update(id).digest().readBigUInt64BE() >> 1n);

export const createKavenegarGateway = (
  url: GatewayUrl,
  { name, timeoutMs }: { name: string; timeoutMs: number },
): SmsGateway => {
  // The key is a part of the path: no error quotes the address.
  const ask = async (method: string, fields: Record<string, string>): Promise<unknown> => {
    const response = await askGateway(name, {
      address: `${url.origin}/v1/${encodeURIComponent(url.user)}/${method}.json`,
      body: new URLSearchParams(fields),
      timeoutMs,
    });
    const answer = await readJson(response);
    const code = numberOf(at(answer, 'return', 'status'));
    if (code === undefined) throw statusError(name, response);
    if (code !== 200) throw refusalOf(name, code, CODES);
    return answer;
  };
  return {
    name,
    async send(message) {
      const answer = await ask(...requestOf(url, message));
      return messageIdOf(
        at(answer, 'entries', 0, 'messageid') ?? at(answer, 'entries', 'messageid'),
      );
    },
    async fetchReports(ids) {
      const answer = await ask('sms/status', { messageid: ids.join(',') });
      const entries = at(answer, 'entries');
      return (Array.isArray(entries) ? entries : []).flatMap((entry) => reportOf(entry));
    },
  };
};

const requestOf = (url: GatewayUrl, message: SmsMessage): [string, Record<string, string>] => {
  const receptor = nationalNumber(message.to);
  const template = fillTemplate(url, message, {
    named: (index) => TOKENS[index] ?? `token${index}`,
    fits,
  });
  if (template)
    return [
      'verify/lookup',
      { receptor, template: template.name, ...Object.fromEntries(template.values) },
    ];
  const sender = senderOf(url);
  return ['sms/send', { receptor, sender, message: message.text, localid: localId(message.id) }];
};

const reportOf = (entry: unknown): DeliveryReport[] => {
  const { messageId: gatewayMessageId } = messageIdOf(at(entry, 'messageid'));
  const status = numberOf(at(entry, 'status')) ?? 0;
  if (gatewayMessageId === undefined) return [];
  if (status === 10) return [{ gatewayMessageId, state: 'delivered' }];
  if (SENT.has(status)) return [{ gatewayMessageId, state: 'sent' }];
  const reason = UNDELIVERED[status];
  return reason === undefined ? [] : [{ gatewayMessageId, state: 'undelivered', reason }];
};
