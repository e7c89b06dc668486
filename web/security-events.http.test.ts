/** What the log tells of attempts to get past a guard. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DomainError } from '../src/domain/errors.ts';
import { APPLICANT, createTestSite, REVIEWER, UNIT_CLERK } from '../src/testing/web.ts';
import { SECURITY_EVENT, SECURITY_EVENTS } from './security-events.ts';

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);

const siteWithFrom = () =>
  createTestSite({ fromOf: () => 'a-keyed-hash', receipts: { maxBytes: 1024 } });

/** What a request was told as; undefined: as nothing. */
const eventsOf = (site: ReturnType<typeof createTestSite>) =>
  site.log.filter(({ message }) => message === SECURITY_EVENT).map(({ fields }) => fields);

const upload = (bytes: string, name: string): FormData => {
  const data = new FormData();
  data.set('senderName', 'سارا');
  data.set('subject', 'موضوع');
  data.set('file', new File([bytes], name));
  return data;
};

type Site = ReturnType<typeof createTestSite>;

const ATTEMPTS: [string, string, (site: Site) => Response | Promise<Response>][] = [
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
    ({ post }) => post('/letters/new', form({ unit: "1' or '1'='1", subject: 'x' }), APPLICANT),
  ],
  [
    'form_tampered',
    'a round that no page writes',
    ({ post, fake }) => {
      const { id } = fake.addLetter({});
      return post(`/staff/letters/${id}/rejection`, form({ round: '-1e9', reason: 'x' }), REVIEWER);
    },
  ],
  [
    'not_theirs',
    'a letter of nobody or somebody else',
    ({ get }) => get(`/letters/${randomUUID()}`, APPLICANT),
  ],
  ['not_theirs', 'an id that is none', ({ get }) => get('/letters/..%2f..%2fetc', APPLICANT)],
  ['not_allowed', 'a page of another role', ({ get }) => get('/staff/admin', UNIT_CLERK)],
  [
    'own_letter_refused',
    'a decision over an own letter',
    ({ post, fake }) => {
      const { id } = fake.addLetter({});
      fake.desk.decideLetter = () => Promise.reject(new DomainError('own_letter'));
      return post(`/staff/letters/${id}/approval`, form({ unit: '' }), REVIEWER);
    },
  ],
  [
    'limit_passed',
    'more than a limit allows',
    ({ get, fake }) => {
      fake.desk.listLetters = () => Promise.reject(new DomainError('too_many', { seconds: '7' }));
      return get('/letters', APPLICANT);
    },
  ],
  [
    'captcha_wrong',
    'a guessed security code',
    ({ post }) => post('/sign-in', form({ mobile: '09123456789', captcha: '11111' })),
  ],
  [
    'code_wrong',
    'a guessed code of a sign-in',
    ({ post }) => post('/sign-in/code', form({ code: '000001' }), { cookie: 'challenge=x' }),
  ],
  [
    'code_wrong',
    'a guessed code before sessions end',
    ({ post }) =>
      post('/account/confirm?end=others', form({ code: '000001' }), {
        cookie: `${APPLICANT.cookie}; confirm=x`,
      }),
  ],
  ['receipt_not_genuine', 'a forged receipt', ({ get }) => get('/verify/PK1.forged')],
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
    ({ post, fake }) => {
      fake.desk.receiveFile = async ({ stream }) => {
        for await (const part of stream) void part;
        return { ok: false, problem: 'content_mismatch' };
      };
      return post('/letters/new', upload('MZ', 'letter.pdf'), APPLICANT);
    },
  ],
  ...(
    [
      ['file_too_complex', 'too_complex', 'a file that exhausts its reader'],
      ['file_checks_limited', 'too_many_checks', 'one more of too many such files'],
    ] as const
  ).map(([event, problem, what]): (typeof ATTEMPTS)[number] => [
    event,
    what,
    ({ post, fake }) => {
      fake.desk.receiveFile = async ({ stream }) => {
        for await (const part of stream) void part;
        return { ok: false, problem };
      };
      return post('/letters/new', upload('%PDF', 'letter.pdf'), APPLICANT);
    },
  ]),
];

for (const [event, what, attempt] of ATTEMPTS)
  test(`${what} is told as ${event}, once, with the request and a hash of where it came from`, async () => {
    const site = siteWithFrom();
    const response = await attempt(site);
    const [told, ...more] = eventsOf(site);
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
  const site = siteWithFrom();
  await site.get('/');
  await site.get('/nowhere');
  await site.get(`/letters/${randomUUID()}`);
  await site.get('/letters', APPLICANT);
  await site.post('/sign-in', form({ mobile: '', captcha: '', captchaId: 'captcha.x' }));
  await site.post('/letters', form({ code: '7K3M-9QRT-2XAB' }), APPLICANT);
  await site.post('/letters/new', upload('', ''), APPLICANT);
  const unit = site.fake.units[0]?.id ?? '';
  await site.post('/letters/new', form({ unit, subject: '', round: '1' }), APPLICANT);
  expect(eventsOf(site)).toEqual([]);
});
