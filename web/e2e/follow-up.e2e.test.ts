/** A letter after its answer, in a real browser on the whole desk: it closes by itself, and its sender reopens it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { approve, plain, sendLetter, smsTo } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  const env = { TEST_WORKING_DAY_SECONDS: '5', CLOSE_DAYS: '1', REOPEN_DAYS: '365' };
  ({ desk, browser } = await openDesk({ env }));
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

test('without scripts: answered, closed by itself, reopened by its sender under the same number', async () => {
  const { page, mobile } = await openApplicant({ desk, browser }, { scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'درخواست کارت' });
  const admin = await openStaff({ desk, browser }, 'admin', { scripts: false });
  await approve(admin, desk, letterId);
  const [, number = ''] =
    /^(\d{4}\/\d+)$/m.exec((await smsTo(desk, mobile, 'approved')).text) ?? [];
  await admin.goto(`${desk.url}/staff/letters/${letterId}`);
  await admin.getByLabel('متن پاسخ').fill('کارت آماده است.');
  await admin.getByRole('button', { name: 'ثبت پاسخ' }).click();
  await admin.locator('[data-step="answered"], [data-step="closed"]').waitFor();
  await smsTo(desk, mobile, 'replied');

  const end = Date.now() + 120_000;
  await page.goto(`${desk.url}/letters/${letterId}`);
  while ((await page.locator('article[data-step="closed"]').count()) === 0) {
    if (Date.now() > end) throw new Error('the letter does not close by itself');
    await page.waitForTimeout(1_000);
    await page.reload();
  }
  await page.getByRole('link', { name: 'پیگیری دوباره' }).click();
  await page.getByRole('button', { name: 'ثبت پیگیری' }).click();
  expect(await page.title()).toMatch(/^خطا: /);
  await page.getByLabel('متن پیگیری').fill('کارت هنوز نرسیده است.');
  await page.getByRole('button', { name: 'ثبت پیگیری' }).click();
  await page.locator('article[data-step="with_unit"]').waitFor();
  expect(plain(await page.locator('article').first().textContent())).toContain(number);
  expect((await smsTo(desk, mobile, 'reopened')).text).toContain(number);

  await admin.goto(`${desk.url}/staff/letters/${letterId}`);
  await admin.getByText('کارت هنوز نرسیده است.').first().waitFor();
  await admin.getByRole('button', { name: 'ثبت پاسخ' }).waitFor();
  const course = await page.locator('.timeline__what').allTextContents();
  expect(course.slice(-3)).toEqual([
    'واحد پاسخ داد',
    'رسیدگی پایان یافت',
    'فرستنده خواست نامه دوباره پی گرفته شود',
  ]);
}, 300_000);
