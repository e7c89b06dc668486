/** Withdrawing, correcting and news without a reload, in a real browser on the whole desk. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { approve, sendLetter, smsTo, openForm } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;
let reviewer: Page;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
  reviewer = await openStaff({ desk, browser }, 'reviewer');
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const signedIn = (options?: Parameters<typeof openApplicant>[1]) =>
  openApplicant({ desk, browser }, options);

const sendBack = async (letterId: string, what: string): Promise<void> => {
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await openForm(reviewer, 'return');
  await reviewer.getByLabel('آنچه باید اصلاح شود').fill(what);
  await reviewer.getByRole('button', { name: 'بازگرداندن برای اصلاح' }).click();
  await reviewer.locator('article[data-state="returned"]').waitFor();
};

test('an applicant withdraws a letter, without scripts; a reviewer who comes late is told', async () => {
  const { page } = await signedIn({ scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'نامه‌ای برای انصراف' });
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await page.getByRole('link', { name: 'انصراف از نامه' }).click();
  await page.getByRole('link', { name: 'خیر، نامه بماند' }).click();
  await page.locator('article[data-state="pending"]').waitFor();
  await page.getByRole('link', { name: 'انصراف از نامه' }).click();
  await page.getByRole('button', { name: 'بله، انصراف می‌دهم' }).click();
  const letter = page.locator('article[data-state="withdrawn"]');
  await letter.waitFor();
  expect(await letter.getByText('انصراف', { exact: true }).count()).toBe(1);
  await page.getByText('فرستنده انصراف داد').waitFor();
  expect(await page.getByRole('link', { name: 'انصراف از نامه' }).count()).toBe(0);

  // The reviewer's page is older than the withdrawal.
  await reviewer.getByRole('button', { name: 'تایید', exact: true }).click();
  await reviewer.getByText('فرستنده از این نامه انصراف داده بود').waitFor();
  await reviewer.goto(`${desk.url}/staff?filter=withdrawn`);
  await reviewer.getByRole('link', { name: 'نامه‌ای برای انصراف' }).waitFor();
  await page.goto(`${desk.url}/letters`);
  await page.locator('[data-state="withdrawn"]').waitFor();
});

test('what was approved cannot be withdrawn, and the page says that it is registered', async () => {
  const { page } = await signedIn({ scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'دیر برای انصراف' });
  await page.getByRole('link', { name: 'انصراف از نامه' }).click();
  await approve(reviewer, desk, letterId);
  const answered = page.waitForResponse(/\/withdrawal$/);
  await page.getByRole('button', { name: 'بله، انصراف می‌دهم' }).click();
  expect((await answered).status()).toBe(409);
  await page.getByText('پیش از انصراف شما تایید کرده است').waitFor();
  await page.getByRole('link', { name: 'دیدن نامه' }).click();
  await page.locator('article[data-state="approved"]').waitFor();
});

test('returned, corrected and approved: the reason comes by SMS, what is typed is kept', async () => {
  const { page, mobile } = await signedIn({ scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'درخواست بدون امضا' });
  await sendBack(letterId, 'صفحه‌ی دوم امضا ندارد');
  const sms = await smsTo(desk, mobile, 'returned', []);
  expect(sms.text.split('\n')).toContain('صفحه‌ی دوم امضا ندارد');

  await page.goto(`${desk.url}/letters/${letterId}`);
  const letter = page.locator('article[data-state="returned"]');
  await letter.getByText('نیازمند اصلاح').waitFor();
  await letter.getByText('صفحه‌ی دوم امضا ندارد').waitFor();
  await page.getByRole('link', { name: 'اصلاح و ارسال دوباره' }).click();
  expect(await page.getByLabel('موضوع نامه').inputValue()).toBe('درخواست بدون امضا');
  const unit = await page.getByLabel('مخاطب گیرنده نامه').inputValue();
  await page.getByLabel('موضوع نامه').fill('');
  const { name, bytes } = await sampleFile('docx');
  await page.getByLabel('فایل تازه').setInputFiles({ name, mimeType: '', buffer: bytes });
  await page.getByRole('button', { name: 'ثبت و ارسال دوباره' }).click();
  await page.getByRole('link', { name: 'موضوع نامه را بنویسید' }).waitFor();
  expect(await page.title()).toMatch(/^خطا: /);
  expect(await page.getByLabel('مخاطب گیرنده نامه').inputValue()).toBe(unit);
  await page.getByLabel('موضوع نامه').fill('درخواست با امضا');
  await page.getByRole('button', { name: 'ثبت و ارسال دوباره' }).click();
  await page.locator('article[data-state="pending"]').waitFor();
  await page.getByText('نامه‌ی اصلاح‌شده ثبت شد').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('درخواست با امضا');
  await page.getByText(name).first().waitFor();

  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await reviewer.getByText('این نامه پس از اصلاح دوباره فرستاده شده است (بار ۲).').waitFor();
  await approve(reviewer, desk, letterId);
  await page.getByRole('button', { name: 'گرفتن آخرین وضعیت' }).click();
  await page.locator('article[data-state="approved"]').waitFor();
  const course = await page.locator('.timeline__what').allTextContents();
  expect(course).toEqual(
    [
      'نامه فرستاده شد',
      'نامه برای اصلاح برگشت',
      'نامه اصلاح و دوباره فرستاده شد',
      'نامه تایید و ثبت شد',
    ].map((line) => expect.stringContaining(line) as string),
  );
});

test('an open page shows the approval by itself, and tells it politely', async () => {
  const { page } = await signedIn({ width: 390 });
  const letterId = await sendLetter(page, desk, { subject: 'نامه‌ی زنده' });
  const second = await page.context().newPage();
  await second.goto(`${desk.url}/letters/${letterId}`);
  const button = second.getByRole('button', { name: 'گرفتن آخرین وضعیت' });
  await button.focus();
  const requests: string[] = [];
  second.on('request', (request) => requests.push(request.resourceType()));
  // Whatever is not taken over keeps this.
  await second.evaluate(`document.querySelector('h1, .brand').ownerDocument.seen = true`);

  await approve(reviewer, desk, letterId);
  await second.locator('article[data-state="approved"]').waitFor();
  await second.getByText('نامه تایید و ثبت شد').waitFor();
  expect(await second.evaluate('document.seen')).toBe(true);
  expect(requests).not.toContain('document');
  const news = second.locator('[data-live-news]');
  expect(await news.getAttribute('role')).toBe('status');
  await expect.poll(() => news.textContent()).toBe('وضعیت نامه: نزد واحد');
  expect(await button.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(
    true,
  );
});

test('a page that was without a line catches up when it is back', async () => {
  const { page } = await signedIn();
  const letterId = await sendLetter(page, desk, { subject: 'نامه‌ی زنده‌ی دوم' });
  await page.goto(`${desk.url}/letters/${letterId}`);
  await page.context().setOffline(true);
  await sendBack(letterId, 'پیوست ندارد');
  expect(await page.locator('article[data-state="pending"]').count()).toBe(1);
  await page.context().setOffline(false);
  await page.locator('article[data-state="returned"]').waitFor({ timeout: 120_000 });
});
