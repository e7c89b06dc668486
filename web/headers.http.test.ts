/**
 * What every answer carries and what every page keeps out, asked of each route of the router's own
 * list, so that a new route is asked too.
 */
import { randomUUID } from 'node:crypto';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publicText } from '../src/platform/base/audience.ts';
import { readMessages } from '../src/testing/messages.ts';
import { cookieOf, freshMobile, REAL_CAPTCHA } from '../src/testing/real-site.ts';
import { addressOf, routesOf } from '../src/testing/routes.ts';
import type { Route } from '../src/testing/routes.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { SiteApplicant, SiteMember } from '../src/testing/site-letters.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite, Visits } from '../src/testing/test-site.ts';
import { PAGE_POLICY } from './middleware/security-headers.ts';
import { answerQuestion } from '../src/desk/letters/answer-question.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

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

const PASSWORD = 'correct horse battery';
const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let site: TestSite;
let routes: Route[];
let people: { applicant: SiteApplicant; reviewer: SiteMember; admin: SiteMember };
/** Of a letter with everything on it. */
let parameters: Record<string, string>;

beforeAll(async () => {
  site = await openTestSite({
    env: {
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'desk',
      OIDC_CLIENT_SECRET: 'secret',
      SMS_RECEIPTS_SECRET: 's'.repeat(32),
    },
  });
  routes = routesOf(site.app);
  const file = () => sampleFile('pdf').then(site.storeFile);
  const letter = await site.letterIn('corrected', { file: await file() });
  await site.applyDecision(letter.id);
  await site.act(letter, { kind: 'ask', text: publicText('کدام پلاک؟') });
  const [asked] = await site.db<{ id: string }[]>`
    select open_question_id as id from letters where id = ${letter.id}`;
  const answer = randomUUID();
  await answerQuestion(site.deps, {
    applicantId: letter.sender.id,
    letterId: letter.id,
    questionId: asked?.id ?? '',
    text: 'پلاک ۱۲',
    file: await file(),
    formKey: answer,
  });
  await site.applyActions(letter.id);
  await site.act(letter, { kind: 'reply', text: publicText('پاسخ'), file: await file() });
  await site.drawPreviews();
  people = {
    applicant: letter.sender,
    reviewer: await site.addMember('reviewer'),
    admin: await site.addMember('admin'),
  };
  const { id: captcha } = newCaptcha(site.deps);
  parameters = {
    id: letter.id,
    number: '1',
    page: '1',
    file: `${captcha}.png`,
    sound: `${captcha}.wav`,
    passkey: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f10',
    key: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f14',
    webhook: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f15',
    register: 'main',
    text: 'approved-fa',
    bulk: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f13',
    session: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f11',
    unit: letter.unitId,
    member: people.reviewer.id,
    person: letter.sender.id,
    reason: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f12',
    round: '1',
    n: '1',
    receipt: 'x',
    answer,
    '*': 'none.css',
  };
});
afterAll(() => site?.stop());

const pageOf = (route: Route): string => addressOf(route.path, parameters);

/** Of both kinds, in sessions of their own: some requests end them. */
const signedIn = async (): Promise<{ cookie: string }> => {
  const cookies = [(await asApplicant()).cookie, (await asStaff(people.admin)).cookie];
  return { cookie: cookies.join('; ') };
};
const asApplicant = async () => ({
  cookie: await cookieOf(site.db, { applicantId: people.applicant.id }),
});
const asStaff = async ({ id: staffId }: SiteMember) => ({
  cookie: await cookieOf(site.db, { staffId, proven: true }),
});

/** A text that does not say in which characters it is written; JSON is always UTF-8. */
const withoutCharset = ({ headers }: Response): boolean => {
  const type = headers.get('content-type') ?? '';
  return /^text\/|[/+]xml\b|javascript/.test(type) && !/; ?charset=utf-8$/i.test(type);
};

const FIELDS = {
  mobile: '09123456789',
  captcha: REAL_CAPTCHA,
  captchaId: 'x',
  code: '654321',
  username: 'maryam',
  password: PASSWORD,
  reason: 'دلیل',
  note: 'یادداشت',
  replyText: 'پاسخ',
  referText: 'ارجاع',
};

const ask = async (
  { app, origin }: Pick<Visits, 'app' | 'origin'>,
  route: Route,
  address: string,
  headers: Record<string, string> = {},
): Promise<Response> => {
  const response = await app.request(`${origin}${address}`, {
    method: route.method,
    headers: { origin, ...headers },
    ...(route.method === 'POST' && { body: new URLSearchParams(FIELDS) }),
  });
  // It goes on for as long as somebody listens.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (isStream) await response.body?.cancel();
  return response;
};

/** Printing takes a second each. */
const isNoPrint = ({ path }: Route): boolean => !path.endsWith('.pdf');

/** The same for everybody, and kept by browsers. */
const OPEN_TO_ALL: Record<string, object> = {
  'GET /.well-known/security.txt': { 'cache-control': 'public, max-age=86400' },
};

test('every route answers with exactly the headers of its kind, signed in and out', async () => {
  const kinds = new Set<string>();
  for (const route of routes) {
    for (const who of [{}, await signedIn()]) {
      const response = await ask(site, route, pageOf(route), who);
      const type = response.headers.get('content-type')?.split(';')[0] ?? 'none';
      const isDownload = response.headers.has('content-disposition');
      // Of a file, though shown in a page of the desk.
      const isPicture = type === 'image/jpeg';
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
    'image/jpeg',
    'image/png',
    'none',
    'text/csv',
    'text/event-stream',
    'text/html',
    'text/plain',
  ]);
});

test('style, font and icon have the same headers, and are kept for ever', async () => {
  const { get } = site;
  const html = await (await get('/')).text();
  const paths = [...html.matchAll(/href="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(paths.map((path) => path.replace(/-[0-9a-f]{12}/, ''))).toEqual([
    '/assets/vazirmatn.woff2',
    '/assets/desk.css',
    '/assets/icon.svg',
    '/assets/touch-icon.png',
    '/assets/manifest-fa.webmanifest',
  ]);
  for (const path of paths) {
    const response = await get(path);
    expect(chosen(response)).toEqual(path.endsWith('.svg') ? PICTURE : STATIC);
    expect([path, withoutCharset(response)]).toEqual([path, false]);
  }
});

test('every error has the headers of a page', async () => {
  const { get, post, app, origin } = site;
  const { cookie } = people.applicant;
  const form = new URLSearchParams({ reason: 'x' });
  const rejection = `/staff/letters/${parameters.id}/rejection`;
  const limited = await site.beside({ RATE_LIMITS: 'on', LIMITS: 'receiptChecks=1' });
  await limited.get('/verify/key');
  const away = await site.beside({ DATABASE_URL: 'postgres://127.0.0.1:9/none' });
  const failing = async (): Promise<Response> => {
    await site.db`alter table letters rename to letters_gone`;
    const response = await get('/letters', { cookie });
    await site.db`alter table letters_gone rename to letters`;
    return response;
  };
  const answers: [number, Response][] = [
    [400, await post('/sign-in', new FormData(), { 'content-type': 'multipart/form-data' })],
    [403, await post('/sign-in', form, { origin: 'http://evil.test' })],
    [404, await get('/nowhere')],
    [409, await post(rejection, form, { cookie: people.reviewer.cookie })],
    [413, await post('/sign-in', new URLSearchParams({ mobile: '9'.repeat(200_000) }))],
    [415, await app.request(`${origin}/sign-in`, { method: 'POST', body: '{}' })],
    [421, await app.request('http://evil.test/')],
    [422, await post('/sign-in', new URLSearchParams({ mobile: '', captcha: '' }))],
    [429, await limited.get('/verify/key')],
    [500, await failing()],
    [503, await away.get('/letters', { cookie })],
  ];
  await limited.stop();
  await away.stop();
  for (const [status, response] of answers) {
    expect(response.status).toBe(status);
    expect([status, chosen(response)]).toEqual([status, PRIVATE]);
  }
});

test('with an https address every answer asks for https, with an http one none does', async () => {
  const secure = site.under({ publicOrigin: 'https://desk.test' });
  for (const route of routes) {
    const { headers } = await ask(secure, route, pageOf(route));
    expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
  }
  const plain = await site.get('/');
  expect(plain.headers.has('strict-transport-security')).toBe(false);
});

test('no page of any route has anything inline that the policy would refuse', async () => {
  let pages = 0;
  for (const route of routes.filter(isNoPrint)) {
    const whose = [{}, await signedIn(), await asApplicant(), await asStaff(people.reviewer)];
    for (const who of whose) {
      for (const language of ['fa', 'en']) {
        const address = `${pageOf(route)}?lang=${language}&latest=1&notice=submitted`;
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

const newMobile = (): string => freshMobile().replace('+98', '0');

const codeOf = async (mobile: string): Promise<string> => {
  const messages = await readMessages(site.db, { mobile: mobile.replace('0', '+98') });
  return /#(\d{6})$/.exec(messages.at(-1)?.text ?? '')?.[1] ?? '';
};

const allCookies = async (origin: string): Promise<string[]> => {
  const { get, post } = site.under({ publicOrigin: origin });
  const prefix = origin.startsWith('https:') ? '__Host-' : '';
  const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);
  const forged = { 'x-forwarded-proto': origin.startsWith('https:') ? 'http' : 'https' };
  const sent = (response: Response, name: string) => ({
    cookie:
      cookiesOf(response)
        .map((cookie) => cookie.split(';')[0] ?? '')
        .find((cookie) => cookie.startsWith(`${prefix}${name}=`)) ?? 'none=1',
  });
  const { id: captchaId } = newCaptcha(site.deps);
  const mobile = newMobile();
  const asked = await post('/sign-in', form({ ...FIELDS, mobile, captchaId }), forged);
  const code = form({ code: await codeOf(mobile) });
  const entered = await post('/sign-in/code', code, sent(asked, 'challenge'));
  const sid = sent(entered, 'sid');
  const { username } = await site.addMember('reviewer', { password: PASSWORD });
  const staff = await post('/staff/sign-in', form({ username, password: PASSWORD }));
  const secured = { password: PASSWORD, totpSecret: TOTP_SECRET };
  const { username: careful } = await site.addMember('reviewer', secured);
  const half = await post('/staff/sign-in', form({ username: careful, password: PASSWORD }));
  const answers = [
    await get('/?lang=en', forged),
    asked,
    entered,
    staff,
    half,
    await post(
      '/staff/second-factor',
      form({ code: new TOTP({ secret: TOTP_SECRET }).generate() }),
      sent(half, 'staff_pending'),
    ),
    await post('/staff/keys', form({ keys: 'off' }), sent(staff, 'staff_sid')),
    await post('/staff/sign-out', form({ a: '1' }), sent(staff, 'staff_sid')),
    await post('/account/sessions/end-others', form({ a: '1' }), {
      cookie: `${prefix}${(await asApplicant()).cookie}`,
    }),
    await post('/sign-out', form({ a: '1' }), sid),
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
  const { get } = site;
  const { cookie: token } = await asApplicant();
  expect((await get(`/letters?${token}`)).status).toBe(303);
  expect((await get('/letters', { authorization: `Bearer ${token}` })).status).toBe(303);
  const secure = site.under({ publicOrigin: 'https://desk.test' });
  // A cookie that a neighbouring host or plain http could plant has another name.
  expect((await secure.get('/letters', { cookie: token })).status).toBe(303);
  expect((await secure.get('/letters', { cookie: `__Host-${token}` })).status).toBe(200);
});

/** Of every table: how many rows, and a sum of what they hold. */
const contents = async (): Promise<Record<string, string>> => {
  const tables = await site.db<{ name: string }[]>`
    select quote_ident(table_name) as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`;
  expect(tables.length).toBeGreaterThan(20);
  const sums: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await site.db.unsafe<{ sum: string }[]>(`
      select count(*) || ' ' || md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), ''))
        as sum from ${name} t`);
    sums[name] = row?.sum ?? '';
  }
  return sums;
};

/** What a page of another site can make a browser send, and how it is answered. */
const attacksOn = (own: string): [number, Record<string, string>][] => [
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

test('no form that another site sends does anything, at any route', async () => {
  const who = await signedIn();
  const before = await contents();
  // What takes no form has attacks of its own: {receipts,codec,csp-reports,api/api}.http.test.ts.
  const posts = routes.filter(
    ({ method, path }) =>
      method !== 'GET' && !/^\/(sms|staff\/(codec|setup)|csp-reports|api)\b/.test(path),
  );
  expect(posts.length).toBeGreaterThan(10);
  for (const route of posts) {
    for (const [status, headers] of attacksOn(site.origin)) {
      const response = await site.app.request(`${site.origin}${pageOf(route)}`, {
        method: route.method,
        body: Buffer.from('code=1&reason=x'),
        headers: { ...who, ...headers },
      });
      expect([route.name, headers, response.status]).toEqual([route.name, headers, status]);
    }
  }
  expect(await contents()).toEqual(before);
  // The same form of the desk's own page does something.
  await site.post('/staff/sign-out', new URLSearchParams({ code: '1' }), who);
  expect(await contents()).not.toEqual(before);
});

test('no form that another site sends sets up a desk that has nobody yet', async () => {
  const bare = await openTestSite();
  for (const [status, headers] of attacksOn(bare.origin)) {
    const body = Buffer.from('code=1&name=x');
    const asked = { method: 'POST', body, headers };
    const response = await bare.app.request(`${bare.origin}/staff/setup`, asked);
    expect([headers, response.status]).toEqual([headers, status]);
  }
  expect(await bare.db`select 1 from staff`).toHaveLength(0);
  await bare.stop();
});

test('an own form is known by its origin, or by what the browser says of the site', async () => {
  const { app, origin } = site;
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
  const names = ['next', 'return', 'returnTo', 'redirect', 'url', 'continue', 'notice', 'code'];
  for (const route of routes) {
    const whose = [{}, await signedIn()];
    for (const to of isNoPrint(route) ? ELSEWHERE : ELSEWHERE.slice(0, 1)) {
      const query = names.map((name) => `${name}=${encodeURIComponent(to)}`).join('&');
      for (const who of whose) {
        const response = await ask(site, route, `${pageOf(route)}?${query}`, who);
        const location = response.headers.get('location') ?? '/';
        expect(location).toMatch(/^\/(?![/\\])/);
        if (!response.headers.get('content-type')?.startsWith('text/html')) continue;
        for (const link of leadsTo(await response.text())) expect(link).toMatch(/^(\/(?!\/)|#)/);
      }
    }
  }
});

test('an address that begins with another host is not passed on into a link', async () => {
  const { app, origin } = site;
  for (const path of ['//evil.test/', '///evil.test', '/\\evil.test/', '//evil.test/%2e%2e']) {
    const response = await app.request(`${origin}${path}`);
    expect(response.status).toBe(404);
    for (const link of leadsTo(await response.text())) expect(link).toMatch(/^(\/(?!\/)|#)/);
  }
});

test('a made-up ending makes an address that does not exist', async () => {
  const who = await signedIn();
  // Of other systems: nothing is told without a key, not even that it is not there.
  const pages = routes.filter(
    ({ method, path }) => method === 'GET' && !path.startsWith('/api/v1/'),
  );
  for (const route of pages) {
    for (const ending of ['.css', '.js', '/x.css', ';.css', '%00.css']) {
      const response = await ask(site, route, `${pageOf(route)}${ending}`, who);
      expect([route.name, ending, response.status]).toEqual([route.name, ending, 404]);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  }
});

test('a fault in any handler shows its number only, and the log has the rest', async () => {
  const tables = await site.db<{ name: string }[]>`
    select quote_ident(table_name) as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'
      and table_name !~ '^(sessions|applicants|staff|staff_units)$'`;
  const rename = async (from: string, to: string): Promise<void> => {
    for (const { name } of tables)
      await site.db.unsafe(`alter table ${name}${from} rename to ${name}${to}`);
  };
  const before = site.log.length;
  const faults: { name: string; number: string | null }[] = [];
  await rename('', '_gone');
  for (const route of routes) {
    for (const who of [{ cookie: 'challenge=x; staff_pending=x' }, await signedIn()]) {
      const response = await ask(site, route, pageOf(route), who);
      const text = response.bodyUsed ? '' : await response.text();
      expect(text).not.toContain('relation');
      expect(text).not.toMatch(/\.tsx?:\d+|node_modules|Error:/);
      if (response.status !== 500) continue;
      const number = response.headers.get('x-request-id');
      faults.push({ name: route.name, number });
      expect(text).toContain(number);
    }
  }
  await rename('_gone', '');
  expect(new Set(faults.map(({ name }) => name)).size).toBeGreaterThan(20);
  const told = site.log.slice(before).filter(({ message }) => message === 'the request failed');
  const numbers = told.map(({ fields }) => fields.requestId);
  expect(numbers).toEqual(expect.arrayContaining(faults.map(({ number }) => number)));
});
