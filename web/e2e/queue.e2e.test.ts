/** The list of letters as a triage list: how much of it is seen, and what its filters find. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decideLetterOfBulk } from '../../src/desk/letters/decide-in-bulk.ts';
import { startBrowser } from '../../src/testing/browser.ts';
import { freePorts } from '../../src/testing/ports.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { newPage } from './portal.ts';

const LETTERS = 20;
const SUBJECTS = [
  'درخواست بازدید از محل ساخت',
  'شکایت از صدای کارگاه همسایه در ساعت‌های شب و آغاز کار پیش از ساعت هفت بامداد در روزهای تعطیل',
  'پرسش درباره‌ی عوارض نوسازی',
];
const SENDERS = ['سارا احمدی', 'شرکت ساختمانی و تاسیساتی آرمان‌گستر نوین خاورمیانه', 'ناصر قلی'];

let site: TestSite;
let browser: Browser;
let reviewer: SiteMember;
let page: Page;
const letterIds: string[] = [];

beforeAll(async () => {
  const port = await freePorts();
  site = await openTestSite({
    env: { PORT: String(port) },
    listen: true,
  });
  const units = [await site.addUnit('امور شهروندان'), await site.addUnit('شهرسازی و معماری')];
  for (let count = 0; count < LETTERS; count += 1) {
    const { id } = await site.letterIn(count % 7 === 3 ? 'corrected' : 'pending', {
      unitId: units[count % 2] ?? '',
      subject: SUBJECTS[count % 3] ?? '',
      senderName: SENDERS[count % 3] ?? '',
    });
    letterIds.push(id);
  }
  await site.backdate(letterIds[0] ?? '');
  reviewer = await site.addMember('reviewer', { name: 'مریم رضایی' });
  const colleague = await site.addMember('reviewer', { name: 'ندا کریمی' });
  await site.db`
    insert into letter_readers (letter_id, staff_id, seen_at)
    values (${letterIds[1] ?? ''}, ${colleague.id}, now() + interval '1 hour')`;
  browser = await startBrowser();
  page = await openAs(reviewer);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
}, 300_000);

const openAs = async ({ cookie }: SiteMember): Promise<Page> => {
  const opened = await newPage(browser, { width: 1280 });
  const [name = '', value = ''] = cookie.split('=');
  await opened.context().addCookies([{ name, value, url: site.origin }]);
  return opened;
};

const rows = (): Promise<{ top: number; bottom: number; height: number }[]> =>
  page.evaluate(`[...document.querySelectorAll('[data-letter]')].map((row) => {
    const { top, bottom, height } = row.getBoundingClientRect();
    return { top, bottom, height };
  })`);

test('fourteen letters are seen at once on 1280 × 800, one line for each', async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${site.origin}/staff`);
  const all = await rows();
  expect(all.length).toBe(LETTERS);
  expect(all.filter(({ bottom }) => bottom <= 800).length).toBeGreaterThanOrEqual(14);
  expect(new Set(all.map(({ height }) => Math.round(height))).size).toBe(1);
});

test('on a phone a letter is a card of a few lines', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${site.origin}/staff`);
  const heights = (await rows()).map(({ height }) => height).toSorted((a, b) => a - b);
  expect(heights[LETTERS / 2]).toBeLessThanOrEqual(115);
  expect(heights.at(-1)).toBeLessThanOrEqual(150);
});

test('a click anywhere in the line opens the letter', async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${site.origin}/staff`);
  const line = page.locator(`[data-letter="${letterIds[2]}"]`);
  const { height = 0 } = (await line.boundingBox()) ?? {};
  await line.click({ position: { x: 5, y: height / 2 } });
  await page.waitForURL(/\/staff\/letters\//);
  expect(page.url()).toContain(letterIds[2]);
});

test('filters are folded away, stay open while they narrow the list, and go again', async () => {
  await page.goto(`${site.origin}/staff`);
  expect(await page.getByLabel('فرستاده‌شده از').isVisible()).toBe(false);
  await page.getByText('پالایش', { exact: true }).click();
  await page.getByLabel('پیشینه').selectOption('corrected');
  await page.getByRole('button', { name: 'نشان بده' }).click();
  await page.waitForURL(/history=corrected/);
  expect(await page.locator('[data-letter]').count()).toBe(3);
  await page.getByLabel('پیشینه').selectOption('');
  await page.getByLabel('تا', { exact: true }).fill('۱۴۰۴/۹/۱');
  await page.getByRole('button', { name: 'نشان بده' }).click();
  await page.waitForURL(/until=/);
  expect(await page.locator('[data-letter]').count()).toBe(1);
  await page.getByRole('link', { name: 'برداشتن پالایش' }).click();
  await page.waitForURL(/\/staff\?filter=pending$/);
  expect(await page.locator('[data-letter]').count()).toBe(LETTERS);
});

test('letters chosen in the list are decided together, and those of the rest are cancelled', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${site.origin}/staff`);
  for (const id of letterIds.slice(4, 7))
    await page.locator(`[data-letter="${id}"] [type="checkbox"]`).check();
  await page.getByRole('button', { name: 'تصمیم گروهی' }).click();
  await page.getByText('یک تصمیم برای ۳ نامه').waitFor();
  await page.getByLabel('تصمیم', { exact: true }).selectOption('return');
  await page.getByRole('button', { name: 'ثبت تصمیم برای ۳ نامه' }).click();
  await page.getByRole('link', { name: 'بنویسید چه چیزی باید اصلاح شود' }).waitFor();
  await page.getByLabel('دلیل', { exact: true }).fill('امضا ندارد');
  await page.getByRole('button', { name: 'ثبت تصمیم برای ۳ نامه' }).click();
  await page.locator('[data-bulk="running"]').waitFor();
  const bulkId = /bulk\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
  const letterId = letterIds[4] ?? '';
  await decideLetterOfBulk(site.deps, { bulkId, letterId });
  // The page itself looks how far it has come.
  await page.locator(`[data-letter="${letterId}"][data-outcome="decided"]`).waitFor();
  await page.getByRole('button', { name: 'لغو باقی‌مانده' }).click();
  await page.locator('[data-bulk="ended"]').waitFor();
  expect(await page.locator('[data-outcome="cancelled"]').count()).toBe(2);
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('the list says who has a letter open', async () => {
  await page.goto(`${site.origin}/staff`);
  const open = page.locator(`[data-letter="${letterIds[1]}"]`);
  expect(await open.textContent()).toContain('ندا کریمی');
});
