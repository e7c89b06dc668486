import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTestSite, REVIEWER, UNIT_CLERK } from '../../src/testing/web.ts';
import type { StuckPiece } from '../../src/usecases/desk.ts';

const ADMIN = { cookie: 'staff_sid=staff-admin' };
const AUDITOR = { cookie: 'staff_sid=staff-nasrin' };

const piece = (fields: Partial<StuckPiece> = {}): StuckPiece => ({
  kind: 'message',
  id: randomUUID(),
  letterId: randomUUID(),
  letterNumber: '1405/12',
  what: 'approved',
  cause: 'the gateway answered 400 <b>',
  since: new Date('2026-11-22T10:00:00Z'),
  attempts: 56,
  canRetry: true,
  ...fields,
});

test('stuck work is listed with its cause, its age and a button to try again', async () => {
  const { get, fake } = createTestSite();
  const stuck = piece();
  fake.stuck.push(stuck, piece({ kind: 'register', letterId: null, canRetry: false }));
  const html = await (await get('/staff/stuck', ADMIN)).text();
  expect(html).toContain('<h1>کارهای مانده</h1>');
  expect(html).toContain('۲ کار مانده است.');
  expect(html).toContain('پیامک فرستاده نشده است');
  expect(html).toContain('the gateway answered 400 &lt;b&gt;');
  expect(html).toContain('(۵۶ بار تلاش شده)');
  expect(html).toContain('<time datetime="2026-11-22T10:00:00.000Z">');
  expect(html).toContain(`href="/staff/letters/${stuck.letterId}"`);
  expect(html.match(/تلاش دوباره<\/button>/g)).toHaveLength(1);
  expect(html).toContain('رسیدگی متصدی سامانه را می‌خواهد');
});

test('a page without stuck work says so, in both languages', async () => {
  const { get } = createTestSite();
  const html = await (await get('/staff/stuck', ADMIN)).text();
  expect(html).toContain('هیچ کاری نمانده است.');
  expect(html).not.toContain('<table');
  expect(await (await get('/staff/stuck?lang=en', ADMIN)).text()).toContain('Nothing is stuck.');
});

test('trying again by hand is one click, and what to expect is said', async () => {
  const { get, post, fake } = createTestSite();
  const [first, second, file] = [
    piece(),
    piece(),
    piece({ kind: 'file_without_row', letterId: null }),
  ];
  fake.stuck.push(first, second, file);
  const retry = (fields: Record<string, string>) =>
    post('/staff/stuck/retry', new URLSearchParams(fields), ADMIN);
  const tried = await retry({ letter: first.letterId ?? '' });
  expect(tried.status).toBe(303);
  expect(tried.headers.get('location')).toBe('/staff/stuck?notice=retry_recorded');
  expect(fake.stuck).toEqual([second, file]);
  await retry({ file: file.id });
  expect(fake.stuck).toEqual([second]);
  const nothing = await retry({ letter: first.letterId ?? '' });
  const html = await (await get(nothing.headers.get('location') ?? '', ADMIN)).text();
  expect(html).toContain('کاری برای تلاش دوباره نمانده بود.');
  expect((await retry({ letter: '../etc' })).status).toBe(404);
  expect((await get('/staff/stuck/retry', ADMIN)).headers.get('location')).toBe('/staff/stuck');
});

test('an auditor sees the list without buttons, and can change nothing', async () => {
  const { get, post, fake } = createTestSite();
  const stuck = piece();
  fake.stuck.push(stuck);
  const html = await (await get('/staff/stuck', AUDITOR)).text();
  expect(html).toContain('پیامک فرستاده نشده است');
  expect(html).not.toContain('تلاش دوباره</button>');
  const form = new URLSearchParams({ letter: stuck.letterId ?? '' });
  expect((await post('/staff/stuck/retry', form, AUDITOR)).status).toBe(403);
  expect(fake.stuck).toEqual([stuck]);
});

test('the page and its link are for administrators and auditors', async () => {
  const { get } = createTestSite();
  for (const cookies of [ADMIN, AUDITOR])
    expect(await (await get('/staff', cookies)).text()).toContain('href="/staff/stuck"');
  for (const cookies of [REVIEWER, UNIT_CLERK]) {
    expect((await get('/staff/stuck', cookies)).status).toBe(403);
    expect(await (await get('/staff', cookies)).text()).not.toContain('/staff/stuck');
  }
  const signedOut = await get('/staff/stuck');
  expect(signedOut.headers.get('location')).toBe('/staff?notice=sign_in_first');
});
