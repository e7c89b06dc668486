/** What the log tells of attempts to get past a guard. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REAL_CAPTCHA } from '../src/testing/real-site.ts';
import type { SiteApplicant, SiteMember } from '../src/testing/site-letters.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite, Visits } from '../src/testing/test-site.ts';
import { uploadCorpus } from '../src/testing/upload-corpus.ts';
import { SECURITY_EVENT, SECURITY_EVENTS } from './security-events.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);

let site: TestSite;
/** Of requests whose address is known. */
let visits: Visits;
let people: { applicant: SiteApplicant; reviewer: SiteMember; clerk: SiteMember };
beforeAll(async () => {
  site = await openTestSite({
    env: { RATE_LIMITS: 'on', LIMITS: 'receiptChecks=3', SMS_RECEIPTS_SECRET: 's'.repeat(32) },
  });
  visits = site.under({ fromOf: () => 'a-keyed-hash' });
  people = {
    applicant: await site.addApplicant(),
    reviewer: await site.addMember('reviewer'),
    clerk: await site.addMember('unit', { unitIds: [await site.addUnit()] }),
  };
});
afterAll(() => site?.stop());

const as = (who: keyof typeof people) => ({ cookie: people[who].cookie });

/** What this request was told as; none: as nothing. */
const eventsOf = ({ headers }: Response) =>
  site.log
    .filter(({ message }) => message === SECURITY_EVENT)
    .map(({ fields }) => fields)
    .filter(({ requestId }) => requestId === headers.get('x-request-id'));

const upload = (content: string | Buffer, name: string): FormData => {
  const data = new FormData();
  data.set('senderName', 'سارا');
  data.set('subject', 'موضوع');
  const bytes = typeof content === 'string' ? content : new Uint8Array(content);
  data.set('file', new File([bytes], name));
  return data;
};

const cookieFrom = (response: Response, name: string): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .find((cookie) => cookie.startsWith(`${name}=`)) ?? '';

/** Until the limit is passed. */
const askAgain = async (ask: () => Promise<Response>): Promise<Response> => {
  for (let asked = 0; asked < 200; asked += 1) {
    const response = await ask();
    if (response.status === 429) return response;
  }
  throw new Error('there is no limit');
};

const ATTEMPTS: [string, string, (visits: Visits) => Response | Promise<Response>][] = [
  ['host_refused', 'another host', ({ app }) => app.request('http://evil.test/letters')],
  [
    'origin_refused',
    'a form of another site',
    ({ post }) => post('/sign-in', form({ a: '1' }), { origin: 'http://evil.test' }),
  ],
  [
    'type_refused',
    'JSON in the place of a form',
    ({ app, origin }) =>
      app.request(`${origin}/sign-in`, {
        method: 'POST',
        body: '{}',
        headers: { origin, 'content-type': 'application/json' },
      }),
  ],
  [
    'form_broken',
    'a form without an end',
    ({ app, origin }) =>
      app.request(`${origin}/sign-in`, {
        method: 'POST',
        body: '--x\r\ncontent-disposition: form-data; name="mobile"\r\n\r\n09',
        headers: { origin, 'content-type': 'multipart/form-data; boundary=x' },
      }),
  ],
  [
    'form_too_big',
    'more than a form holds',
    ({ post }) => post('/sign-in', form({ mobile: '9'.repeat(200_000) })),
  ],
  [
    'form_tampered',
    'a unit that no list offers',
    ({ post }) =>
      post('/letters/new', form({ unit: "1' or '1'='1", subject: 'x' }), as('applicant')),
  ],
  [
    'form_tampered',
    'a round that no page writes',
    async ({ post }) => {
      const { id } = await site.letterIn('pending');
      const fields = form({ round: '-1e9', reason: 'x' });
      return post(`/staff/letters/${id}/rejection`, fields, as('reviewer'));
    },
  ],
  [
    'not_theirs',
    'a letter of nobody or somebody else',
    ({ get }) => get(`/letters/${randomUUID()}`, as('applicant')),
  ],
  ['not_theirs', 'an id that is none', ({ get }) => get('/letters/..%2f..%2fetc', as('applicant'))],
  ['not_allowed', 'a page of another role', ({ get }) => get('/staff/admin', as('clerk'))],
  [
    'own_letter_refused',
    'a decision over an own letter',
    async ({ post }) => {
      const { id, sender } = await site.letterIn('pending');
      const { cookie } = await site.addMember('reviewer', { mobile: sender.mobile });
      return post(`/staff/letters/${id}/approval`, form({ unit: '' }), { cookie });
    },
  ],
  ['receipt_not_genuine', 'a forged receipt', ({ get }) => get('/verify/PK1.forged')],
  ['limit_passed', 'more than a limit allows', ({ get }) => askAgain(() => get('/verify/key'))],
  [
    'captcha_wrong',
    'a guessed security code',
    ({ post }) => {
      const { id: captchaId } = newCaptcha(site.deps);
      return post('/sign-in', form({ mobile: '09123456789', captcha: '11111', captchaId }));
    },
  ],
  [
    'code_wrong',
    'a guessed code of a sign-in',
    async ({ post }) => {
      const { id: captchaId } = newCaptcha(site.deps);
      const typed = { mobile: '09123456788', captcha: REAL_CAPTCHA, captchaId };
      const cookie = cookieFrom(await post('/sign-in', form(typed)), 'challenge');
      return post('/sign-in/code', form({ code: '000001' }), { cookie });
    },
  ],
  [
    'code_wrong',
    'a guessed code before sessions end',
    async ({ post }) => {
      const { cookie } = people.applicant;
      const asked = await post('/account/sessions/end-others', form({ a: '1' }), { cookie });
      return post(asked.headers.get('location') ?? '', form({ code: '000001' }), {
        cookie: `${cookie}; ${cookieFrom(asked, 'confirm')}`,
      });
    },
  ],
  [
    'sms_receipt_forged',
    'a delivery receipt of somebody else',
    ({ app, origin }) =>
      app.request(`${origin}/sms/receipts`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', 'x-signature': 'sha256=00' },
      }),
  ],
  [
    'codec_refused',
    'payloads of the engine, asked from elsewhere',
    ({ app, origin }) =>
      app.request(`${origin}/staff/codec/decode`, {
        method: 'POST',
        body: '{}',
        headers: { origin: 'http://evil.test', 'content-type': 'application/json' },
      }),
  ],
  [
    'api_key_refused',
    'a key that nobody was given',
    ({ get }) => get('/api/v1/units', { authorization: 'Bearer pk_0000000000_unknown' }),
  ],
  [
    'file_refused',
    'a program in the clothes of a document',
    ({ post }) => post('/letters/new', upload('MZ', 'letter.pdf'), as('applicant')),
  ],
  [
    'file_too_complex',
    'a file that exhausts its reader',
    async ({ post }) => {
      const found = uploadCorpus().find(({ name }) => name === 'a jpg of two thousand scans');
      if (!found) throw new Error('the corpus has no such file');
      const form = upload(await found.make(), found.fileName);
      return post('/letters/new', form, as('applicant'));
    },
  ],
  [
    'file_checks_limited',
    'one more of too many such files',
    async ({ post }) => {
      const { cookie } = await site.addApplicant();
      return askAgain(() => post('/letters/new', upload('MZ', 'letter.pdf'), { cookie }));
    },
  ],
];

for (const [event, what, attempt] of ATTEMPTS)
  test(`${what} is told as ${event}, once, with the request and a hash of where it came from`, async () => {
    const response = await attempt(visits);
    const [told, ...more] = eventsOf(response);
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      event,
      requestId: response.headers.get('x-request-id'),
      from: 'a-keyed-hash',
    });
    expect(told?.route).toMatch(/^(\/|unknown)/);
  });

test('every event has an attempt that shows it, and its meaning in the operations page', () => {
  const shown = new Set(ATTEMPTS.map(([event]) => event));
  expect([...shown].sort()).toEqual([...SECURITY_EVENTS].sort());
  const page = readFileSync('docs/operations.md', 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z_]+)` \| /gm)].map(([, name]) => name);
  expect(SECURITY_EVENTS.filter((event) => !listed.includes(event))).toEqual([]);
});

test('what people do by mistake, and what they do right, is no event', async () => {
  const unit = await site.addUnit();
  const { id: captchaId } = newCaptcha(site.deps);
  const { get, post } = visits;
  for (const answer of [
    await get('/'),
    await get('/nowhere'),
    await get(`/letters/${randomUUID()}`),
    await get('/letters', as('applicant')),
    await post('/sign-in', form({ mobile: '', captcha: '', captchaId })),
    await post('/letters', form({ code: '7K3M-9QRT-2XAB' }), as('applicant')),
    await post('/letters/new', upload('', ''), as('applicant')),
    await post('/letters/new', form({ unit, subject: '', round: '1' }), as('applicant')),
  ])
    expect(eventsOf(answer)).toEqual([]);
});
