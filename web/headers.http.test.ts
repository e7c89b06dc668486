/**
 * What every answer carries and what every page keeps out, asked of each route of the router's own
 * list, so that a new route is asked too.
 */
import { expect, test } from 'vitest';
import { DomainError } from '../src/domain/errors.ts';
import { FAKE_STAFF, GOOD_CAPTCHA, GOOD_CODE, GOOD_PASSWORD } from '../src/testing/fake-desk.ts';
import { SIGN_ON_URL } from '../src/testing/fake-staff-access.ts';
import { addressOf, routesOf } from '../src/testing/routes.ts';
import type { Route } from '../src/testing/routes.ts';
import { APPLICANT, createTestSite, REVIEWER } from '../src/testing/web.ts';
import type { TestSite } from '../src/testing/web.ts';
import { PAGE_POLICY } from './middleware/security-headers.ts';

const SIGNED_IN = { cookie: `${APPLICANT.cookie}; staff_sid=staff-admin` };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const COMMON = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'otp-credentials=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
const PRIVATE = { ...COMMON, 'cache-control': 'no-store', 'content-security-policy': PAGE_POLICY };
const DOWNLOAD = { ...PRIVATE, 'content-security-policy': "sandbox; default-src 'none'" };
/** An SVG may look like a page: nothing in it runs. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const STATIC = { ...PRIVATE, 'cache-control': 'public, max-age=31536000, immutable' };
const PICTURE = { ...STATIC, 'content-security-policy': SVG_POLICY };

const chosen = ({ headers }: Response): Record<string, string | null> =>
  Object.fromEntries(Object.keys(PRIVATE).map((name) => [name, headers.get(name)]));

/** A letter with everything on it, and the addresses of all routes for it. */
const siteWithLetter = (config: Parameters<typeof createTestSite>[0] = {}) => {
  const site = createTestSite(config);
  const file = { name: 'نامه.pdf', type: 'pdf' as const, bytes: 8, sha256: 'c'.repeat(64) };
  const at = new Date();
  const { id } = site.fake.addLetter({
    status: 'approved',
    step: 'answered',
    file,
    replies: 1,
    replyList: [
      {
        number: 1,
        text: 'پاسخ',
        at,
        unit: 'واحد',
        file,
        preview: { state: 'made', kind: 'pages', pages: [{ width: 1, height: 1 }], total: 1 },
      },
    ],
    round: 2,
    versions: [{ round: 1, subject: 'موضوع', addressedUnit: 'واحد', replacedAt: at, file }],
  });
  const pageOf = (route: Route): string =>
    addressOf(route.path, {
      id,
      number: '1',
      page: '1',
      file: 'captcha.x.png',
      sound: 'captcha.x.wav',
      passkey: site.fake.staffAccess.account.passkeys[0]?.id ?? '',
      session: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f11',
      unit: site.fake.units[0]?.id ?? '',
      member: FAKE_STAFF.reviewer.id,
      reason: site.fake.stockReasons[0]?.id ?? '',
      round: '1',
      receipt: 'x',
      '*': 'none.css',
    });
  return { ...site, id, pageOf, routes: routesOf(site.app) };
};

const SIGN_ON_ROUTES = new Set([
  'GET /staff/single-sign-on',
  'GET /staff/account/confirm/single-sign-on',
]);

/** A text that does not say in which characters it is written; JSON is always UTF-8. */
const withoutCharset = ({ headers }: Response): boolean => {
  const type = headers.get('content-type') ?? '';
  return /^text\/|[/+]xml\b|javascript/.test(type) && !/; ?charset=utf-8$/i.test(type);
};

const FIELDS = {
  mobile: '09123456789',
  captcha: GOOD_CAPTCHA,
  captchaId: 'x',
  code: GOOD_CODE,
  username: 'maryam',
  password: GOOD_PASSWORD,
  reason: 'دلیل',
  note: 'یادداشت',
  replyText: 'پاسخ',
  referText: 'ارجاع',
};

const ask = (
  site: Pick<TestSite, 'app' | 'origin'>,
  route: Route,
  address: string,
  headers: Record<string, string> = {},
): Promise<Response> =>
  Promise.resolve(
    site.app.request(`${site.origin}${address}`, {
      method: route.method,
      headers: { origin: site.origin, ...headers },
      ...(route.method === 'POST' && { body: new URLSearchParams(FIELDS) }),
    }),
  );

/** The same for everybody, and kept by browsers. */
const OPEN_TO_ALL: Record<string, object> = {
  'GET /.well-known/security.txt': { 'cache-control': 'public, max-age=86400' },
};

test('every route answers with exactly the headers of its kind, signed in and out', async () => {
  const site = siteWithLetter();
  const kinds = new Set<string>();
  for (const route of site.routes) {
    for (const who of [{}, SIGNED_IN]) {
      const response = await ask(site, route, site.pageOf(route), who);
      const type = response.headers.get('content-type')?.split(';')[0] ?? 'none';
      const isDownload = response.headers.has('content-disposition');
      // Of a file, though shown in a page of the desk.
      const isPicture = type === 'image/webp';
      const own = isDownload || isPicture ? DOWNLOAD : PRIVATE;
      const expected = { ...own, ...OPEN_TO_ALL[route.name] };
      expect([route.name, chosen(response)]).toEqual([route.name, expected]);
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      for (const name of ['x-powered-by', 'server', 'access-control-allow-origin'])
        expect(response.headers.has(name)).toBe(false);
      expect([route.name, withoutCharset(response)]).toEqual([route.name, false]);
      kinds.add(type);
    }
  }
  expect([...kinds].sort()).toEqual([
    'application/json',
    'application/pdf',
    'application/problem+json',
    'audio/wav',
    'image/png',
    'image/webp',
    'none',
    'text/csv',
    'text/event-stream',
    'text/html',
    'text/plain',
  ]);
});

test('style, font and icon have the same headers, and are kept for ever', async () => {
  const { get } = createTestSite();
  const html = await (await get('/')).text();
  const paths = [...html.matchAll(/href="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(paths.map((path) => path.replace(/-[0-9a-f]{12}/, ''))).toEqual([
    '/assets/vazirmatn.woff2',
    '/assets/desk.css',
    '/assets/icon.svg',
    '/assets/manifest-fa.webmanifest',
  ]);
  for (const path of paths) {
    const response = await get(path);
    expect(chosen(response)).toEqual(path.endsWith('.svg') ? PICTURE : STATIC);
    expect([path, withoutCharset(response)]).toEqual([path, false]);
  }
});

test('every error has the headers of a page', async () => {
  const site = siteWithLetter();
  const { get, post, app, fake, origin, id } = site;
  const form = new URLSearchParams({ reason: 'x' });
  const failing = async (fault: Error): Promise<Response> => {
    fake.desk.listLetters = () => Promise.reject(fault);
    return get('/letters', APPLICANT);
  };
  const answers: [number, Response][] = [
    [400, await post('/sign-in', new FormData(), { 'content-type': 'multipart/form-data' })],
    [403, await post('/sign-in', form, { origin: 'http://evil.test' })],
    [404, await get('/nowhere')],
    [409, await post(`/staff/letters/${id}/rejection`, form, REVIEWER)],
    [413, await post('/sign-in', new URLSearchParams({ mobile: '9'.repeat(200_000) }))],
    [415, await app.request(`${origin}/sign-in`, { method: 'POST', body: '{}' })],
    [421, await app.request('http://evil.test/')],
    [422, await post('/sign-in', new URLSearchParams({ mobile: '', captcha: '' }))],
    [429, await failing(new DomainError('too_many', { seconds: '7' }))],
    [500, await failing(new Error('broken'))],
    [503, await failing(new DomainError('unavailable'))],
  ];
  for (const [status, response] of answers) {
    expect(response.status).toBe(status);
    expect([status, chosen(response)]).toEqual([status, PRIVATE]);
  }
});

test('with an https address every answer asks for https, with an http one none does', async () => {
  const site = siteWithLetter({ publicOrigin: 'https://desk.test' });
  for (const route of site.routes) {
    const { headers } = await ask(site, route, site.pageOf(route), SIGNED_IN);
    expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
  }
  const plain = await createTestSite().get('/');
  expect(plain.headers.has('strict-transport-security')).toBe(false);
});

test('no page of any route has anything inline that the policy would refuse', async () => {
  const site = siteWithLetter();
  let pages = 0;
  for (const route of site.routes) {
    for (const who of [{}, SIGNED_IN, APPLICANT, REVIEWER]) {
      for (const language of ['fa', 'en']) {
        const address = `${site.pageOf(route)}?lang=${language}&latest=1&notice=submitted`;
        const response = await ask(site, route, address, who);
        if (!response.headers.get('content-type')?.startsWith('text/html')) continue;
        pages += 1;
        const html = await response.text();
        expect(html).not.toMatch(
          /<script(?! type="module" src="\/assets\/[^"]+"><\/script>)|<style|<base|<iframe|<object|<embed|\sstyle=|\son[a-z]+=|javascript:/i,
        );
        // Nothing is loaded from elsewhere.
        expect(html).not.toMatch(/<(link|img|source|audio|video)[^>]+(href|src)="(?!\/[^/])/i);
      }
    }
  }
  expect(pages).toBeGreaterThan(60);
});

const cookiesOf = (response: Response): string[] => response.headers.getSetCookie();

const allCookies = async (origin: string): Promise<string[]> => {
  const site = createTestSite({ publicOrigin: origin });
  const { get, post } = site;
  const prefix = origin.startsWith('https:') ? '__Host-' : '';
  const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);
  const forged = { 'x-forwarded-proto': origin.startsWith('https:') ? 'http' : 'https' };
  const answers = [
    await get('/?lang=en', forged),
    await post('/sign-in', form({ ...FIELDS }), forged),
    await post('/sign-in/code', form({ code: GOOD_CODE }), { cookie: `${prefix}challenge=x` }),
    await post('/sign-out', form({ a: '1' }), { cookie: `${prefix}sid=x` }),
    await post('/staff/sign-in', form({ username: 'maryam', password: GOOD_PASSWORD })),
    await post('/staff/sign-in', form({ username: 'totp', password: GOOD_PASSWORD })),
    await post('/staff/second-factor', form({ code: GOOD_CODE }), {
      cookie: `${prefix}staff_pending=x`,
    }),
    await post('/staff/sign-out', form({ a: '1' }), { cookie: `${prefix}staff_sid=x` }),
    await post('/staff/keys', form({ keys: 'off' }), { cookie: `${prefix}staff_sid=staff-admin` }),
    await post('/account/sessions/end-others', form({ a: '1' }), {
      cookie: `${prefix}${APPLICANT.cookie}`,
    }),
  ];
  return answers.flatMap(cookiesOf);
};

const NAMES = [
  'challenge',
  'confirm',
  'keys',
  'known',
  'lang',
  'next',
  'parked',
  'sid',
  'staff_known',
  'staff_pending',
  'staff_sid',
  'visit',
];

test('with an https address every cookie is bound to the host and to https', async () => {
  const cookies = await allCookies('https://desk.test');
  const names = new Set(cookies.map((cookie) => cookie.split('=')[0] ?? ''));
  expect([...names].sort()).toEqual(NAMES.map((name) => `__Host-${name}`));
  for (const cookie of cookies) {
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).toMatch(/; Secure/);
    expect(cookie).not.toMatch(/Domain/i);
  }
});

test('with an http address the cookies work without https, whatever is forwarded', async () => {
  const cookies = await allCookies('http://localhost:3000');
  const names = new Set(cookies.map((cookie) => cookie.split('=')[0] ?? ''));
  expect([...names].sort()).toEqual(NAMES);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).not.toMatch(/Secure|Domain/i);
  }
});

test('a token is taken from its own cookie only', async () => {
  const { get } = createTestSite();
  const token = APPLICANT.cookie;
  expect((await get(`/letters?${token}`)).status).toBe(303);
  expect((await get('/letters', { authorization: `Bearer ${token}` })).status).toBe(303);
  const secure = createTestSite({ publicOrigin: 'https://desk.test' });
  // A cookie that a neighbouring host or plain http could plant has another name.
  expect((await secure.get('/letters', APPLICANT)).status).toBe(303);
  expect((await secure.get('/letters', { cookie: `__Host-${token}` })).status).toBe(200);
});

test('no form that another site sends does anything, at any route', async () => {
  const site = siteWithLetter();
  const called: string[] = [];
  for (const name of Object.keys(site.fake.desk) as (keyof typeof site.fake.desk)[]) {
    const act = site.fake.desk[name] as (...all: unknown[]) => unknown;
    Object.assign(site.fake.desk, {
      [name]: (...all: unknown[]) => {
        // Whether there is a set-up page at all is asked before.
        if (name !== 'mayBeSetUp') called.push(name);
        return act(...all);
      },
    });
  }
  const own = site.origin;
  const attacks: [number, Record<string, string>][] = [
    [403, { ...FORM, origin: 'http://evil.test' }],
    [403, { ...FORM, origin: 'http://desk.test.evil.test' }],
    [403, { ...FORM, origin: 'https://desk.test' }],
    [403, { ...FORM, origin: 'http://desk.test:81' }],
    [403, { ...FORM, origin: 'null' }],
    [403, { ...FORM, origin: 'null', referer: `${own}/` }],
    [403, FORM],
    [403, { ...FORM, origin: 'http://evil.test', 'sec-fetch-site': 'same-origin' }],
    [403, { ...FORM, 'sec-fetch-site': 'cross-site' }],
    [403, { ...FORM, 'sec-fetch-site': 'same-site' }],
    [403, { ...FORM, 'sec-fetch-site': 'none' }],
    [403, { 'content-type': 'multipart/form-data; boundary=x', origin: 'http://evil.test' }],
    [415, { 'content-type': 'application/json', origin: 'http://evil.test' }],
    [415, { 'content-type': 'application/json', origin: own }],
    [415, { 'content-type': 'text/plain', origin: own }],
    [415, { 'content-type': 'application/x-www-form-urlencodedx', origin: own }],
    [415, { 'content-type': '', origin: own }],
  ];
  // What takes no form has attacks of its own: {receipts,codec,csp-reports,api/api}.http.test.ts.
  const posts = site.routes.filter(
    ({ method, path }) => method !== 'GET' && !/^\/(sms|staff\/codec|csp-reports|api)\b/.test(path),
  );
  expect(posts.length).toBeGreaterThan(10);
  for (const route of posts) {
    for (const [status, headers] of attacks) {
      const response = await site.app.request(`${own}${site.pageOf(route)}`, {
        method: route.method,
        body: Buffer.from('code=1&reason=x'),
        headers: { ...SIGNED_IN, ...headers },
      });
      expect([route.name, headers, response.status]).toEqual([route.name, headers, status]);
    }
  }
  expect(called).toEqual([]);
});

test('an own form is known by its origin, or by what the browser says of the site', async () => {
  const { app, origin } = createTestSite();
  const send = async (headers: Record<string, string>): Promise<number> =>
    (await app.request(`${origin}/sign-in/picture`, { method: 'POST', body: 'a=1', headers }))
      .status;
  expect(await send({ ...FORM, origin })).toBe(200);
  expect(await send({ ...FORM, 'sec-fetch-site': 'same-origin' })).toBe(200);
});

const ELSEWHERE = [
  '//evil.test',
  '\\\\evil.test',
  '/\\evil.test',
  'https://evil.test',
  'javascript:alert(1)',
  '%2f%2fevil.test',
  '@evil.test',
];

/** Addresses that a page leads to; each must stay on this site. */
const leadsTo = (html: string): string[] =>
  [...html.matchAll(/\s(?:href|action|formaction|src)="([^"]*)"/g)].map(([, to = '']) => to);

test('no route leads to another site, whatever stands in the address', async () => {
  const site = siteWithLetter();
  const names = ['next', 'return', 'returnTo', 'redirect', 'url', 'continue', 'notice', 'code'];
  for (const route of site.routes) {
    for (const to of ELSEWHERE) {
      const query = names.map((name) => `${name}=${encodeURIComponent(to)}`).join('&');
      for (const who of [{}, SIGNED_IN]) {
        const response = await ask(site, route, `${site.pageOf(route)}?${query}`, who);
        const location = response.headers.get('location') ?? '/';
        // The identity provider's own address, from the settings.
        if (SIGN_ON_ROUTES.has(route.name) && !location.startsWith('/'))
          expect(location).toBe(SIGN_ON_URL);
        else expect(location).toMatch(/^\/(?![/\\])/);
        if (!response.headers.get('content-type')?.startsWith('text/html')) continue;
        for (const link of leadsTo(await response.text())) expect(link).toMatch(/^(\/(?!\/)|#)/);
      }
    }
  }
});

test('an address that begins with another host is not passed on into a link', async () => {
  const { app, origin } = createTestSite();
  for (const path of ['//evil.test/', '///evil.test', '/\\evil.test/', '//evil.test/%2e%2e']) {
    const response = await app.request(`${origin}${path}`);
    expect(response.status).toBe(404);
    for (const link of leadsTo(await response.text())) expect(link).toMatch(/^(\/(?!\/)|#)/);
  }
});

test('a made-up ending makes an address that does not exist', async () => {
  const site = siteWithLetter();
  // Of other systems: nothing is told without a key, not even that it is not there.
  const pages = site.routes.filter(
    ({ method, path }) => method === 'GET' && !path.startsWith('/api/v1/'),
  );
  for (const route of pages) {
    for (const ending of ['.css', '.js', '/x.css', ';.css', '%00.css']) {
      const response = await ask(site, route, `${site.pageOf(route)}${ending}`, SIGNED_IN);
      expect([route.name, ending, response.status]).toEqual([route.name, ending, 404]);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  }
});

test('a fault in any handler shows its number only, and the log has the rest', async () => {
  const reading = new Set(['findApplicant', 'findStaff']);
  const site = siteWithLetter();
  const secret = 'password authentication failed at 10.0.0.5';
  const fail = (): never => {
    throw new Error(secret);
  };
  for (const name of Object.keys(site.fake.desk))
    if (!reading.has(name))
      Object.assign(site.fake.desk, { [name]: name === 'newCaptcha' ? fail : async () => fail() });
  const faults: string[] = [];
  for (const route of site.routes) {
    for (const who of [{ cookie: 'challenge=x; staff_pending=x' }, SIGNED_IN]) {
      const response = await ask(site, route, site.pageOf(route), who);
      const text = await response.text();
      expect(text).not.toContain(secret);
      expect(text).not.toMatch(/\.tsx?:\d+|node_modules|Error:/);
      if (response.status !== 500) continue;
      faults.push(route.name);
      expect(text).toContain(response.headers.get('x-request-id'));
    }
  }
  expect(new Set(faults).size).toBeGreaterThan(20);
  const told = site.log.filter(({ message }) => message === 'the request failed');
  expect(told).toHaveLength(faults.length);
});
