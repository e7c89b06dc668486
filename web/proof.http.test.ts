/** The ways past the picture over HTTP: the spoken digits and the proof of work, on the real desk. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { issueProof } from '../src/desk/applicants/captcha/proof.ts';
import { readMessages } from '../src/testing/messages.ts';
import { solveProof } from '../src/testing/proof.ts';
import {
  freshMobile,
  makeRealHome,
  REAL_CAPTCHA,
  startRealSite,
} from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { deriveKeys } from '../src/platform/sealing/secrets.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

let home: RealHome;
let site: RealSite;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home);
});

afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ORIGIN = 'http://desk.test';
const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  site.app.request(`${ORIGIN}${path}`, { headers });
const signIn = async (fields: Record<string, string>): Promise<Response> =>
  site.app.request(`${ORIGIN}/sign-in`, {
    method: 'POST',
    headers: { origin: ORIGIN, cookie: 'visit=1' },
    body: new URLSearchParams(fields),
  });
const soundOf = (html: string): string => /src="(\/captcha\/[^"]+\.wav)"/.exec(html)?.[1] ?? '';
const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());
const issue = async (): Promise<object> => (await (await get('/proof')).json()) as object;
const smsCount = async (mobile: string): Promise<number> =>
  (await readMessages(site.db, { mobile })).length;

test('the page offers its code as sound, in its own language, fetched only on demand', async () => {
  for (const language of ['fa', 'en']) {
    const html = await (await get(`/?lang=${language}`)).text();
    expect(html).toMatch(/<audio controls="" preload="none" src="[^"]+" aria-labelledby="[\w-]+">/);
    const response = await get(soundOf(html), { cookie: `lang=${language}` });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const spoken = await bytesOf(response);
    expect(spoken.toString('latin1', 0, 4)).toBe('RIFF');
    expect(await bytesOf(await get(`${soundOf(html)}?lang=${language}`))).toEqual(spoken);
    const other = language === 'fa' ? 'en' : 'fa';
    expect(await bytesOf(await get(`${soundOf(html)}?lang=${other}`))).not.toEqual(spoken);
  }
});

test('a part of the sound is sent when a part is asked for, as iPhones do', async () => {
  const sound = soundOf(await (await get('/')).text());
  const whole = await bytesOf(await get(sound));
  const part = await get(sound, { range: 'bytes=0-1' });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 0-1/${whole.length}`);
  expect(await bytesOf(part)).toEqual(whole.subarray(0, 2));
  const rest = await get(sound, { range: 'bytes=100-' });
  expect(await bytesOf(rest)).toEqual(whole.subarray(100));
  const beyond = await get(sound, { range: `bytes=${whole.length}-` });
  expect(beyond.status).toBe(416);
  expect(beyond.headers.get('content-range')).toBe(`bytes */${whole.length}`);
});

test('a forged code has no sound', async () => {
  const { id } = newCaptcha(site.deps);
  for (const forged of ['x', `${id}A`, `A${id.slice(1)}`, '%00', '..%2f..%2fetc'])
    expect((await get(`/captcha/${forged}.wav`)).status).toBe(404);
});

test('a proof opens the way once; replayed it says what a missing one says', async () => {
  const [first, second, third] = [freshMobile(), freshMobile(), freshMobile()];
  const proof = await solveProof(await issue());
  const answer = await signIn({ mobile: first, captcha: '', proof });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/sign-in/code');
  const replayed = await signIn({ mobile: second, captcha: '', proof });
  const missing = await signIn({ mobile: third, captcha: '' });
  for (const refused of [replayed, missing]) {
    expect(refused.status).toBe(422);
    const html = await refused.text();
    expect(html).toContain('<a href="#captcha">کد امنیتی را بنویسید</a>');
    expect(html).toContain('data-kept=""');
  }
  expect(await Promise.all([first, second, third].map(smsCount))).toEqual([1, 0, 0]);
});

test('of one proof sent 20 times at once, one is taken', async () => {
  const proof = await solveProof(await issue());
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => signIn({ mobile: freshMobile(), captcha: '', proof })),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses.filter((status) => status === 422)).toHaveLength(19);
});

test('a proof that is forged, unsolved or out of date is refused, and no SMS is sent', async () => {
  const mobile = freshMobile();
  vi.setSystemTime(Date.now() - 3_600_000);
  const earlier = await issueProof(site.deps);
  vi.useRealTimers();
  const others = { ...site.deps, keys: deriveKeys('another master secret') };
  const unsolved = { challenge: await issue(), solution: { counter: 1, derivedKey: '00' } };
  const proofs = [
    await solveProof(earlier),
    await solveProof(await issueProof(others)),
    JSON.stringify(unsolved),
    '{}',
    'x'.repeat(19_000),
  ];
  for (const proof of proofs) {
    const answer = await signIn({ mobile, captcha: '', proof });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('<a href="#captcha">کد امنیتی را بنویسید</a>');
  }
  expect(await smsCount(mobile)).toBe(0);
});

test('a proof given with a wrong number comes back with the page and is good for the right one', async () => {
  const proof = await solveProof(await issue());
  const wrong = await signIn({ mobile: '0912', captcha: '', proof });
  expect(wrong.status).toBe(422);
  const html = await wrong.text();
  expect(html).not.toContain('<a href="#captcha">');
  const kept = /data-kept="([^"]*)"/.exec(html)?.[1]?.replaceAll('&quot;', '"');
  expect(kept).toBe(proof);
  expect((await signIn({ mobile: freshMobile(), captcha: '', proof })).status).toBe(303);
});

test('the displayed code still opens the way by itself', async () => {
  const { id } = newCaptcha(site.deps);
  const fields = { mobile: freshMobile(), captchaId: id, captcha: REAL_CAPTCHA, proof: '' };
  expect((await signIn(fields)).status).toBe(303);
});

test('the script of the page is small, ours, and a script to the browser', async () => {
  const html = await (await get('/')).text();
  const script = /<script type="module" src="([^"]+)"><\/script>/.exec(html)?.[1] ?? '';
  const worker = /data-worker="([^"]+)"/.exec(html)?.[1] ?? '';
  let bytes = 0;
  for (const path of [script, worker]) {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    bytes += (await response.text()).length;
  }
  expect(bytes).toBeLessThan(8 * 1024);
  expect(html).toMatch(/<div class="proof" hidden=""/);
});
