/** A question to the sender and its answer, in a real browser on the whole desk. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { approve, openForm, sendLetter, smsTo } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

test('without scripts: the unit asks, the sender is told and answers with a file, the unit reads it', async () => {
  const { page, mobile } = await openApplicant({ desk, browser }, { scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'درخواست پروانه' });
  const admin = await openStaff({ desk, browser }, 'admin', { scripts: false });
  await approve(admin, desk, letterId);
  await smsTo(desk, mobile, 'approved');
  await admin.goto(`${desk.url}/staff/letters/${letterId}`);
  await openForm(admin, 'ask');
  await admin.getByLabel('متن پرسش').fill('پلاک ملک چند است؟');
  await admin.getByRole('button', { name: 'ثبت پرسش' }).click();
  await admin.locator('[data-question="open"]').waitFor();
  expect((await smsTo(desk, mobile, 'question')).text).toContain('پلاک ملک چند است؟');

  await page.goto(`${desk.url}/letters`);
  await page.getByRole('link', { name: 'پاسخ به پرسش' }).click();
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  expect(await page.title()).toMatch(/^خطا: /);
  await page.getByLabel('متن پاسخ').fill('پلاک دوازده است.');
  const { name, bytes } = await sampleFile('pdf');
  await page.getByLabel('فایل').setInputFiles({ name, mimeType: '', buffer: bytes });
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.locator('[data-question="answered"]').waitFor();
  await page.locator('[data-deadline="running"]').first().waitFor();

  await admin.reload();
  const answered = admin.locator('[data-question="answered"]');
  await answered.getByText('پلاک دوازده است.').waitFor();
  await answered.getByRole('link', { name }).waitFor();
  const course = await page.locator('.timeline__what').allTextContents();
  expect(course.slice(-2)).toEqual(['پرسش واحد از فرستنده', 'پاسخ فرستنده به پرسش']);
}, 300_000);
