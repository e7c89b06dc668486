import { rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { showStuckWork } from '../../src/operations/maintenance/stuck-work.ts';

let site: TestSite;
let people: Record<'reviewer' | 'clerk' | 'admin' | 'auditor', SiteMember>;
beforeAll(async () => {
  site = await openTestSite();
  people = {
    reviewer: await site.addMember('reviewer'),
    clerk: await site.addMember('unit', { unitIds: [await site.addUnit()] }),
    admin: await site.addMember('admin'),
    auditor: await site.addMember('auditor'),
  };
});
afterAll(() => site?.stop());
beforeEach(async () => {
  await site.db`update messages set state = 'sent', sent_at = now()`;
});

const as = (who: keyof typeof people) => ({ cookie: people[who].cookie });

/** A letter whose message to its sender the gateway refused. */
const addStuckMessage = async (): Promise<string> => {
  const file = await site.storeFile(await sampleFile('pdf'));
  const { id } = await site.letterIn('rejected', { file });
  await site.db`update outbox set done_at = now()`;
  await site.db`
    update messages set state = 'failed', last_error = 'the gateway answered 400 <b>',
      attempts = 56, created_at = '2026-11-22T10:00:00Z'
    where letter_id = ${id}`;
  return id;
};

const placeOf = (key: string): string =>
  path.join(site.files, key.slice(0, 2), key.slice(2, 4), key);

const stateOf = async (letterId: string): Promise<string | undefined> => {
  const [row] = await site.db<{ state: string }[]>`
    select state from messages where letter_id = ${letterId}`;
  return row?.state;
};

test('stuck work is listed with its cause, its age and a button to try again', async () => {
  const letterId = await addStuckMessage();
  // For the operator.
  const lost = await site.storeFile(await sampleFile('pdf'));
  await site.letterIn('pending', { file: lost });
  await rename(placeOf(lost.storageKey), `${placeOf(lost.storageKey)}.away`);
  const html = await (await site.get('/staff/admin/stuck', as('admin'))).text();
  expect(html).toContain('<h1 id="stuck">کارهای مانده</h1>');
  expect(html).toContain('۲ کار مانده است.');
  expect(html).toContain('پیامک فرستاده نشده است');
  expect(html).toContain('the gateway answered 400 &lt;b&gt;');
  expect(html).toContain('(۵۶ بار تلاش شده)');
  expect(html).toContain('<time datetime="2026-11-22T10:00:00.000Z">');
  expect(html).toContain(`href="/staff/letters/${letterId}"`);
  expect(html.match(/تلاش دوباره<\/button>/g)).toHaveLength(1);
  expect(html).toContain('رسیدگی متصدی سامانه را می‌خواهد');
  await rename(`${placeOf(lost.storageKey)}.away`, placeOf(lost.storageKey));
});

test('a page without stuck work says so, in both languages', async () => {
  expect((await showStuckWork(site.deps, { staff: people.admin })).pieces).toEqual([]);
  const html = await (await site.get('/staff/admin/stuck', as('admin'))).text();
  expect(html).toContain('هیچ کاری نمانده است.');
  expect(html).not.toContain('<table');
  const english = await site.get('/staff/admin/stuck?lang=en', as('admin'));
  expect(await english.text()).toContain('Nothing is stuck.');
});

test('trying again by hand is one click, and what to expect is said', async () => {
  const [first, second] = [await addStuckMessage(), await addStuckMessage()];
  const { storageKey: key } = await site.storeFile(await sampleFile('pdf'));
  const before = new Date(Date.now() - 3 * 86_400_000);
  const retry = (fields: Record<string, string>) =>
    site.post('/staff/admin/stuck/retry', new URLSearchParams(fields), as('admin'));
  const tried = await retry({ letter: first });
  expect(tried.status).toBe(303);
  expect(tried.headers.get('location')).toBe('/staff/admin/stuck?notice=retry_recorded');
  expect([await stateOf(first), await stateOf(second)]).toEqual(['pending', 'failed']);
  await utimes(placeOf(key), before, before);
  const list = await (await site.get('/staff/admin/stuck', as('admin'))).text();
  expect(list).toContain(key);
  const removed = await retry({ file: key });
  expect(removed.headers.get('location')).toBe('/staff/admin/stuck?notice=retry_recorded');
  const nothing = await retry({ file: key });
  const html = await (await site.get(nothing.headers.get('location') ?? '', as('admin'))).text();
  expect(html).toContain('کاری برای تلاش دوباره نمانده بود.');
  expect(html).not.toContain(key);
  expect((await retry({ letter: '../etc' })).status).toBe(404);
  const opened = await site.get('/staff/admin/stuck/retry', as('admin'));
  expect(opened.headers.get('location')).toBe('/staff/admin/stuck');
});

test('an auditor sees the list without buttons, and can change nothing', async () => {
  const letter = await addStuckMessage();
  const html = await (await site.get('/staff/admin/stuck', as('auditor'))).text();
  expect(html).toContain('پیامک فرستاده نشده است');
  expect(html).not.toContain('تلاش دوباره</button>');
  const form = new URLSearchParams({ letter });
  expect((await site.post('/staff/admin/stuck/retry', form, as('auditor'))).status).toBe(403);
  expect(await stateOf(letter)).toBe('failed');
});

test('the page and its link are for administrators and auditors', async () => {
  for (const who of ['admin', 'auditor'] as const)
    expect(await (await site.get('/staff/admin', as(who))).text()).toContain(
      'href="/staff/admin/stuck"',
    );
  for (const who of ['reviewer', 'clerk'] as const) {
    expect((await site.get('/staff/admin/stuck', as(who))).status).toBe(403);
    expect(await (await site.get('/staff', as(who))).text()).not.toContain('/staff/admin');
  }
  const signedOut = await site.get('/staff/admin/stuck');
  expect(signedOut.headers.get('location')).toBe('/staff?notice=sign_in_first');
});
