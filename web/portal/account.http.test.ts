/** An applicant's own sessions, asked of the real desk on a real database. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestApplicant } from '../../src/testing/letters.ts';
import { readMessages } from '../../src/testing/messages.ts';
import {
  cookieOf,
  freshMobile,
  makeRealHome,
  REAL_CAPTCHA,
  startRealSite,
} from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';

const ORIGIN = 'http://desk.test';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
let home: RealHome;
let site: RealSite;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});

const get = async (path: string, cookie: string): Promise<Response> =>
  site.app.request(`${ORIGIN}${path}`, { headers: { cookie } });

const post = async (
  path: string,
  { cookie, ...fields }: Record<string, string>,
): Promise<Response> =>
  site.app.request(`${ORIGIN}${path}`, {
    method: 'POST',
    body: new URLSearchParams({ unused: '1', ...fields }),
    headers: { origin: ORIGIN, cookie: cookie ?? '', 'user-agent': FIREFOX },
  });

const cookieIn = (response: Response, name: string): string =>
  response.headers
    .getSetCookie()
    .map((set) => set.split(';')[0] ?? '')
    .find((set) => set.startsWith(`${name}=`)) ?? '';

/** @returns the cookie of the new session */
const signIn = async (mobile: string, before = ''): Promise<string> => {
  const captchaId = site.desk.newCaptcha().id;
  const asked = await post('/sign-in', { mobile, captchaId, captcha: REAL_CAPTCHA });
  const messages = await readMessages(site.db, { mobile });
  const code = /#(\d{6})$/.exec(messages.at(-1)?.text ?? '')?.[1] ?? '';
  const cookie = [cookieIn(asked, 'challenge'), before].filter(Boolean).join('; ');
  const signedIn = await post('/sign-in/code', { cookie, code });
  expect(signedIn.headers.get('location')).toBe('/letters');
  return cookieIn(signedIn, 'sid');
};

const isOpen = async (cookie: string): Promise<boolean> =>
  (await get('/letters', cookie)).status === 200;

const idsIn = (html: string): string[] =>
  [...html.matchAll(/sessions\/([0-9a-f-]{36})\/end/g)].map(([, id = '']) => id);

const auditOf = async (applicantId: string) =>
  site.db<{ action: string; details: object }[]>`
    select action, details from audit_entries where actor = ${applicantId} order by id`;

test('the account shows the number in part, and every open session of it with its device', async () => {
  const mobile = freshMobile();
  const first = await signIn(mobile);
  const second = await signIn(mobile);
  const html = await (await get('/account', second)).text();
  expect(html).not.toContain(mobile.slice(3));
  expect(html).toContain('۰۹۱۲•••');
  expect(html.match(/فایرفاکس روی لینوکس/g)?.length).toBeGreaterThanOrEqual(2);
  expect(html.match(/data-own="yes"/g)).toHaveLength(1);
  expect(idsIn(html)).toHaveLength(2);
  expect(await isOpen(first)).toBe(true);
  expect(await (await get('/letters', second)).text()).toContain('href="/account"');
});

test('one session is ended, or all others; what ended opens nothing, and the audit trail tells', async () => {
  const mobile = freshMobile();
  const [first, second, third, own] = [
    await signIn(mobile),
    await signIn(mobile),
    await signIn(mobile),
    await signIn(mobile),
  ];
  const html = await (await get('/account', own)).text();
  const [ownId = '', thirdId = ''] = idsIn(html);
  const one = await post(`/account/sessions/${thirdId}/end`, { cookie: own });
  expect([one.status, one.headers.get('location')]).toEqual([
    303,
    '/account?notice=sessions_ended',
  ]);
  expect([await isOpen(first), await isOpen(second), await isOpen(third)]).toEqual([
    true,
    true,
    false,
  ]);
  const all = await post('/account/sessions/end-others', { cookie: own });
  expect(all.headers.get('location')).toBe('/account?notice=sessions_ended');
  expect([await isOpen(first), await isOpen(second), await isOpen(own)]).toEqual([
    false,
    false,
    true,
  ]);
  const none = await post('/account/sessions/end-others', { cookie: own });
  expect(none.headers.get('location')).toBe('/account?notice=sessions_none');
  const last = await post(`/account/sessions/${ownId}/end`, { cookie: own });
  expect(last.headers.get('location')).toBe('/?notice=signed_out');
  expect(cookieIn(last, 'sid')).toBe('sid=');
  expect(await isOpen(own)).toBe(false);
  const [told] = await site.db<{ actor: string }[]>`
    select actor from audit_entries where action = 'sessions_ended' order by id desc limit 1`;
  const entries = (await auditOf(told?.actor ?? '')).filter(
    ({ action }) => action === 'sessions_ended',
  );
  expect(entries.map(({ details }) => details)).toEqual([
    { sessions: 1 },
    { sessions: 2 },
    { sessions: 1 },
  ]);
});

test('a session of somebody else, or of staff, is not ended', async () => {
  const own = await signIn(freshMobile());
  const other = await addTestApplicant(site.db, freshMobile());
  const foreign = await cookieOf(site.db, { applicantId: other });
  const [row] = await site.db<{ id: string }[]>`
    select id from sessions where applicant_id = ${other}`;
  await post(`/account/sessions/${row?.id ?? ''}/end`, { cookie: own });
  await post(`/account/sessions/${randomUUID()}/end`, { cookie: own });
  await post('/account/sessions/end-others', { cookie: own });
  expect([await isOpen(foreign), await isOpen(own)]).toEqual([true, true]);
  expect((await post('/account/sessions/guess/end', { cookie: own })).status).toBe(404);
});

test('a new sign-in in the same browser ends the session that it had, of whoever it was', async () => {
  const mobile = freshMobile();
  const first = await signIn(mobile);
  const elsewhere = await signIn(mobile);
  const second = await signIn(mobile, first);
  expect([await isOpen(first), await isOpen(elsewhere), await isOpen(second)]).toEqual([
    false,
    true,
    true,
  ]);
  const other = await signIn(freshMobile(), second);
  expect([await isOpen(second), await isOpen(other)]).toEqual([false, true]);
});

test('whose session ended on the page of the account comes back there', async () => {
  const mobile = freshMobile();
  const first = await signIn(mobile);
  await site.db`update sessions set last_seen_at = now() - interval '1 hour'`;
  const away = await post('/account/sessions/end-others', { cookie: first });
  expect(away.headers.get('location')).toBe('/?notice=session_ended');
  expect(cookieIn(away, 'next')).toContain('%3A%2Faccount');
});

test('signing out, and a code that is wrong, stand in the audit trail with whose they are', async () => {
  const mobile = freshMobile();
  const cookie = await signIn(mobile);
  await post('/sign-out', { cookie });
  const captchaId = site.desk.newCaptcha().id;
  const asked = await post('/sign-in', { mobile, captchaId, captcha: REAL_CAPTCHA });
  const messages = await readMessages(site.db, { mobile });
  const right = /#(\d{6})$/.exec(messages.at(-1)?.text ?? '')?.[1];
  const code = right === '000000' ? '000001' : '000000';
  const wrong = await post('/sign-in/code', { cookie: cookieIn(asked, 'challenge'), code });
  expect(wrong.status).toBe(422);
  const [told] = await site.db<{ actor: string }[]>`
    select actor from audit_entries where action = 'sign_in_refused' order by id desc limit 1`;
  const actions = (await auditOf(told?.actor ?? '')).map(({ action }) => action);
  expect(actions).toEqual(['signed_in', 'signed_out', 'sign_in_refused']);
});
