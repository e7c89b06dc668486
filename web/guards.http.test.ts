import { expect, test } from 'vitest';
import { APPLICANT, createTestSite, REVIEWER } from '../src/testing/web.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test('another host is answered with the right address, a probe is not asked', async () => {
  const { app } = createTestSite();
  const response = await app.request('http://evil.test/letters');
  expect(response.status).toBe(421);
  expect(await response.text()).toContain('href="http://desk.test/"');
  const forged = await app.request('http://desk.test/', { headers: { host: 'evil.test' } });
  expect(forged.status).toBe(421);
  expect((await app.request('http://10.0.0.1/health/live')).status).toBe(200);
});

test('a form of another site changes nothing', async () => {
  const { app, fake } = createTestSite();
  const { id } = fake.addLetter();
  const send = (headers: Record<string, string>) =>
    app.request(`http://desk.test/staff/letters/${id}/approval`, {
      method: 'POST',
      body: 'unit=',
      headers: { ...REVIEWER, ...headers },
    });
  expect((await send({ ...FORM, origin: 'http://evil.test' })).status).toBe(403);
  expect((await send({ ...FORM, origin: 'null' })).status).toBe(403);
  expect((await send(FORM)).status).toBe(403);
  expect((await send({ ...FORM, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await send({ 'content-type': 'application/json' })).status).toBe(415);
  expect((await send({ 'content-type': 'text/plain', origin: 'http://desk.test' })).status).toBe(
    415,
  );
  expect(fake.letters[0]?.status).toBe('pending');
  expect((await send({ ...FORM, origin: 'http://desk.test' })).status).toBe(303);
});

test('a made-up letter id, reply number or suffix is not found', async () => {
  const { get, fake } = createTestSite();
  const { id } = fake.addLetter();
  const paths = [
    '/letters/1',
    `/letters/${crypto.randomUUID()}`,
    `/letters/${id}/replies/0/file`,
    `/letters/${id}.css`,
    '/assets/../app.tsx',
  ];
  for (const path of paths) expect((await get(path, APPLICANT)).status).toBe(404);
});

test('a download is an attachment that no browser opens, sniffs, runs or keeps', async () => {
  const { get, fake } = createTestSite();
  const name = 'gpj.\u202eنامه\r\n.pdf';
  const file = { name, type: 'pdf' as const, bytes: 8, sha256: 'b'.repeat(64) };
  fake.files.set(file.sha256, Buffer.from('%PDF-1.7'));
  const { id } = fake.addLetter({ file });
  for (const [path, who] of [
    [`/letters/${id}/file`, APPLICANT],
    [`/staff/letters/${id}/file`, REVIEWER],
  ] as const) {
    const response = await get(path, { ...who, range: 'bytes=0-3' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('%PDF-1.7');
    const disposition = response.headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; filename=/);
    expect(disposition).not.toContain('%E2%80%AE');
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
  }
});

test('style and font are kept for ever under a name that changes with them', async () => {
  const { get } = createTestSite();
  const html = await (await get('/')).text();
  const style = /href="(\/assets\/desk-[0-9a-f]{12}\.css)"/.exec(html)?.[1] ?? '';
  const response = await get(style);
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const css = await response.text();
  const font = /url\(["'](\/assets\/vazirmatn-[0-9a-f]{12}\.woff2)["']\)/.exec(css)?.[1] ?? '';
  expect((await get(font)).headers.get('content-type')).toBe('font/woff2');
  expect(css).not.toMatch(/(?<![-\w])(left|right)\s*:|-(left|right)\s*:/);
});

test('a fault shows a reference number, and the log has the rest under it', async () => {
  const { get, fake, log } = createTestSite();
  const secret = 'relation letters does not exist';
  fake.desk.listLetters = () => Promise.reject(new Error(secret));
  const response = await get('/letters', APPLICANT);
  const html = await response.text();
  expect(response.status).toBe(500);
  expect(html).not.toContain(secret);
  const fault = log.find(({ message }) => message === 'the request failed');
  expect(fault?.fields.err).toMatchObject({ message: secret });
  expect(html).toContain(String(fault?.fields.requestId));
});

test('the log has one line per request, with the route and nothing personal', async () => {
  const { post, get, fake, log } = createTestSite();
  const { id } = fake.addLetter();
  await post('/sign-in', new URLSearchParams({ mobile: '09123456789', captcha: 'wrong-answer' }));
  await get(`/letters/${id}?code=7K3M9QRT2XAB`, APPLICANT);
  const requests = log.filter(({ message }) => message === 'request');
  expect(requests.map(({ fields }) => [fields.route, fields.status])).toEqual([
    ['/sign-in', 422],
    ['/letters/:id', 200],
  ]);
  expect(JSON.stringify(log)).not.toMatch(/09123456789|wrong-answer|7K3M|applicant-session/);
});
