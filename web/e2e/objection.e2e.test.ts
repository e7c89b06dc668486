/** A rejection that is objected to and decided by somebody else, in a real browser on the whole desk. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { approve, reject, sendLetter, smsTo } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

test('without scripts: rejected, objected to, approved by another, and announced', async () => {
  const { page, mobile } = await openApplicant({ desk, browser }, { scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'درخواست رد شده' });
  const reviewer = await openStaff({ desk, browser }, 'reviewer', { scripts: false });
  await reject(reviewer, desk, letterId, 'پیوست خوانا نیست');
  await smsTo(desk, mobile, 'rejected', []);

  await page.goto(`${desk.url}/letters/${letterId}`);
  await page.locator('article[data-state="rejected"]').waitFor();
  await page.getByRole('link', { name: 'اعتراض', exact: true }).click();
  await page.getByRole('button', { name: 'ثبت اعتراض' }).click();
  expect(await page.title()).toMatch(/^خطا: /);
  await page.getByLabel('متن اعتراض').fill('پیوست در چاپ خوانا بود.');
  await page.getByRole('button', { name: 'ثبت اعتراض' }).click();
  await page.getByText('اعتراض شما ثبت شد و همکار دیگری').waitFor();
  await page.locator('article[data-state="pending"]').waitFor();
  await smsTo(desk, mobile, 'reopened', []);

  await reviewer.goto(`${desk.url}/staff`);
  const row = reviewer.locator('[data-objection]');
  await row.getByText('اعتراض به رد شما').waitFor();
  await row.getByRole('link', { name: 'درخواست رد شده' }).click();
  await reviewer.getByText('همکار دیگری درباره‌ی آن تصمیم می‌گیرد').waitFor();
  expect(await reviewer.getByRole('button', { name: 'تایید', exact: true }).count()).toBe(0);

  const admin = await openStaff({ desk, browser }, 'admin');
  await admin.goto(`${desk.url}/staff/letters/${letterId}`);
  await admin.getByText('پیوست در چاپ خوانا بود.').first().waitFor();
  await approve(admin, desk, letterId);
  await smsTo(desk, mobile, 'approved');
  await page.getByRole('button', { name: 'گرفتن آخرین وضعیت' }).click();
  await page.locator('article[data-state="approved"]').waitFor();
  const course = await page.locator('.timeline__what').allTextContents();
  expect(course).toEqual(
    ['نامه فرستاده شد', 'نامه رد شد', 'فرستنده به رد نامه اعتراض کرد', 'نامه تایید و ثبت شد'].map(
      (line) => expect.stringContaining(line) as string,
    ),
  );
}, 300_000);
