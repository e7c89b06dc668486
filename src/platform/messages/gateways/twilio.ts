/** Twilio, 2010-04-01: `Messages.json`, and `Messages/SID.json` for reports. */
import { reportEach } from './report-each.ts';
import { deliveryOf } from '../delivery.ts';
import type { DeliveryReport, SmsGateway } from '../sms-gateway.ts';
import { senderOf, type GatewayUrl } from './gateway-url.ts';
import {
  askGateway,
  at,
  messageIdOf,
  numberOf,
  readJson,
  refusalOf,
  statusError,
  type Codes,
} from './provider-http.ts';

const ACCOUNT = new Set([
  20003, 20005, 20404, 21212, 21408, 21603, 21606, 21612, 21635, 21659, 21660, 21661, 21703, 30002,
  63038,
]);
const LATER = new Set([14107, 20429, 30001]);

/** Any other code of its own refuses the message. */
const codesOf = (code: number): Codes => ({
  account: ACCOUNT,
  later: LATER,
  final: new Set([code]),
});

export const createTwilioGateway = (
  url: GatewayUrl,
  { name, timeoutMs }: { name: string; timeoutMs: number },
): SmsGateway => {
  const account = `${url.origin}/2010-04-01/Accounts/${encodeURIComponent(url.user)}`;
  const authorization = `Basic ${Buffer.from(`${url.user}:${url.password}`, 'utf8').toString('base64')}`;
  const ask = async (path: string, body?: URLSearchParams): Promise<unknown> => {
    const response = await askGateway(name, {
      address: `${account}/${path}`,
      method: body ? 'POST' : 'GET',
      headers: { authorization },
      ...(body && { body }),
      timeoutMs,
    });
    const answer = await readJson(response);
    if (response.ok && at(answer, 'sid') !== undefined) return answer;
    const code = numberOf(at(answer, 'code'));
    if (code === undefined || response.status >= 500) throw statusError(name, response);
    throw refusalOf(name, code, codesOf(code));
  };
  return {
    name,
    async send({ to, text }) {
      const from = senderOf(url);
      const sender = from.startsWith('MG') ? 'MessagingServiceSid' : 'From';
      const body = new URLSearchParams({ To: to, [sender]: from, Body: text });
      return messageIdOf(at(await ask('Messages.json', body), 'sid'));
    },
    fetchReports: (ids) =>
      reportEach(ids, async (id) =>
        reportOf(id, await ask(`Messages/${encodeURIComponent(id)}.json`)),
      ),
  };
};

const reportOf = (gatewayMessageId: string, answer: unknown): DeliveryReport[] => {
  const status = at(answer, 'status');
  const state = typeof status === 'string' ? deliveryOf(status) : undefined;
  const code = numberOf(at(answer, 'error_code'));
  if (!state) return [];
  return [{ gatewayMessageId, state, ...(code !== undefined && { reason: `error ${code}` }) }];
};
