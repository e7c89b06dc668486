/** Staff sign in at an identity provider: a real one, and the desk as the web process composes it. */
import { randomUUID } from 'node:crypto';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStaff, disableStaff } from '../../src/desk/staff/staff.sql.ts';
import { CLIENT, startIdentityProvider } from '../../src/testing/identity-provider.ts';
import type { TestIdentityProvider } from '../../src/testing/identity-provider.ts';
import { makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { makeTotpSecret } from '../../src/desk/staff/totp.ts';

const ORIGIN = 'http://desk.test';
const CALLBACK = '/staff/single-sign-on/callback';
let provider: TestIdentityProvider;
let home: RealHome;
let site: RealSite;

beforeAll(async () => {
  provider = await startIdentityProvider(`${ORIGIN}${CALLBACK}`);
  home = await makeRealHome();
  site = await startRealSite(home, { env: settings() });
});

afterAll(async () => {
  await site?.stop();
  await provider?.stop();
  await home?.remove();
});

const settings = (): Record<string, string> => ({
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT.id,
  OIDC_CLIENT_SECRET: CLIENT.secret,
  OIDC_NAME: 'ورود سازمان',
  OIDC_SECOND_FACTOR: 'mfa, hwk',
  RATE_LIMITS: 'off',
  STAFF_SECOND_FACTOR: 'required',
});

const addMember = async ({ totpSecret = null }: { totpSecret?: string | null } = {}): Promise<{
  id: string;
  username: string;
}> => {
  const id = randomUUID();
  const username = `m${id.slice(0, 8)}`;
  await addStaff(site.db, {
    id,
    username,
    name: 'کارشناس',
    role: 'reviewer',
    passwordHash: 'no password is right',
    totpSecret,
    unitIds: [],
  });
  return { id, username };
};

const get = (path: string, cookie = '', at = site): Promise<Response> =>
  Promise.resolve(at.app.request(`${ORIGIN}${path}`, { headers: { cookie, host: 'desk.test' } }));

const cookiesOf = (response: Response): Record<string, string> =>
  Object.fromEntries(
    response.headers.getSetCookie().map((set) => {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      return [name, value];
    }),
  );

/** Up to the moment when the provider sends the person back. */
const begin = async (): Promise<{ cookie: string; url: string }> => {
  const response = await get('/staff/single-sign-on');
  expect(response.status).toBe(303);
  const { sign_on: token = '' } = cookiesOf(response);
  expect(token).not.toBe('');
  return { cookie: `sign_on=${token}`, url: response.headers.get('location') ?? '' };
};

const signInAs = async (
  person: Partial<TestIdentityProvider['person']> & { username: string },
): Promise<Response> => {
  provider.person = { subject: `subject of ${person.username}`, amr: ['pwd', 'mfa'], ...person };
  const { cookie, url } = await begin();
  const back = await provider.signIn(url);
  expect(back.origin + back.pathname).toBe(`${ORIGIN}${CALLBACK}`);
  return get(back.pathname + back.search, cookie);
};

test('a member who is known at the provider, with a second factor there, is signed in', async () => {
  const { id, username } = await addMember();
  const response = await signInAs({ username });
  expect([response.status, response.headers.get('location')]).toEqual([303, '/staff']);
  const { staff_sid: token = '' } = cookiesOf(response);
  const queue = await get('/staff', `staff_sid=${token}`);
  expect(await queue.text()).toContain('کارشناس');
  const actions = await site.db<{ action: string }[]>`
    select action from audit_entries where actor = ${id} order by id`;
  expect(actions.map(({ action }) => action)).toEqual(['identity_linked', 'staff_signed_in']);
});

test('the sign-in page has the button of the provider, and the password beside it', async () => {
  const page = await (await get('/staff')).text();
  expect(page).toContain('ورود با ورود سازمان');
  expect(page).toContain('href="/staff/single-sign-on"');
  expect(page).toContain('name="password"');
});

test('without a second factor at the provider the desk asks for its own, or has one set up', async () => {
  const withOne = await addMember({ totpSecret: makeTotpSecret() });
  const asked = await signInAs({ username: withOne.username, amr: ['pwd'] });
  expect(asked.headers.get('location')).toBe('/staff/second-factor');
  expect(cookiesOf(asked)).not.toHaveProperty('staff_sid');
  const without = await addMember();
  const setUp = await signInAs({ username: without.username, amr: ['pwd'] });
  expect(setUp.headers.get('location')).toBe('/staff/account');
  expect(cookiesOf(setUp)).not.toHaveProperty('staff_sid');
});

test('who is no member, or a disabled one, is not signed in, and the page is the same', async () => {
  const stranger = await signInAs({ username: 'somebody-else' });
  const { id, username } = await addMember();
  await signInAs({ username });
  await disableStaff(site.db, id);
  const disabled = await signInAs({ username });
  for (const response of [stranger, disabled]) {
    expect(response.status).toBe(422);
    expect(cookiesOf(response)).not.toHaveProperty('staff_sid');
    expect(await response.text()).toContain('از آنِ هیچ‌یک از کارکنان این پیشخوان نیست');
  }
});

test('the link goes by the subject: a user name that is taken over at the provider opens nothing', async () => {
  const { username } = await addMember();
  expect((await signInAs({ username })).status).toBe(303);
  const taken = await signInAs({ username, subject: 'another subject' });
  expect(taken.status).toBe(422);
  const renamed = await signInAs({ username: 'renamed', subject: `subject of ${username}` });
  expect(renamed.headers.get('location')).toBe('/staff');
});

test('a callback is good once, in the browser that asked, and for its time', async () => {
  const { username } = await addMember();
  provider.person = { subject: `subject of ${username}`, username, amr: ['mfa'] };
  const over = '/staff?notice=sign_on_time_over';
  const first = await begin();
  const back = await provider.signIn(first.url);
  const path = back.pathname + back.search;
  expect((await get(path)).headers.get('location')).toBe(over);
  expect((await get(path, 'sign_on=guessed')).headers.get('location')).toBe(over);
  const both = await Promise.all([get(path, first.cookie), get(path, first.cookie)]);
  const locations = both.map((response) => response.headers.get('location'));
  expect(new Set(locations)).toEqual(new Set(['/staff', over]));
  const late = await begin();
  const lateBack = await provider.signIn(late.url);
  await site.db`update single_sign_ons set expires_at = now() - interval '1 second'`;
  const lateAnswer = await get(lateBack.pathname + lateBack.search, late.cookie);
  expect(lateAnswer.headers.get('location')).toBe(over);
});

const TAMPERED: [string, (search: URLSearchParams) => void][] = [
  ['another state', (search) => search.set('state', 'x'.repeat(43))],
  ['no state', (search) => search.delete('state')],
  ['another code', (search) => search.set('code', 'x'.repeat(43))],
  ['another issuer', (search) => search.set('iss', 'https://evil.test')],
  ['an error of the provider', (search) => (search.delete('code'), search.set('error', 'denied'))],
];

test.each(TAMPERED)('a callback with %s signs nobody in', async (_, change) => {
  const { username } = await addMember();
  provider.person = { subject: `subject of ${username}`, username, amr: ['mfa'] };
  const { cookie, url } = await begin();
  const back = await provider.signIn(url);
  change(back.searchParams);
  const response = await get(back.pathname + back.search, cookie);
  expect(response.status).toBe(422);
  expect(cookiesOf(response)).not.toHaveProperty('staff_sid');
});

test.each(['nonce', 'code_verifier'])(
  'an ID token for another %s signs nobody in',
  async (what) => {
    const { username } = await addMember();
    provider.person = { subject: `subject of ${username}`, username, amr: ['mfa'] };
    const { cookie, url } = await begin();
    const back = await provider.signIn(url);
    await site.db`update single_sign_ons set ${site.db(what)} = ${'y'.repeat(43)}`;
    const response = await get(back.pathname + back.search, cookie);
    expect(response.status).toBe(422);
    expect(cookiesOf(response)).not.toHaveProperty('staff_sid');
  },
);

test('where the person is sent afterwards is not asked of the address', async () => {
  const { username } = await addMember();
  provider.person = { subject: `subject of ${username}`, username, amr: ['mfa'] };
  const { cookie, url } = await begin();
  const back = await provider.signIn(url);
  const path = `${back.pathname}${back.search}&next=https://evil.test&return_to=//evil.test`;
  expect((await get(path, cookie)).headers.get('location')).toBe('/staff');
});

/** Signed in at the provider, so long ago that they have to prove again who they are. */
const signedInLongAgo = async ({
  totpSecret = null,
  amr = ['pwd', 'mfa'],
}: { totpSecret?: string | null; amr?: string[] } = {}): Promise<{
  id: string;
  username: string;
  session: string;
}> => {
  const { id, username } = await addMember({ totpSecret });
  const { staff_sid: token = '' } = cookiesOf(await signInAs({ username }));
  provider.person.amr = amr;
  await site.db`
    update sessions set proven_at = now() - interval '1 hour' where staff_id = ${id}`;
  return { id, username, session: `staff_sid=${token}` };
};

const CONFIRM = '/staff/account/confirm/single-sign-on?next=totp';

/** @param change of what the provider is asked, as somebody at that browser could */
const proveAgain = async (
  session: string,
  change: (asked: URL) => void = () => {},
): Promise<Response> => {
  const begun = await get(CONFIRM, session);
  expect(begun.status).toBe(303);
  const url = new URL(begun.headers.get('location') ?? '');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ prompt: 'login', max_age: '0' });
  change(url);
  const back = await provider.signIn(url.href);
  const { sign_on: token = '' } = cookiesOf(begun);
  return get(back.pathname + back.search, `${session}; sign_on=${token}`);
};

const NOT_CONFIRMED = '/staff/account/confirm?next=totp&notice=not_confirmed';

const actionsOf = async (id: string): Promise<string[]> => {
  const rows = await site.db<{ action: string }[]>`
    select action from audit_entries where actor = ${id} order by id`;
  return rows.map(({ action }) => action);
};

test('who has no password of the desk proves again at the provider who they are', async () => {
  const { id, session } = await signedInLongAgo();
  const totp = await get('/staff/account/totp', session);
  expect(totp.headers.get('location')).toBe('/staff/account/confirm?next=totp');
  const page = await (await get('/staff/account/confirm?next=totp', session)).text();
  expect(page).toContain('اثبات دوباره با ورود سازمان');
  expect(page).toContain(`href="${CONFIRM}"`);
  const confirmed = await proveAgain(session);
  expect(confirmed.headers.get('location')).toBe('/staff/account/totp');
  const { staff_sid: token = '' } = cookiesOf(confirmed);
  expect((await get('/staff/account/totp', `staff_sid=${token}`)).status).toBe(200);
  expect((await get('/staff/account', session)).headers.get('location')).toContain('sign_in_first');
  expect(await actionsOf(id)).toEqual(['identity_linked', 'staff_signed_in', 'staff_confirmed']);
});

test('who has a second factor at the desk only is asked for it, and not for a password', async () => {
  const totpSecret = makeTotpSecret();
  const { session } = await signedInLongAgo({ totpSecret, amr: ['pwd'] });
  const half = await proveAgain(session);
  expect(half.headers.get('location')).toBe('/staff/account/confirm?next=totp');
  expect(cookiesOf(half)).not.toHaveProperty('staff_sid');
  expect((await get('/staff/account/totp', session)).status).toBe(303);
  const page = await (await get('/staff/account/confirm?next=totp', session)).text();
  expect(page).toContain('گام دوم ورود مانده است');
  expect(page).not.toContain('name="password"');
  const send = (code: string): Promise<Response> =>
    Promise.resolve(
      site.app.request(`${ORIGIN}/staff/account/confirm?next=totp`, {
        method: 'POST',
        body: new URLSearchParams({ code }),
        headers: { cookie: session, origin: ORIGIN },
      }),
    );
  expect((await send('')).status).toBe(422);
  expect((await send('000000')).status).toBe(422);
  const right = await send(new TOTP({ secret: totpSecret }).generate());
  expect(right.headers.get('location')).toBe('/staff/account/totp');
});

const STALE: [string, (asked: URL) => void][] = [
  ['that did not ask anew', ({ searchParams }) => dropFresh(searchParams)],
  ['whose proof is older than the question', ({ searchParams }) => searchParams],
];

const dropFresh = (asked: URLSearchParams): void => {
  asked.delete('prompt');
  asked.delete('max_age');
};

test.each(STALE)('a provider %s proves nothing', async (what, change) => {
  const { id, session } = await signedInLongAgo();
  const begun = await get(CONFIRM, session);
  const url = new URL(begun.headers.get('location') ?? '');
  change(url);
  const back = await provider.signIn(url.href);
  if (what.includes('older'))
    await site.db`update single_sign_ons set asked_at = now() + interval '5 minutes'`;
  const { sign_on: token = '' } = cookiesOf(begun);
  const answer = await get(back.pathname + back.search, `${session}; sign_on=${token}`);
  expect(answer.headers.get('location')).toBe(NOT_CONFIRMED);
  expect(cookiesOf(answer)).not.toHaveProperty('staff_sid');
  expect((await actionsOf(id)).at(-1)).toBe('staff_confirmation_refused');
});

test('somebody else at the provider, or the answer in another browser, proves nothing', async () => {
  const { session } = await signedInLongAgo();
  const other = await signedInLongAgo();
  const crossed = await proveAgain(session);
  expect(crossed.headers.get('location')).toBe(NOT_CONFIRMED);
  const begun = await get(CONFIRM, other.session);
  const back = await provider.signIn(begun.headers.get('location') ?? '');
  const { sign_on: token = '' } = cookiesOf(begun);
  const path = back.pathname + back.search;
  const elsewhere = await get(path, `${session}; sign_on=${token}`);
  expect(elsewhere.headers.get('location')).toBe(NOT_CONFIRMED);
  expect((await get('/staff/account/totp', other.session)).status).toBe(303);
});

test('while the provider is away the page says so, and the password way stays open', async () => {
  const gone = await startIdentityProvider(`${ORIGIN}${CALLBACK}`);
  await gone.stop();
  const other = await startRealSite(home, { env: { ...settings(), OIDC_ISSUER: gone.issuer } });
  try {
    const response = await get('/staff/single-sign-on', '', other);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await response.text()).toContain('ورود یکپارچه پاسخ نمی‌دهد');
    expect((await get('/staff', '', other)).status).toBe(200);
  } finally {
    await other.stop();
  }
});

test('a link of another site begins neither a sign-in nor a proof', async () => {
  const { session } = await signedInLongAgo();
  const from = (path: string, where: string): Promise<Response> =>
    Promise.resolve(
      site.app.request(`${ORIGIN}${path}`, {
        headers: { cookie: session, 'sec-fetch-site': where },
      }),
    );
  for (const where of ['cross-site', 'same-site']) {
    const begun = await from('/staff/single-sign-on', where);
    expect(begun.headers.get('location')).toBe('/staff');
    expect((await from(CONFIRM, where)).headers.get('location')).toBe('/staff/account');
    expect(cookiesOf(begun)).not.toHaveProperty('sign_on');
  }
  const own = await from('/staff/single-sign-on', 'same-origin');
  expect(own.headers.get('location')).toContain(provider.issuer);
});

test('sign-ins that are only begun are limited by address', async () => {
  const env = { ...settings(), RATE_LIMITS: 'on', LIMITS: 'codesPerAddress=2' };
  const other = await startRealSite(home, { env });
  try {
    const statuses: number[] = [];
    for (let time = 0; time < 3; time += 1)
      statuses.push((await get('/staff/single-sign-on', '', other)).status);
    expect(statuses).toEqual([303, 303, 429]);
  } finally {
    await other.stop();
  }
});
