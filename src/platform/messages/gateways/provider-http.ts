import { SmsError } from '../sms-gateway.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_MESSAGE_ID_LENGTH = 200;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
const ACCOUNT_RETRY_MS = 60_000;

export interface ProviderRequest {
  address: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | URLSearchParams;
  timeoutMs: number;
}

/** Follows no redirect: it would hand a mobile number to an address that nobody configured. */
export const askGateway = async (
  name: string,
  { address, timeoutMs, method = 'POST', ...request }: ProviderRequest,
): Promise<Response> => {
  try {
    return await fetch(address, {
      ...request,
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw new SmsError(`${name} gave no answer: ${explain(error)}`, {
      retryable: true,
      elsewhere: isUnreached(error),
      cause: withoutAddress(error),
    });
  }
};

const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const codeOf = (error: unknown): string | undefined => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
};

export const isUnreached = (error: unknown): boolean => UNREACHED.has(codeOf(error) ?? '');

export const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown fault';
  if (error.name === 'TimeoutError') return 'timeout';
  return codeOf(error) ?? 'the connection failed';
};

/** Error messages may quote the address, which holds a key with some providers. */
const withoutAddress = (error: unknown): Error => new Error(explain(error));

export const readAnswer = async (response: Response): Promise<string | undefined> => {
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

export type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === 'number' ? inner[key] : undefined;
    return isJson(inner) ? inner[key] : undefined;
  }, value);

export const readJson = async (response: Response): Promise<unknown> => {
  try {
    return JSON.parse((await readAnswer(response)) ?? '') as unknown;
  } catch {
    return undefined;
  }
};

export const numberOf = (value: unknown): number | undefined =>
  (typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value))) &&
  Number.isFinite(Number(value))
    ? Number(value)
    : undefined;

export const messageIdOf = (value: unknown): { messageId?: string } =>
  typeof value === 'string' || typeof value === 'number'
    ? { messageId: String(value).replaceAll('\0', '').slice(0, MAX_MESSAGE_ID_LENGTH) }
    : {};

export interface Codes {
  account: ReadonlySet<number>;
  later: ReadonlySet<number>;
  final: ReadonlySet<number>;
}

export const refusalOf = (name: string, code: number, { account, later, final }: Codes) => {
  const message = `${name} answered with code ${code}`;
  if (account.has(code))
    return new SmsError(message, {
      retryable: true,
      elsewhere: true,
      retryAfterMs: ACCOUNT_RETRY_MS,
    });
  if (later.has(code)) return new SmsError(message, { retryable: true, notTaken: true });
  // A code that the provider does not document says nothing of the message.
  return new SmsError(message, { retryable: !final.has(code) });
};

const RETRYABLE_STATUSES = new Set([408, 425]);
const ACCOUNT_STATUSES = new Set([401, 402, 403]);

export const statusError = (name: string, response: Response): SmsError => {
  const { status } = response;
  const message = `${name} answered ${status}`;
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
  if (status === 429)
    return new SmsError(message, { retryable: true, notTaken: true, retryAfterMs });
  if (ACCOUNT_STATUSES.has(status))
    return new SmsError(message, {
      retryable: true,
      elsewhere: true,
      retryAfterMs: ACCOUNT_RETRY_MS,
    });
  const isOpen = status < 300 || status >= 500 || RETRYABLE_STATUSES.has(status);
  return new SmsError(message, {
    retryable: isOpen,
    ...(status === 503 && { retryAfterMs }),
  });
};

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
export const parseRetryAfter = (value: string | null): number | undefined => {
  if (value === null) return undefined;
  const isDate = value.endsWith(' GMT');
  const ms = isDate
    ? Date.parse(value) - Date.now()
    : /^\d+$/.test(value)
      ? Number(value) * 1000
      : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
};

/** As Iranian providers expect a number: `09…`, and `00…` abroad. */
export const nationalNumber = (e164: string): string =>
  e164.startsWith('+98') ? `0${e164.slice(3)}` : e164.replace(/^\+/, '00');
