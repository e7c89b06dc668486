import { randomBytes, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { addStaff } from '../src/desk/staff/staff.sql.ts';
import { makeTrackingCode } from '../src/desk/register/tracking-code.ts';
import { hashPassword } from '../src/desk/staff/passwords.ts';
import { makeTotpSecret } from '../src/desk/staff/totp.ts';
import { checkCodes, checkProxy } from '../src/cli/doctor-checks.ts';
import type { Deps } from '../src/platform/deps.ts';
import { watchCodes } from '../src/operations/maintenance/watch-codes.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../src/testing/letters.ts';
import { freePorts } from '../src/testing/ports.ts';
import {
  cookieOf,
  freshMobile,
  makeRealHome,
  REAL_CAPTCHA,
  startRealSite,
} from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import { until } from '../src/testing/until.ts';
import { showStuckWork } from '../src/operations/maintenance/stuck-work.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

const PASSWORD = 'correct horse battery';
// Of this file alone; no test runs beside another one here.
const PORT = String(await freePorts());
const ORIGIN = `http://localhost:${PORT}`;

let home: RealHome;
let passwordHash: string;
let site: RealSite | undefined;

beforeAll(async () => {
  home = await makeRealHome();
  passwordHash = await hashPassword(PASSWORD);
});
afterEach(async () => {
  if (site) await site.db`delete from rate_limits`;
  if (site) await site.db`delete from untrusted_proxy`;
  await site?.stop();
  site = undefined;
});
afterAll(() => home.remove());

/** The desk behind a proxy on loopback, so that a test can come from any address. */
const start = async (env: Record<string, string>): Promise<RealSite> => {
  site = await startRealSite(home, {
    env: { PORT, TRUSTED_PROXY: '127.0.0.1', ...env },
    listen: true,
  });
  return site;
};

const post = (
  path: string,
  fields: Record<string, string>,
  { from = '198.51.100.1', ...headers }: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${ORIGIN}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
    headers: { origin: ORIGIN, 'x-forwarded-for': from, cookie: 'visit=1', ...headers },
  });

const askCode = async (
  headers: Record<string, string> = {},
  mobile = freshMobile(),
): Promise<Response> => {
  const id = site ? newCaptcha(site.deps).id : '';
  return post('/sign-in', { mobile, captchaId: id, captcha: REAL_CAPTCHA }, headers);
};

const messageCount = async ({ db }: RealSite): Promise<number> => {
  const [row] = await db<{ messages: number }[]>`select count(*)::int as messages from messages`;
  return row?.messages ?? -1;
};

const addMember = async ({ db }: RealSite, totpSecret: string | null = null): Promise<string> => {
  const username = `u${randomUUID().slice(0, 8)}`;
  const member = { id: randomUUID(), username, name: 'کارشناس', role: 'reviewer' as const };
  await addStaff(db, { ...member, passwordHash, totpSecret, unitIds: [] });
  return username;
};

const signIn = (
  username: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<Response> => post('/staff/sign-in', { username, password }, headers);

test('one address gets so many codes, in both languages told when to come again', async () => {
  const { db } = await start({ LIMITS: 'codesPerAddress=3' });
  for (let code = 0; code < 3; code += 1) expect((await askCode()).status).toBe(303);
  const refused = await askCode();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
  expect(await refused.text()).toContain('درخواست‌ها بیش از اندازه بود');
  const english = await askCode({ cookie: 'visit=1; lang=en' });
  expect(english.status).toBe(429);
  expect(await english.text()).toContain('Too many requests');
  expect((await askCode({ from: '198.51.100.2' })).status).toBe(303);
  expect(await db`select 1 from sign_in_challenges`).toHaveLength(4);
});

test('a /64 is one address, and so are the pages that ask for a code again', async () => {
  await start({ LIMITS: 'codesPerAddress=3' });
  const cookie = (await askCode({ from: '2001:db8::1' })).headers.getSetCookie()[0] ?? '';
  const again = await post('/sign-in/code/resend', {}, { from: '2001:db8::2', cookie });
  expect(again.status).toBe(429);
  expect(await again.text()).toContain('کمی صبر کنید');
  expect((await askCode({ from: '2001:db8:0:0:ffff::3' })).status).toBe(303);
  expect((await askCode({ from: '2001:db8::4' })).status).toBe(429);
  expect((await askCode({ from: '2001:db8:0:1::4' })).status).toBe(303);
});

test('the limit of an address outlives a restart of the desk', async () => {
  const first = await start({ LIMITS: 'codesPerAddress=1' });
  expect((await askCode()).status).toBe(303);
  await first.stop();
  await start({ LIMITS: 'codesPerAddress=1' });
  expect((await askCode()).status).toBe(429);
});

test('a forged X-Forwarded-For is no way round the limit', async () => {
  await start({ LIMITS: 'codesPerAddress=2' });
  const forged = (claim: string) => askCode({ from: `${claim}, 198.51.100.1` });
  expect((await forged('203.0.113.1')).status).toBe(303);
  expect((await forged('203.0.113.2')).status).toBe(303);
  expect((await forged('203.0.113.3')).status).toBe(429);
  await site?.stop();
  await start({ LIMITS: 'codesPerAddress=2', TRUSTED_PROXY: '' });
  expect((await askCode({ from: '203.0.113.4' })).status).toBe(303);
  expect((await askCode({ from: '203.0.113.5' })).status).toBe(303);
  expect((await askCode({ from: '203.0.113.6' })).status).toBe(429);
});

test('beyond the budget of the whole desk no code is sent, and the alarm is logged once', async () => {
  const running = await start({ LIMITS: 'codesOfDesk=2' });
  const before = await messageCount(running);
  for (const from of ['198.51.100.1', '198.51.100.2'])
    expect((await askCode({ from })).status).toBe(303);
  for (const from of ['198.51.100.3', '198.51.100.4', '198.51.100.5']) {
    const refused = await askCode({ from });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await refused.text()).toContain('کد ورود اکنون فرستاده نمی‌شود');
  }
  expect((await messageCount(running)) - before).toBe(2);
  expect(running.log.filter(({ message }) => message.startsWith('ALARM'))).toHaveLength(1);
});

test('neighbouring numbers get so many codes, also after a restart, and others get theirs', async () => {
  const before = messageCount(await start({ LIMITS: 'codesPerPrefix=3' }));
  for (const last of ['0001', '0002', '0003'])
    expect((await askCode({}, `0913555${last}`)).status).toBe(303);
  for (const last of ['0004', '9999']) {
    const delayed = await askCode({}, `0913555${last}`);
    expect(delayed.headers.get('location')).toBe('/sign-in/code?notice=codes_delayed');
  }
  const told = site?.log.filter(({ message }) => message.startsWith('ALARM'));
  expect(told).toHaveLength(1);
  expect(JSON.stringify(told)).not.toContain('913555');
  await site?.stop();
  const again = await start({ LIMITS: 'codesPerPrefix=3' });
  const delayed = await askCode({}, '09135550005');
  expect(delayed.headers.get('location')).toBe('/sign-in/code?notice=codes_delayed');
  expect((await askCode({}, '09135560001')).status).toBe(303);
  expect((await messageCount(again)) - (await before)).toBe(4);
});

test('the numbers of one operator get so many codes, also those that are asked for again', async () => {
  const running = await start({ LIMITS: 'codesPerOperator=2 codeResendSeconds=5' });
  const { db } = running;
  const before = await messageCount(running);
  const asked = await askCode({}, '09142220001');
  expect((await askCode({}, '09143330001')).status).toBe(303);
  const delayed = await askCode({}, '09144440001');
  expect(delayed.headers.get('location')).toBe('/sign-in/code?notice=codes_delayed');
  const cookie = asked.headers.getSetCookie()[0] ?? '';
  await db`update sign_in_challenges set asked_at = now() - interval '1 minute'`;
  const again = await post('/sign-in/code/resend', {}, { cookie });
  expect(again.headers.get('location')).toBe('/sign-in/code?notice=codes_delayed');
  expect(await messageCount(running)).toBe(before + 2);
  expect((await askCode({}, '09152220001')).status).toBe(303);
});

test('when few of the codes that were sent are typed there is an alarm, after a restart too', async () => {
  const env = { LIMITS: 'codeAlarmSends=4 codeAlarmPercent=50' };
  let running = await start(env);
  const { db } = running;
  await db`delete from sign_in_challenges`;
  const toldOf = async (of: RealSite): Promise<string[]> => {
    const told: string[] = [];
    const log = Object.assign(Object.create(of.deps.log) as Deps['log'], {
      error: (_: object, message: string) => void told.push(message),
    });
    await watchCodes({ ...of.deps, log });
    return told;
  };
  const admin = await addTestStaff(db, { role: 'admin' });
  const stuckKinds = async (of: RealSite): Promise<string[]> =>
    (await showStuckWork(of.deps, { staff: admin })).pieces.map(({ kind }) => kind);

  for (let person = 0; person < 4; person += 1) expect((await askCode()).status).toBe(303);
  // Their codes may still be typed.
  expect(await toldOf(running)).toEqual([]);
  await db`update sign_in_challenges set expires_at = now()`;
  expect(await toldOf(running)).toEqual([
    'ALARM: few of the sign-in codes that were sent are typed',
  ]);
  await running.stop();
  running = await start(env);
  expect(await toldOf(running)).toHaveLength(1);
  expect(await stuckKinds(running)).toEqual(['codes']);
  const cookie = await cookieOf(running.db, { staffId: admin.id });
  const page = await fetch(`${ORIGIN}/staff/admin/stuck`, { headers: { cookie } });
  expect(await page.text()).toContain('کم‌تر کسی آن را می‌نویسد');
  expect(await checkCodes(running.deps)).toEqual({
    ok: false,
    detail: expect.stringMatching(/^0 of 4 users typed .*: codes are requested/) as string,
  });

  await running.db`
    update sign_in_challenges set used_at = now()
    where id in (select id from sign_in_challenges order by id limit 2)`;
  expect(await toldOf(running)).toEqual([]);
  expect(await stuckKinds(running)).toEqual([]);
  expect(await checkCodes(running.deps)).toMatchObject({ ok: true });
  await running.db`update sign_in_challenges set used_at = null, created_at = now() - interval '2 hours'`;
  expect(await toldOf(running)).toEqual([]);
});

test('a code that is not sent takes nothing of the budget', async () => {
  const running = await start({ LIMITS: 'codesOfDesk=3 codeSendsPerHour=1' });
  const mobile = freshMobile();
  const ask = () =>
    post('/sign-in', { mobile, captchaId: newCaptcha(running.deps).id, captcha: REAL_CAPTCHA });
  for (let time = 0; time < 6; time += 1) expect((await ask()).status).toBe(303);
  expect((await askCode()).status).toBe(303);
});

test('a user name is tried ten times from anywhere, then even the right password waits', async () => {
  const running = await start({});
  for (const username of [await addMember(running), 'nobody-at-all']) {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const wrong = await signIn(username, 'wrong', { from: `203.0.113.${attempt}` });
      expect(wrong.status).toBe(422);
    }
    const refused = await signIn(` ${username.toUpperCase()} `, PASSWORD, { from: '203.0.113.99' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await refused.text()).toContain('درخواست‌ها بیش از اندازه بود');
  }
});

test('one address is allowed ten failures over all names, and any number of right ones', async () => {
  const running = await start({ STAFF_SECOND_FACTOR: 'optional' });
  const username = await addMember(running);
  for (let attempt = 0; attempt < 12; attempt += 1)
    expect((await signIn(username, PASSWORD)).status).toBe(303);
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect((await signIn(`guess-${attempt}`, 'wrong')).status).toBe(422);
  expect((await signIn(username, PASSWORD)).status).toBe(429);
  expect((await signIn(username, PASSWORD, { from: '203.0.113.9' })).status).toBe(303);
});

/** What the browser of a member keeps after it signed in. */
const browserOf = async (username: string): Promise<string> => {
  const signedIn = await signIn(username, PASSWORD, { from: '203.0.113.200' });
  const kept = signedIn.headers.getSetCookie().find((cookie) => cookie.startsWith('staff_known='));
  expect(kept).toMatch(/; Max-Age=31536000; Path=\/; HttpOnly/);
  return kept?.split(';')[0] ?? '';
};

test('failures of strangers at the same address do not lock out a browser that signed in before', async () => {
  const running = await start({ STAFF_SECOND_FACTOR: 'optional' });
  const [username, colleague] = [await addMember(running), await addMember(running)];
  const cookie = await browserOf(username);
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect((await signIn(`guess-${attempt}`, 'wrong')).status).toBe(422);
  expect((await signIn(colleague, PASSWORD)).status).toBe(429);
  for (let time = 0; time < 12; time += 1)
    expect((await signIn(` ${username.toUpperCase()}`, PASSWORD, { cookie })).status).toBe(303);
  expect((await signIn(colleague, PASSWORD, { cookie })).status).toBe(429);
  expect((await signIn(username, PASSWORD, { cookie: `${cookie}x` })).status).toBe(429);
});

test('guesses at a user name do not lock out its own browser, which may fail ten times itself', async () => {
  const running = await start({ STAFF_SECOND_FACTOR: 'optional' });
  const username = await addMember(running);
  const cookie = await browserOf(username);
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect((await signIn(username, 'wrong', { from: `203.0.113.${attempt}` })).status).toBe(422);
  expect((await signIn(username, PASSWORD)).status).toBe(429);
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect((await signIn(username, 'wrong', { cookie })).status).toBe(422);
  expect((await signIn(username, PASSWORD, { cookie })).status).toBe(429);
});

test('a proxy that TRUSTED_PROXY leaves out is named by doctor, with what to set', async () => {
  let running = await start({ TRUSTED_PROXY: '10.0.0.0/8' });
  expect(await checkProxy(running)).toMatchObject({ ok: true });
  expect((await fetch(`${ORIGIN}/help`)).status).toBe(200);
  expect(await checkProxy(running)).toMatchObject({ ok: true });
  for (let request = 0; request < 3; request += 1)
    await fetch(`${ORIGIN}/help`, { headers: { 'x-forwarded-for': '198.51.100.1' } });
  const seen = await until(async () => (await running.db`select at from untrusted_proxy`)[0]);
  expect(await checkProxy(running)).toEqual({
    ok: false,
    detail: expect.stringMatching(
      /^X-Forwarded-For came from (127\.0\.0\.1|::1) at .* set TRUSTED_PROXY=10\.0\.0\.0\/8,\1$/,
    ) as string,
  });
  // Once a minute at most.
  expect((await running.db`select at from untrusted_proxy`)[0]).toEqual(seen);
  await running.stop();
  running = await start({ TRUSTED_PROXY: '127.0.0.1,::1' });
  await fetch(`${ORIGIN}/help`, { headers: { 'x-forwarded-for': '198.51.100.1' } });
  expect(await checkProxy(running)).toMatchObject({ ok: true });
});

test('the second factor is tried ten times, however often the password is given', async () => {
  const running = await start({});
  const username = await addMember(running, makeTotpSecret());
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 11; attempt += 1) {
    const [cookie = ''] = (await signIn(username, PASSWORD)).headers.getSetCookie();
    statuses.push((await post('/staff/second-factor', { code: '000000' }, { cookie })).status);
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 422), 429]);
});

test('sign-ins that come all at once are checked two at a time, and the rest is told to wait', async () => {
  await start({ RATE_LIMITS: 'off' });
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => (await signIn('nobody', 'wrong')).status),
  );
  expect(new Set(statuses)).toEqual(new Set([422, 503]));
  expect(statuses.filter((status) => status === 422).length).toBeGreaterThanOrEqual(18);
  expect((await signIn('nobody', 'wrong')).status).toBe(422);
});

test('twenty searches an hour may find nothing; one that finds its letter costs nothing', async () => {
  const { db } = await start({});
  const applicantId = await addTestApplicant(db, freshMobile());
  const cookie = await cookieOf(db, { applicantId });
  const letterId = await submitTestLetter(db, { unitId: await addTestUnit(db), applicantId });
  const own = makeTrackingCode(randomBytes(11));
  await db`
    update letters set status = 'approved', step = 'with_unit', letter_number = '1405/1',
      tracking_code = ${own}, registered_at = now(), registered_on = '1405/09/01',
      decided_at = now() where id = ${letterId}`;
  const search = (code: string) =>
    fetch(`${ORIGIN}/letters?code=${code}`, { headers: { cookie }, redirect: 'manual' });
  for (let hit = 0; hit < 25; hit += 1) expect((await search(own)).status).toBe(200);
  for (let miss = 0; miss < 20; miss += 1)
    expect((await search(makeTrackingCode(randomBytes(11)))).status).toBe(200);
  const refused = await search(makeTrackingCode(randomBytes(11)));
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
  expect((await fetch(`${ORIGIN}/letters`, { headers: { cookie } })).status).toBe(200);
});

test('beyond the letters of a day a letter is refused with its reason, and leaves nothing', async () => {
  const running = await start({ LIMITS: 'maxLettersPerDay=2' });
  const { db } = running;
  const applicantId = await addTestApplicant(db, freshMobile());
  const cookie = await cookieOf(db, { applicantId });
  const unitId = await addTestUnit(db);
  const { bytes } = await sampleFile('pdf');
  const send = async (submissionKey: string = randomUUID(), extra: Record<string, string> = {}) => {
    const data = new FormData();
    for (const [name, value] of Object.entries({
      submissionKey,
      senderName: 'شرکت نمونه',
      unit: unitId,
      subject: 'درخواست',
    }))
      data.set(name, value);
    data.set('file', new File([new Uint8Array(bytes)], 'نامه.pdf'));
    return fetch(`${ORIGIN}/letters/new`, {
      method: 'POST',
      body: data,
      redirect: 'manual',
      headers: { origin: ORIGIN, cookie, ...extra },
    });
  };
  const first = randomUUID();
  const sent = await send(first);
  expect(sent.status).toBe(303);
  expect((await send()).status).toBe(303);
  const stored = await storedFiles(running.files);
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(await refused.text()).toContain('امروز نامه‌ی دیگری پذیرفته نمی‌شود');
  const english = await send(randomUUID(), { cookie: `${cookie}; lang=en` });
  expect(await english.text()).toContain('No more letters today');
  expect(await storedFiles(running.files)).toEqual(stored);
  const again = await send(first);
  expect(again.status).toBe(303);
  expect(again.headers.get('location')).toBe(sent.headers.get('location'));
  expect(await db`select 1 from letters where applicant_id = ${applicantId}`).toHaveLength(2);
});

test('with the limits off nothing is counted', async () => {
  const { db } = await start({
    RATE_LIMITS: 'off',
    LIMITS: 'codesPerAddress=1 codesOfDesk=1 staffSignInTries=1',
  });
  for (let code = 0; code < 3; code += 1) expect((await askCode()).status).toBe(303);
  for (let attempt = 0; attempt < 3; attempt += 1)
    expect((await signIn('nobody', 'wrong')).status).toBe(422);
  expect(await db`select 1 from rate_limits`).toHaveLength(0);
});

const storedFiles = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
