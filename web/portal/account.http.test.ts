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
import { hashToken } from '../../src/platform/sealing/secrets.ts';
import { newCaptcha } from '../../src/desk/applicants/captcha/captcha.ts';

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
    body: new URLSearchParams(fields),
    headers: { origin: ORIGIN, cookie: cookie ?? '', 'user-agent': FIREFOX },
  });

const cookieIn = (response: Response, name: string): string =>
  response.headers
    .getSetCookie()
    .map((set) => set.split(';')[0] ?? '')
    .find((set) => set.startsWith(`${name}=`)) ?? '';

/** @returns the cookie of the new session */
const signIn = async (mobile: string, before = ''): Promise<string> => {
  const captchaId = newCaptcha(site.deps).id;
  const asked = await post('/sign-in', {
    cookie: 'visit=1',
    mobile,
    captchaId,
    captcha: REAL_CAPTCHA,
  });
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

/** The session is one that was left open: no code was typed in it for a while. */
const leaveOpen = async (cookie: string): Promise<void> => {
  await site.db`
    update sessions set proven_at = now() - interval '11 minutes'
    where token_hash = ${hashToken(cookie.replace('sid=', ''))}`;
};

const lastCode = async (mobile: string): Promise<string> =>
  /#(\d{6})$/.exec((await readMessages(site.db, { mobile })).at(-1)?.text ?? '')?.[1] ?? '';

const toOf = (response: Response): string =>
  `${response.status} ${response.headers.get('location') ?? ''}`.trim();

test('a session that was left open ends no other one without a new code by SMS', async () => {
  const mobile = freshMobile();
  const owner = await signIn(mobile);
  const stolen = await signIn(mobile);
  await leaveOpen(stolen);
  const [, ownerId = ''] = idsIn(await (await get('/account', stolen)).text());
  const asked = await post(`/account/sessions/${ownerId}/end`, { cookie: stolen });
  expect(toOf(asked)).toBe(`303 /account/confirm?end=${ownerId}`);
  const others = await post('/account/sessions/end-others', { cookie: stolen });
  expect(toOf(others)).toBe('303 /account/confirm?end=others');
  const cookie = `${stolen}; ${cookieIn(asked, 'confirm')}`;
  const shown = await (await get(`/account/confirm?end=${ownerId}`, cookie)).text();
  expect(shown).toContain('کد تایید');
  expect(shown).not.toContain(mobile.slice(3));
  const code = await lastCode(mobile);
  const wrong = code === '000000' ? '000001' : '000000';
  const path = `/account/confirm?end=${ownerId}`;
  expect((await post(path, { cookie, code: wrong })).status).toBe(422);
  expect((await post(path, { cookie, code: '' })).status).toBe(422);
  expect([await isOpen(owner), await isOpen(stolen)]).toEqual([true, true]);
  const [told] = await site.db<{ actor: string }[]>`
    select actor from audit_entries where action = 'confirmation_refused' order by id desc limit 1`;
  expect((await auditOf(told?.actor ?? '')).map(({ action }) => action)).not.toContain(
    'sessions_ended',
  );
});

test('after the new code the session that was chosen ends, and the own one goes on under another token', async () => {
  const mobile = freshMobile();
  const lost = await signIn(mobile);
  const other = await signIn(mobile);
  const own = await signIn(mobile);
  await leaveOpen(own);
  const ids = idsIn(await (await get('/account', own)).text());
  // The last seen first, the own one before all.
  const [lostRow] = await site.db<{ id: string }[]>`
    select id from sessions where token_hash = ${hashToken(lost.replace('sid=', ''))}`;
  const lostId = lostRow?.id ?? '';
  expect(ids).toContain(lostId);
  const asked = await post(`/account/sessions/${lostId}/end`, { cookie: own });
  const confirm = cookieIn(asked, 'confirm');
  const code = await lastCode(mobile);
  const path = `/account/confirm?end=${lostId}`;
  // The code is of this session, and of no sign-in.
  expect((await post(path, { cookie: `${other}; ${confirm}`, code })).status).toBe(422);
  const elsewhere = confirm.replace('confirm', 'challenge');
  expect((await post('/sign-in/code', { cookie: elsewhere, code })).status).toBe(422);
  const done = await post(path, { cookie: `${own}; ${confirm}`, code });
  expect(toOf(done)).toBe('303 /account?notice=sessions_ended');
  const renewed = cookieIn(done, 'sid');
  expect([
    await isOpen(lost),
    await isOpen(other),
    await isOpen(own),
    await isOpen(renewed),
  ]).toEqual([false, true, false, true]);
  expect(cookieIn(done, 'confirm')).toBe('confirm=');
  // For a while no other code is needed; the same one is worth nothing.
  const again = await post(path, { cookie: `${renewed}; ${confirm}`, code });
  expect(again.status).toBe(422);
  const rest = await post('/account/sessions/end-others', { cookie: renewed });
  expect(toOf(rest)).toBe('303 /account?notice=sessions_ended');
  expect([await isOpen(other), await isOpen(renewed)]).toEqual([false, true]);
});

test('the own session ends without a code, however long ago it was opened', async () => {
  const own = await signIn(freshMobile());
  await leaveOpen(own);
  const [ownId = ''] = idsIn(await (await get('/account', own)).text());
  const done = await post(`/account/sessions/${ownId}/end`, { cookie: own });
  expect(toOf(done)).toBe('303 /?notice=signed_out');
});

test('a code that does not come is sent again, and the newer one counts too', async () => {
  const mobile = freshMobile();
  const lost = await signIn(mobile);
  const own = await signIn(mobile);
  await leaveOpen(own);
  const asked = await post('/account/sessions/end-others', { cookie: own });
  const cookie = `${own}; ${cookieIn(asked, 'confirm')}`;
  const before = await readMessages(site.db, { mobile });
  const resent = await post('/account/confirm/resend?end=others', { cookie });
  expect(toOf(resent)).toBe('303 /account/confirm?end=others&notice=code_sent');
  expect(await readMessages(site.db, { mobile })).toHaveLength(before.length + 1);
  const done = await post('/account/confirm?end=others', { cookie, code: await lastCode(mobile) });
  expect(toOf(done)).toBe('303 /account?notice=sessions_ended');
  expect(await isOpen(lost)).toBe(false);
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
  const captchaId = newCaptcha(site.deps).id;
  const asked = await post('/sign-in', {
    cookie: 'visit=1',
    mobile,
    captchaId,
    captcha: REAL_CAPTCHA,
  });
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
