/** A promise that people can check: a day off that is added moves it, and says why. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatJalaliDate, toJalali } from '../../src/platform/base/jalali.ts';
import { closeDesk, openDesk, openStaff } from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { letterIdOf, newMobile, newPage, sendLetter, signIn } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const dueAt = async (page: Page): Promise<Date> =>
  new Date((await page.locator('.deadline time').getAttribute('datetime')) ?? '');

test('a day off that an administrator adds moves the deadline of a letter under way, and its account names it', async () => {
  const applicant = await newPage(browser, { width: 390 });
  await signIn(applicant, desk, newMobile());
  await sendLetter(applicant, desk, { subject: 'درخواست با مهلت' });
  const letterId = letterIdOf(applicant);
  await applicant.goto(`${desk.url}/letters/${letterId}`);
  const before = await dueAt(applicant);
  await applicant.getByRole('link', { name: 'چگونه حساب شد' }).click();
  expect(await applicant.locator('[data-count="counted"]').count()).toBe(10);

  const admin = await openStaff({ desk, browser }, 'admin');
  await admin.getByRole('link', { name: 'مدیریت' }).click();
  await admin.getByRole('link', { name: 'تقویم کاری' }).click();
  const day = formatJalaliDate(toJalali(before, 'Asia/Tehran'));
  await admin.getByLabel('تاریخ').fill(day);
  await admin.getByLabel('این روز').selectOption('holiday');
  await admin.getByLabel('عنوان').fill('گرمای هوا');
  await admin.getByRole('button', { name: 'افزودن روز' }).click();
  await admin.getByText('روز به تقویم افزوده شد.').waitFor();
  expect(await admin.getByRole('cell', { name: 'گرمای هوا' }).count()).toBe(1);

  await applicant.reload();
  expect((await dueAt(applicant)).getTime()).toBeGreaterThan(before.getTime());
  expect(await applicant.locator('[data-count="holiday"]').textContent()).toContain('گرمای هوا');
  expect(await applicant.locator('[data-count="counted"]').count()).toBe(10);

  const reviewer = await openStaff({ desk, browser }, 'reviewer');
  await reviewer.goto(`${desk.url}/staff?order=due`);
  expect(await reviewer.locator('[data-deadline="running"]').count()).toBe(1);
  await reviewer.goto(`${desk.url}/staff?overdue=1`);
  await reviewer.getByText('مهلت هیچ نامه‌ای در این دسته نگذشته است.').waitFor();

  await admin.getByRole('button', { name: /^برداشتن / }).click();
  await admin.getByText('روز از تقویم برداشته شد.').waitFor();
  await applicant.reload();
  expect(await dueAt(applicant)).toEqual(before);
  await admin.goto(`${desk.url}/staff/admin/audit?action=calendar_day_removed`);
  expect(await admin.locator('[data-action="calendar_day_removed"]').textContent()).toContain(
    'گرمای هوا',
  );
});
