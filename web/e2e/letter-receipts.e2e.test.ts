/** A file is compared with its receipt in the browser and stays there; without scripts by the desk. */
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { startTestSite } from '../../src/testing/web.ts';

const CONTENT = Buffer.from('%PDF-1.7 the letter');

let site: Awaited<ReturnType<typeof startTestSite>>;
let browser: Browser;
let address: string;

beforeAll(async () => {
  site = await startTestSite(await freePorts());
  browser = await startBrowser();
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');
  const { id: letterId } = site.fake.addLetter({
    file: { name: 'نامه.pdf', type: 'pdf', bytes: CONTENT.length, sha256 },
  });
  const { token } = await site.fake.desk.letterReceipt({ applicantId: 'applicant', letterId });
  address = `${site.origin}/verify/${token}`;
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

const openPage = async (javaScriptEnabled: boolean): Promise<{ page: Page; posts: string[] }> => {
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') posts.push(request.url());
  });
  await page.goto(address);
  return { page, posts };
};

const compare = async (page: Page, buffer: Buffer): Promise<void> => {
  await page.getByLabel('فایل', { exact: true }).setInputFiles({
    name: 'renamed.bin',
    mimeType: '',
    buffer,
  });
  await page.getByRole('button', { name: 'مقایسه' }).click();
};

const SAME = 'این همان فایل رسید است؛ بایت به بایت.';
const OTHER = 'این فایل رسید نیست.';

test.each([
  { scripts: true, sends: 0 },
  { scripts: false, sends: 2 },
])('with scripts: $scripts, a file is compared and sent $sends times', async (row) => {
  const { page, posts } = await openPage(row.scripts);
  expect(await page.getByText('فایل فرستاده نمی‌شود').isVisible()).toBe(row.scripts);
  await compare(page, CONTENT);
  await page.getByText(SAME).waitFor();
  expect(await page.getByText(OTHER).isVisible()).toBe(false);
  const changed = Buffer.from(CONTENT);
  changed[9] = 1;
  await compare(page, changed);
  await page.getByText(OTHER).waitFor();
  expect(await page.getByText(SAME).isVisible()).toBe(false);
  expect(posts).toHaveLength(row.sends);
  await page.context().close();
});
