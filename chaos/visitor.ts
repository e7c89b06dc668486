/**
 * People at the doors of the desk, over HTTP. Every answer is looked at: what a person may not be
 * shown, such as a 500, is kept as a problem. What was cut off is sent again as it was.
 */
import { setTimeout as delay } from 'node:timers/promises';

export const CAPTCHA_CODE = '24680';
/** What a page says when nothing was received, or a file could not be checked now. */
const NOT_NOW = ['درخواست شما به ما نرسید', 'پیشخوان اکنون نمی‌تواند این فایل را بررسی کند'];

export interface Answer {
  status: number;
  /** Path and query of a redirect; '' when there is none. */
  location: string;
  body: string;
  cookies: string[];
  ms: number;
}

export type Fields = Record<string, string | { name: string; bytes: Buffer }>;

export interface Visitor {
  /** Undefined: no answer came, whatever happened to the request. */
  get(path: string, cookie?: string): Promise<Answer | undefined>;
  post(path: string, fields: Fields, cookie?: string): Promise<Answer | undefined>;
  /** Asks until there is an answer other than 503. */
  untilAnswered(ask: () => Promise<Answer | undefined>): Promise<Answer>;
  /** How often each status was answered; `cut` counts requests without an answer. */
  tally: Map<string, number>;
  /** Answers that nobody should get, with the invariant that they break. */
  problems: { invariant: string; witness: string }[];
}

export const createVisitor = ({
  origin,
  signal,
  timeoutMs = 20_000,
}: {
  origin: string;
  /** Ends everything that waits. */
  signal: AbortSignal;
  timeoutMs?: number;
}): Visitor => {
  const tally = new Map<string, number>();
  const problems: Visitor['problems'] = [];
  const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

  const judge = (asked: string, response: Response, body: string): void => {
    const { status } = response;
    const reference = response.headers.get('x-request-id') ?? '';
    if (status >= 500 && status !== 503)
      problems.push({ invariant: 'I10', witness: `${asked} answered ${status} (${reference})` });
    if (status !== 503 || asked.includes('/health/')) return;
    if (!response.headers.has('retry-after'))
      problems.push({ invariant: '503', witness: `${asked}: a 503 without Retry-After` });
    if (!NOT_NOW.some((words) => body.includes(words)))
      problems.push({
        invariant: '503',
        witness: `${asked}: a 503 whose page says something else`,
      });
  };

  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    cookie: string,
    body?: FormData | URLSearchParams,
  ): Promise<Answer | undefined> => {
    signal.throwIfAborted();
    const begin = performance.now();
    try {
      const response = await fetch(`${origin}${path}`, {
        method,
        redirect: 'manual',
        headers: { origin, cookie },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body !== undefined && { body }),
      });
      const text = await response.text();
      count(String(response.status));
      judge(`${method} ${path.replaceAll(/[0-9a-f-]{36}/g, ':id')}`, response, text);
      return {
        status: response.status,
        location: response.headers.get('location')?.replace(origin, '') ?? '',
        body: text,
        cookies: response.headers.getSetCookie().map((line) => line.split(';')[0] ?? ''),
        ms: performance.now() - begin,
      };
    } catch {
      count('cut');
      return undefined;
    }
  };

  return {
    tally,
    problems,
    get: (path, cookie = '') => ask('GET', path, cookie),
    post: (path, fields, cookie = '') => ask('POST', path, cookie, toForm(fields)),
    async untilAnswered(attempt) {
      for (let wait = 200; ; wait = Math.min(wait * 2, 2000)) {
        const answer = await attempt();
        if (answer && answer.status !== 503) return answer;
        await delay(wait, undefined, { signal });
      }
    },
  };
};

const toForm = (fields: Fields): FormData | URLSearchParams => {
  const hasFile = Object.values(fields).some((value) => typeof value !== 'string');
  const form = hasFile ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') form.append(name, value);
    else (form as FormData).append(name, new Blob([new Uint8Array(value.bytes)]), value.name);
  return form;
};

export const cookieOf = ({ cookies }: Answer, name: string): string | undefined =>
  cookies.find((cookie) => cookie.startsWith(`${name}=`));

/** The first group of `pattern` on a page. @throws when it is not there */
export const inside = ({ body, status }: Answer, pattern: RegExp): string => {
  const found = pattern.exec(body)?.[1];
  if (found === undefined) throw new Error(`a page (${status}) lacks ${pattern.source}`);
  return found;
};
