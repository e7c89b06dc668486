/** A file is compared with its receipt in the browser and stays there; without scripts by the desk. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { getLetterReceipt } from '../../src/desk/proof/letter-receipts.ts';

const { name, bytes: CONTENT } = await sampleFile('pdf');

let site: TestSite;
let browser: Browser;
let address: string;

beforeAll(async () => {
  site = await openTestSite({ env: { PORT: String(await freePorts()) }, listen: true });
  browser = await startBrowser();
  const file = await site.storeFile({ name, bytes: CONTENT });
  const { id: letterId, sender } = await site.letterIn('pending', { file });
  const { token } = await getLetterReceipt(site.deps, { applicantId: sender.id, letterId });
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
