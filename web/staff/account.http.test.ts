/** How staff get in, and their own account, over HTTP. */
import { randomUUID } from 'node:crypto';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addStaff } from '../../src/desk/staff/staff.sql.ts';
import { createAuthenticator } from '../../src/testing/authenticator.ts';
import { makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { addressOf, routesOf } from '../../src/testing/routes.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { hashPassword } from '../../src/desk/staff/passwords.ts';
import { findStaff } from '../../src/desk/staff/staff-sessions.ts';

const OPERATORS = 'correct horse battery';
const OWN = 'gav-abi-19-parande-tond';
const ORIGIN = 'http://desk.test';

const form = (fields: Record<string, string>): URLSearchParams =>
  new URLSearchParams({ unused: '1', ...fields });

/** Keeps cookies as a browser does. */
const createBrowser = (app: { request: RealSite['app']['request'] }) => {
  const jar = new Map<string, string>();
  const ask = async (path: string, body?: URLSearchParams): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await app.request(`${ORIGIN}${path}`, {
      headers: { cookie, origin: ORIGIN, 'user-agent': 'Firefox/145.0 (Windows)' },
      ...(body && { method: 'POST', body }),
    });
    for (const set of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      if (/Max-Age=0/i.test(set)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  return { jar, ask };
};

const to = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location') ?? ''}`.trim();

const fieldOf = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';

const secretOf = (html: string): string =>
  (/class="code secret">([^<]+)</.exec(html)?.[1] ?? '').replaceAll(' ', '');

const codeOf = (secret: string, ahead = 0): string =>
  new TOTP({ secret }).generate({ timestamp: Date.now() + ahead * 30_000 });

describe('where a second factor is required', () => {
  let home: RealHome;
  let site: RealSite;

  beforeAll(async () => {
    home = await makeRealHome();
    const env = { RATE_LIMITS: 'off', STAFF_SECOND_FACTOR: 'required' };
    site = await startRealSite(home, { env });
  });
  afterAll(async () => {
    await site.stop();
    await home.remove();
  });

  const addMember = async (): Promise<string> => {
    const id = randomUUID();
    const username = `u${id.slice(0, 8)}`;
    await addStaff(site.db, {
      id,
      username,
      name: 'کارشناس',
      role: 'admin',
      passwordHash: await hashPassword(OPERATORS),
      totpSecret: null,
      unitIds: [],
      oneTimeHours: 72,
    });
    return username;
  };

  const enter = async () => {
    const username = await addMember();
    const browser = createBrowser(site.app);
    const answer = await browser.ask('/staff/sign-in', form({ username, password: OPERATORS }));
    expect(to(answer)).toBe('303 /staff/account');
    expect(browser.jar.has('staff_sid')).toBe(false);
    return { username, ...browser };
  };

  const setUpTotp = async ({ ask }: ReturnType<typeof createBrowser>) => {
    const html = await (await ask('/staff/account/totp')).text();
    const secret = secretOf(html);
    const body = form({ setup: fieldOf(html, 'setup'), code: codeOf(secret, -1) });
    return { secret, answer: await ask('/staff/account/totp', body) };
  };

  /** Answers in a first set-up; every other route of staff leads to it. */
  const IN_SETUP: Record<string, string> = {
    'GET /staff/account': '200',
    'GET /staff/account/password': '200',
    'POST /staff/account/password': '422',
    'GET /staff/account/totp': '200',
    'POST /staff/account/totp': '422',
    'GET /staff/account/passkeys': '200',
    'GET /staff/account/passkeys/options': '200',
    'POST /staff/account/passkeys': '422',
    // Open to everybody.
    'GET /staff/sign-in': '303 /staff',
    'POST /staff/sign-in': '422',
    'POST /staff/sign-out': '303 /staff?notice=signed_out',
    // Of a desk that has an administrator.
    'GET /staff/setup': '404',
    'POST /staff/setup': '404',
    // Of the engine's tools: known by the session alone.
    'POST /staff/codec/decode': '403',
    'POST /staff/codec/encode': '403',
  };

  test('a first set-up opens nothing but itself: every other route of staff leads there', async () => {
    const found: Record<string, string> = {};
    const expected: Record<string, string> = {};
    const routes = routesOf(site.app).filter(
      ({ path, method }) => /^\/staff(\/|$)/.test(path) && (method === 'GET' || method === 'POST'),
    );
    expect(routes.length).toBeGreaterThan(40);
    const { username } = await enter();
    for (const { name, path, method } of routes) {
      // One of its own for each: some end it.
      const { ask } = createBrowser(site.app);
      await ask('/staff/sign-in', form({ username, password: OPERATORS }));
      const named = [...path.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter);
      const ids = Object.fromEntries(named.map((parameter) => [parameter, randomUUID()]));
      const address = addressOf(path, ids);
      found[name] = to(await ask(address, method === 'POST' ? form({}) : undefined));
      expected[name] = IN_SETUP[name] ?? '303 /staff/account';
    }
    expect(found).toEqual(expected);
  }, 120_000);

  test('a new member chooses a password, sets up one-time codes, and gets recovery codes', async () => {
    const browser = await enter();
    const { ask, jar, username } = browser;
    const pending = jar.get('staff_pending') ?? '';
    const setup = await (await ask('/staff/account')).text();
    expect(setup).toContain('راه‌اندازی حساب');
    expect(setup.match(/data-step="left"/g)).toHaveLength(2);
    // Nobody is stopped from leaving.
    expect(setup).toContain('action="/staff/sign-out"');
    const chosen = form({ current: OPERATORS, password: OWN });
    expect(to(await ask('/staff/account/password', chosen))).toBe(
      '303 /staff/account?notice=password_changed',
    );
    const { answer } = await setUpTotp(browser);
    expect(to(answer)).toBe('303 /staff/account/recovery-codes?notice=setup_done');
    expect(jar.has('staff_pending')).toBe(false);
    expect(jar.get('staff_sid')).not.toBe(pending);
    expect((await ask('/staff')).status).toBe(200);

    const codes = await (await ask('/staff/account/recovery-codes', form({}))).text();
    const shown = [...codes.matchAll(/class="code">([0-9A-Z-]{29})</g)].map(
      ([, code = '']) => code,
    );
    expect(new Set(shown).size).toBe(10);
    const later = await (await ask('/staff/account')).text();
    for (const code of shown) expect(later).not.toContain(code);

    // At the next sign-in, one of them stands in for the telephone, once.
    const next = createBrowser(site.app);
    const signIn = form({ username, password: OWN });
    expect(to(await next.ask('/staff/sign-in', signIn))).toBe('303 /staff/second-factor');
    const recovery = form({ code: shown[0] ?? '' });
    expect(to(await next.ask('/staff/second-factor/recovery', recovery))).toBe('303 /staff');
    const third = createBrowser(site.app);
    await third.ask('/staff/sign-in', signIn);
    const again = await third.ask('/staff/second-factor/recovery', recovery);
    expect(again.status).toBe(422);
    expect(await again.text()).toContain('پیش‌تر به کار رفته است');
  });

  test('a form that is sent during a first set-up is there after it', async () => {
    const browser = await enter();
    const name = 'واحد تازه‌ی من';
    const early = await browser.ask('/staff/admin/units/new', form({ name }));
    expect(to(early)).toBe('303 /staff/account');
    await browser.ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    await setUpTotp(browser);
    const page = await browser.ask('/staff/admin/units/new');
    expect([page.status, (await page.text()).includes(name)]).toEqual([200, true]);
  });

  test('a sign-in ends the session that the same browser had before', async () => {
    const browser = await enter();
    const { ask, jar, username } = browser;
    await ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    const { secret } = await setUpTotp(browser);
    const before = jar.get('staff_sid') ?? '';
    await ask('/staff/sign-in', form({ username, password: OWN }));
    const done = await ask('/staff/second-factor', form({ code: codeOf(secret) }));
    expect(to(done)).toBe('303 /staff');
    expect(jar.get('staff_sid')).not.toBe(before);
    expect(await findStaff(site.deps, before)).toBeUndefined();
  });

  test('a step whose time is over leads to the start, with a word', async () => {
    const browser = await enter();
    const { ask, username } = browser;
    await ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    await setUpTotp(browser);
    const next = createBrowser(site.app);
    await next.ask('/staff/sign-in', form({ username, password: OWN }));
    await site.db`update staff_sign_ins set expires_at = now()`;
    expect(to(await next.ask('/staff/second-factor', form({ code: '1' })))).toBe('303 /staff');
    expect(to(await next.ask('/staff/account'))).toBe('303 /staff?notice=sign_in_first');
  });

  test('a passkey is added, named, used and kept as the last factor', async () => {
    const browser = await enter();
    const { ask, username } = browser;
    await ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    const key = createAuthenticator({ origin: ORIGIN });
    const options = (await (await ask('/staff/account/passkeys/options')).json()) as object;
    const add = form({ name: 'تلفن اداری', answer: key.create(options) });
    expect(to(await ask('/staff/account/passkeys', add))).toBe(
      '303 /staff/account/recovery-codes?notice=setup_done',
    );
    const account = await (await ask('/staff/account')).text();
    expect(account).toContain('تلفن اداری');
    const removal = /\/staff\/account\/passkeys\/[0-9a-f-]{36}\/removal/.exec(account)?.[0] ?? '';
    expect(to(await ask(removal, form({})))).toBe('303 /staff/account?notice=last_factor');

    const next = createBrowser(site.app);
    await next.ask('/staff/sign-in', form({ username, password: OWN }));
    const html = await (await next.ask('/staff/second-factor')).text();
    expect(html).toContain('data-passkey="get"');
    expect(html).not.toContain('کد یک‌بار مصرف</label>');
    const asked = (await (await next.ask('/staff/second-factor/passkey')).json()) as object;
    const answer = key.get(asked);
    expect(to(await next.ask('/staff/second-factor/passkey', form({ answer })))).toBe('303 /staff');
  });

  test('one changes what is one’s own only, and after a while only who proves it again', async () => {
    const one = await enter();
    await one.ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    const { secret } = await setUpTotp(one);
    const key = createAuthenticator({ origin: ORIGIN });
    const options = (await (await one.ask('/staff/account/passkeys/options')).json()) as object;
    await one.ask('/staff/account/passkeys', form({ answer: key.create(options) }));
    const account = await (await one.ask('/staff/account')).text();
    const passkey = /\/staff\/account\/passkeys\/[0-9a-f-]{36}/.exec(account)?.[0] ?? '';
    const session = /\/staff\/account\/sessions\/[0-9a-f-]{36}\/end/.exec(account)?.[0] ?? '';

    const other = await enter();
    await other.ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    await setUpTotp(other);
    for (const path of [`${passkey}/name`, `${passkey}/removal`])
      expect((await other.ask(path, form({ name: 'x' }))).status).toBe(404);
    expect(to(await other.ask(session, form({})))).toBe('303 /staff/account?notice=sessions_ended');
    expect((await one.ask('/staff/account')).status).toBe(200);

    await site.db`update sessions set proven_at = now() - interval '11 minutes'`;
    const confirm = '/staff/account/confirm?next=recovery-codes';
    expect(to(await one.ask('/staff/account/recovery-codes', form({})))).toBe(`303 ${confirm}`);
    const wrong = await one.ask(confirm, form({ password: 'x', code: codeOf(secret, 1) }));
    expect(wrong.status).toBe(422);
    const before = one.jar.get('staff_sid');
    const right = await one.ask(confirm, form({ password: OWN, code: codeOf(secret, 1) }));
    expect(to(right)).toBe('303 /staff/account/recovery-codes');
    expect(one.jar.get('staff_sid')).not.toBe(before);
    expect((await one.ask('/staff/account/recovery-codes')).status).toBe(200);
  });

  test('one’s own sessions are shown in words and ended', async () => {
    const browser = await enter();
    const { ask, jar, username } = browser;
    await ask('/staff/account/password', form({ current: OPERATORS, password: OWN }));
    const { secret } = await setUpTotp(browser);
    const second = createBrowser(site.app);
    await second.ask('/staff/sign-in', form({ username, password: OWN }));
    await second.ask('/staff/second-factor', form({ code: codeOf(secret) }));
    const html = await (await ask('/staff/account')).text();
    expect(html.match(/فایرفاکس روی ویندوز/g)?.length).toBeGreaterThanOrEqual(2);
    expect(html.match(/همین نشست/g)).toBeTruthy();
    for (const token of [jar.get('staff_sid') ?? '', second.jar.get('staff_sid') ?? ''])
      expect(html).not.toContain(token);
    expect(to(await ask('/staff/account/sessions/end-others', form({})))).toBe(
      '303 /staff/account?notice=sessions_ended',
    );
    expect(to(await second.ask('/staff/account'))).toBe('303 /staff?notice=sign_in_first');
    const own = /\/staff\/account\/sessions\/[0-9a-f-]{36}\/end/.exec(
      await (await ask('/staff/account')).text(),
    )?.[0];
    expect(to(await ask(own ?? '', form({})))).toBe('303 /staff?notice=signed_out');
    expect(jar.has('staff_sid')).toBe(false);
  });
});

describe('where a second factor is not required', () => {
  let site: TestSite;

  beforeAll(async () => {
    site = await openTestSite();
  });
  afterAll(() => site?.stop());

  const signedIn = async () => {
    const { cookie } = await site.addMember('reviewer', { password: OWN });
    return { cookie };
  };

  test('what is wrong is said at the field, nothing secret comes back, and the key stays', async () => {
    const { get, post } = site;
    const who = await signedIn();
    const typed = form({ current: 'no', password: 'a-new-secret-one' });
    const password = await post('/staff/account/password', typed, who);
    expect(password.status).toBe(422);
    const html = await password.text();
    expect(html).toContain('href="#current"');
    expect(html).not.toContain('a-new-secret-one');
    const page = await (await get('/staff/account/totp', who)).text();
    const setup = fieldOf(page, 'setup');
    const wrong = await post('/staff/account/totp', form({ setup, code: '000000' }), who);
    expect(wrong.status).toBe(422);
    const shown = await wrong.text();
    expect(fieldOf(shown, 'setup')).toBe(setup);
    expect(secretOf(shown)).toBe(secretOf(page));
    expect(shown).toContain('href="#code"');
    const code = codeOf(secretOf(page));
    const expired = await post('/staff/account/totp', form({ setup: 'too old', code }), who);
    expect(await expired.text()).toContain('مهلت این نقش گذشت');
  });

  test('a confirmation leads only to pages of the account', async () => {
    const led = async (next: string): Promise<string> => {
      const path = `/staff/account/confirm?next=${encodeURIComponent(next)}`;
      return to(await site.post(path, form({ password: OWN }), await signedIn()));
    };
    expect(await led('totp')).toBe('303 /staff/account/totp');
    for (const next of [
      '//evil.test',
      'https://evil.test',
      '/letters',
      '__proto__',
      'toString',
      '',
    ])
      expect(await led(next)).toBe('303 /staff/account');
  });

  test('without a passkey the second step has no script; with one it works without it', async () => {
    const browser = createBrowser(site.app);
    const { username } = await site.addMember('reviewer', {
      password: OWN,
      totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    });
    const password = form({ username, password: OWN });
    const secondStep = async (): Promise<string> => {
      expect(to(await browser.ask('/staff/sign-in', password))).toBe('303 /staff/second-factor');
      return (await browser.ask('/staff/second-factor')).text();
    };
    const code = await secondStep();
    expect(code).not.toContain('<script');
    expect(code).toContain('کد یک‌بار مصرف');

    const right = form({ code: codeOf('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP') });
    expect(to(await browser.ask('/staff/second-factor', right))).toBe('303 /staff');
    const key = createAuthenticator({ origin: ORIGIN });
    const options = (await (await browser.ask('/staff/account/passkeys/options')).json()) as object;
    await browser.ask('/staff/account/passkeys', form({ answer: key.create(options) }));
    await browser.ask('/staff/account/recovery-codes', form({}));
    const both = await secondStep();
    expect(both).toMatch(/<script type="module" src="\/assets\/passkey-[0-9a-f]+\.js">/);
    expect(both).toMatch(/<form[^>]*data-passkey="get"[^>]*hidden/);
    expect(both).toContain('گذرکلید در این مرورگر کار نمی‌کند');
    expect(both).toContain('href="/staff/second-factor/recovery"');
  });

  test('the QR code holds the address of the secret, drawn without style or script', async () => {
    const html = await (await site.get('/staff/account/totp', await signedIn())).text();
    const picture = /<svg class="qr-code".*?<\/svg>/s.exec(html)?.[0] ?? '';
    expect(picture).toContain('role="img"');
    expect(picture.match(/h1v1h-1z/g)?.length).toBeGreaterThan(200);
    expect(picture).not.toMatch(/style=|<script|href=/);
    expect(secretOf(html)).toMatch(/^[A-Z2-7]{32}$/);
  });
});
