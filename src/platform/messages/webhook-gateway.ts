/**
 * `webhook+http(s)://…`: each message is one POST of JSON with its id as `Idempotency-Key`. A
 * possible loss is retryable, a refusal final. A redirect is a refusal: following it would hand a
 * mobile number to an address that nobody configured.
 */
import { OperatorError } from '../base/errors.ts';
import {
  askGateway,
  at,
  messageIdOf,
  parseRetryAfter,
  readJson,
} from './gateways/provider-http.ts';
import { SmsError, type SmsGateway } from './sms-gateway.ts';

const RETRYABLE_STATUSES = new Set([408, 425, 429]);
const ACCOUNT_STATUSES = new Set([401, 402, 403]);

export const createWebhookGateway = ({
  url,
  timeoutMs,
  mark = '',
}: {
  url: string;
  timeoutMs: number;
  mark?: string;
}): SmsGateway => {
  const { address, authorization } = parseAddress(url);
  const name = `webhook ${new URL(address).host}${mark}`;
  return {
    name,
    async send({ id, to, kind, text, params }) {
      const response = await askGateway('the SMS gateway', {
        address,
        timeoutMs,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          accept: 'application/json',
          'idempotency-key': id,
          ...(authorization && { authorization }),
        },
        body: JSON.stringify({ id, to, kind, text, params }),
      });
      if (!response.ok) throw await toError(response);
      // Accepted: whatever is wrong with the rest of the answer, sending again would double it.
      return messageIdOf(at(await readJson(response), 'messageId'));
    },
  };
};

const parseAddress = (url: string): { address: string; authorization: string | undefined } => {
  try {
    const address = new URL(url.replace(/^webhook\+/, ''));
    const { username, password } = address;
    address.username = '';
    address.password = '';
    address.hash = '';
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return {
      address: address.href,
      authorization:
        user === ':' ? undefined : `Basic ${Buffer.from(user, 'utf8').toString('base64')}`,
    };
  } catch {
    // The address may hold a password: it is not repeated here.
    throw new OperatorError('SMS_URL: the address after webhook+ cannot be read');
  }
};

const toError = async (response: Response): Promise<SmsError> => {
  const { status } = response;
  await response.body?.cancel().catch(() => undefined);
  const asksToWait = status === 429 || status === 503;
  return new SmsError(`the SMS gateway answered ${status}`, {
    retryable: status >= 500 || RETRYABLE_STATUSES.has(status),
    notTaken: status === 429 || (status < 500 && !RETRYABLE_STATUSES.has(status)),
    elsewhere: ACCOUNT_STATUSES.has(status),
    retryAfterMs: asksToWait ? parseRetryAfter(response.headers.get('retry-after')) : undefined,
  });
};
