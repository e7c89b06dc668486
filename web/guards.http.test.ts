import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { SiteMember } from '../src/testing/site-letters.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let site: TestSite;
let reviewer: SiteMember;
beforeAll(async () => {
  site = await openTestSite();
  reviewer = await site.addMember('reviewer');
});
afterAll(() => site?.stop());

const as = ({ cookie }: { cookie: string }) => ({ cookie });

test('another host is answered with the right address, a probe is not asked', async () => {
  const { app } = site;
  const response = await app.request('http://evil.test/letters');
  expect(response.status).toBe(421);
  expect(await response.text()).toContain('href="http://desk.test/"');
  const forged = await app.request('http://desk.test/', { headers: { host: 'evil.test' } });
  expect(forged.status).toBe(421);
  expect((await app.request('http://10.0.0.1/health/live')).status).toBe(200);
});

test('a form of another site changes nothing', async () => {
  const { id } = await site.letterIn('pending');
  const send = (headers: Record<string, string>) =>
    site.app.request(`http://desk.test/staff/letters/${id}/approval`, {
      method: 'POST',
      body: 'unit=',
      headers: { ...as(reviewer), ...headers },
    });
  expect((await send({ ...FORM, origin: 'http://evil.test' })).status).toBe(403);
  expect((await send({ ...FORM, origin: 'null' })).status).toBe(403);
  expect((await send(FORM)).status).toBe(403);
  expect((await send({ ...FORM, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await send({ 'content-type': 'application/json' })).status).toBe(415);
  expect((await send({ 'content-type': 'text/plain', origin: 'http://desk.test' })).status).toBe(
    415,
  );
  const decisions = () => site.db`select 1 from decisions where letter_id = ${id}`;
  expect(await decisions()).toHaveLength(0);
  expect((await send({ ...FORM, origin: 'http://desk.test' })).status).toBe(303);
  expect(await decisions()).toHaveLength(1);
});

test('a made-up letter id, reply number or suffix is not found', async () => {
  const { id, sender } = await site.letterIn('pending');
  const paths = [
    '/letters/1',
    `/letters/${crypto.randomUUID()}`,
    `/letters/${id}/replies/0/file`,
    `/letters/${id}.css`,
    '/assets/../app.tsx',
  ];
  for (const path of paths) expect((await site.get(path, as(sender))).status).toBe(404);
});

test('a download is an attachment that no browser opens, sniffs, runs or keeps', async () => {
  const { bytes } = await sampleFile('pdf');
  const file = await site.storeFile({ name: 'gpj.\u202eنامه\r\n.pdf', bytes });
  const { id, sender } = await site.letterIn('pending', { file });
  for (const [path, who] of [
    [`/letters/${id}/file`, sender],
    [`/staff/letters/${id}/file`, reviewer],
  ] as const) {
    const response = await site.get(path, { ...as(who), range: 'bytes=0-3' });
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
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
  const { get } = site;
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
  const { sender } = await site.letterIn('pending');
  await site.db`alter table letters rename to letters_gone`;
  const response = await site.get('/letters', as(sender));
  await site.db`alter table letters_gone rename to letters`;
  const html = await response.text();
  expect(response.status).toBe(500);
  expect(html).not.toContain('relation');
  const fault = site.log.find(({ message }) => message === 'the request failed');
  expect(fault?.fields.err).toMatchObject({ message: 'relation "letters" does not exist' });
  expect(html).toContain(String(fault?.fields.requestId));
});

test('the log has one line per request, with the route and nothing personal', async () => {
  const { id, sender } = await site.letterIn('pending');
  const before = site.log.length;
  const typed = new URLSearchParams({ mobile: '09123456789', captcha: 'wrong-answer' });
  await site.post('/sign-in', typed);
  await site.get(`/letters/${id}?code=7K3M9QRT2XAB`, as(sender));
  const log = site.log.slice(before);
  const requests = log.filter(({ message }) => message === 'request');
  expect(requests.map(({ fields }) => [fields.route, fields.status])).toEqual([
    ['/sign-in', 422],
    ['/letters/:id', 200],
  ]);
  for (const personal of ['09123456789', 'wrong-answer', '7K3M', sender.cookie.slice(4)])
    expect(JSON.stringify(log)).not.toContain(personal);
});
