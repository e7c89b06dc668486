/** The queue in a real browser: what colleagues and senders do is seen without reloading. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteReader } from '../../src/desk/letters/presence.ts';
import { startBrowser } from '../../src/testing/browser.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { newPage } from './portal.ts';

let site: TestSite;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const env = { LIMITS: 'eventsPollMs=100', PORT: String(await freePorts()) };
  site = await openTestSite({ env, listen: true });
  browser = await startBrowser();
  page = await newPage(browser, { width: 1280 });
  const [name = '', value = ''] = (await site.addMember('reviewer')).cookie.split('=');
  await page.context().addCookies([{ name, value, url: site.origin }]);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
}, 300_000);

const count = (queue: string) => page.locator(`[data-count="${queue}"]`);

test('counts, new letters and who reads what are seen without reloading, and no row moves', async () => {
  const first = await site.letterIn('pending');
  await page.goto(`${site.origin}/staff`);
  const row = page.locator(`[data-letter="${first.id}"]`);
  const before = await row.boundingBox();

  const added = [await site.letterIn('pending'), await site.letterIn('pending')];
  const news = page.getByRole('link', { name: 'نامه‌ی تازه در این فهرست: ۲؛ نمایش' });
  await news.waitFor();
  expect(await page.locator('[aria-live="polite"]', { has: news }).count()).toBe(1);
  expect(await count('pending').textContent()).toBe('۳');
  expect(await page.locator('tr[data-letter]').count()).toBe(1);
  expect(await row.boundingBox()).toEqual(before);
  expect(((await news.boundingBox()) ?? { height: 0 }).height).toBeGreaterThanOrEqual(44);

  const colleague = await site.addMember('reviewer', { name: 'ندا کریمی' });
  const reading = { staff: colleague, letterId: first.id };
  await noteReader(site.deps, reading);
  await row.getByText('باز نزد ندا کریمی').waitFor();
  await noteReader(site.deps, { ...reading, hasLeft: true });
  await row.getByText('باز نزد').waitFor({ state: 'detached' });

  await news.click();
  await page.locator(`[data-letter="${added[1]?.id}"]`).waitFor();
  expect(await page.locator('tr[data-letter]').count()).toBe(3);
  expect(await news.count()).toBe(0);
});

test('a letter that leaves the list stays in sight until the list is opened anew', async () => {
  const { id } = await site.letterIn('pending');
  await page.goto(`${site.origin}/staff`);
  await site.applyDecision(id);
  await count('with_unit')
    .and(page.getByText('۱', { exact: true }))
    .waitFor();
  expect(await page.locator(`[data-letter="${id}"]`).count()).toBe(1);
});
