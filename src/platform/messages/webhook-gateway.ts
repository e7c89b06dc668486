/**
 * `webhook+http(s)://…`: each message is one POST of JSON with its id as `Idempotency-Key`. What
 * may have been lost on the way is retryable; what the gateway refused is final. A redirect is a
 * refusal: following it would hand a mobile number to an address that nobody configured.
 */
import { OperatorError } from '../base/errors.ts';
import { SmsError, type SmsGateway } from './sms-gateway.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
const MAX_MESSAGE_ID_LENGTH = 200;
const RETRYABLE_STATUSES = new Set([408, 425, 429]);

/** @throws OperatorError when the address cannot be used */
export const createWebhookGateway = ({
  url,
  timeoutMs,
}: {
  url: string;
  timeoutMs: number;
}): SmsGateway => {
  const { address, authorization } = parseAddress(url);
  return {
    async send({ id, to, kind, text, params }) {
      const response = await post({
        address,
        signal: AbortSignal.timeout(timeoutMs),
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
      const messageId = readMessageId(await readAnswer(response));
      return messageId === undefined ? {} : { messageId };
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

const post = async ({
  address,
  ...request
}: {
  address: string;
  signal: AbortSignal;
  headers: Record<string, string>;
  body: string;
}): Promise<Response> => {
  try {
    return await fetch(address, { ...request, method: 'POST', redirect: 'manual' });
  } catch (error) {
    throw new SmsError(`the SMS gateway gave no answer: ${explain(error)}`, {
      retryable: true,
      cause: error,
    });
  }
};

const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown fault';
  if (error.name === 'TimeoutError') return 'timeout';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
};

const toError = async (response: Response): Promise<SmsError> => {
  const { status } = response;
  await response.body?.cancel().catch(() => undefined);
  const asksToWait = status === 429 || status === 503;
  return new SmsError(`the SMS gateway answered ${status}`, {
    retryable: status >= 500 || RETRYABLE_STATUSES.has(status),
    retryAfterMs: asksToWait ? parseRetryAfter(response.headers.get('retry-after')) : undefined,
  });
};

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
const parseRetryAfter = (value: string | null): number | undefined => {
  if (value === null) return undefined;
  const isDate = value.endsWith(' GMT');
  const ms = isDate
    ? Date.parse(value) - Date.now()
    : /^\d+$/.test(value)
      ? Number(value) * 1000
      : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
};

/** At most 64 kB; undefined when it is longer, cut or late. */
const readAnswer = async (response: Response): Promise<string | undefined> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Leaving the loop cancels the rest.
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
};

const readMessageId = (answer: string | undefined): string | undefined => {
  try {
    const parsed: unknown = JSON.parse(answer ?? '');
    if (typeof parsed !== 'object' || parsed === null || !('messageId' in parsed)) return undefined;
    const { messageId } = parsed;
    if (typeof messageId !== 'string' && typeof messageId !== 'number') return undefined;
    return String(messageId).replaceAll('\0', '').slice(0, MAX_MESSAGE_ID_LENGTH);
  } catch {
    return undefined;
  }
};
