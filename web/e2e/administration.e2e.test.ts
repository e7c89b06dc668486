/** An administrator's morning: a unit, a new reviewer, and a letter that the reviewer wrote. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDesk, openDesk, openStaff } from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { approve, letterIdOf, newMobile, newPage, sendLetter, signIn } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

test('a unit and a reviewer that an administrator adds work at once, and the reviewer does not decide the own letter', async () => {
  const admin = await openStaff({ desk, browser }, 'admin');
  await admin.getByRole('link', { name: 'مدیریت' }).click();
  await admin.getByRole('link', { name: 'واحدها', exact: true }).click();
  await admin.getByRole('link', { name: 'افزودن واحد' }).click();
  await admin.getByLabel('نام واحد').fill('بایگانی راکد');
  await admin.getByRole('button', { name: 'افزودن واحد' }).click();
  await admin.getByText('واحد افزوده شد.').waitFor();
  expect(await admin.getByRole('cell', { name: 'بایگانی راکد' }).count()).toBe(1);

  const mobile = newMobile();
  await admin.getByRole('link', { name: 'کارمندان', exact: true }).click();
  await admin.getByRole('link', { name: 'افزودن کارمند' }).click();
  await admin.getByLabel('نام کاربری').fill('sahar');
  await admin.getByLabel('نام', { exact: true }).fill('سحر امینی');
  await admin.getByLabel('نقش').selectOption('reviewer');
  await admin.getByLabel('شماره‌ی همراه').fill(mobile);
  await admin.getByRole('button', { name: 'افزودن کارمند' }).click();
  const password = (await admin.locator('.secret').textContent())?.trim() ?? '';
  desk.accounts.push({ username: 'sahar', password, role: 'reviewer' });

  const reviewer = await openStaff({ desk, browser }, 'sahar', { width: 390 });
  expect(await reviewer.getByRole('link', { name: 'مدیریت' }).count()).toBe(0);

  const applicant = await newPage(browser, { width: 390 });
  await signIn(applicant, desk, mobile);
  await applicant.goto(`${desk.url}/letters/new`);
  expect(
    await applicant.getByRole('option', { name: 'بایگانی راکد' }).count(),
    'the new unit can be chosen',
  ).toBe(1);
  await sendLetter(applicant, desk, { subject: 'درخواست خودم' });
  const letterId = letterIdOf(applicant);
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await reviewer.getByText('این نامه از شماره‌ی همراه خود شما فرستاده شده است').waitFor();
  expect(await reviewer.locator('.dock--decision').count()).toBe(0);
  await approve(admin, desk, letterId);

  await admin.goto(`${desk.url}/staff/admin/audit?actor=sahar`);
  expect(await admin.locator('[data-action="read"]').count()).toBe(1);
  await admin.goto(`${desk.url}/staff/admin/audit?action=staff_added`);
  expect(await admin.locator('[data-action="staff_added"]').textContent()).toContain('sahar');
});

test('an administrator words an SMS and renames the organisation, and every process knows it', async () => {
  const admin = await openStaff({ desk, browser }, 'admin');
  await admin.goto(`${desk.url}/staff/admin/texts/approved-fa`);
  const wording = '{سازمان}\nمبارک است.\n{شماره نامه}\n{تاریخ}\n{کد پیگیری}';
  await admin.getByLabel('متن پیامک').fill(wording);
  await admin.locator('[data-preview]', { hasText: 'مبارک است.' }).waitFor();
  await admin.getByRole('button', { name: 'ثبت متن' }).click();
  await admin.getByText('متن ثبت شد.').waitFor();

  await admin.getByRole('link', { name: 'نام و نشان سازمان' }).click();
  await admin.getByLabel('نام سازمان', { exact: true }).fill('شهرداری نو');
  await admin.locator('[data-preview]', { hasText: 'شهرداری نو' }).waitFor();
  await admin.getByRole('button', { name: 'ثبت تغییر' }).click();
  await admin.locator('header .brand', { hasText: 'شهرداری نو' }).waitFor();

  const mobile = newMobile();
  const applicant = await newPage(browser, { width: 390 });
  await signIn(applicant, desk, mobile);
  await sendLetter(applicant, desk, { subject: 'درخواست انشعاب' });
  await approve(admin, desk, letterIdOf(applicant));
  // The worker writes it.
  const outbox = await applicant.request.get(`${desk.url}/dev/outbox.json?mobile=${mobile}`);
  const messages = (await outbox.json()) as { kind: string; text: string }[];
  const approved = messages.find(({ kind }) => kind === 'approved');
  expect(approved?.text.split('\n').slice(0, 2)).toEqual(['شهرداری نو', 'مبارک است.']);
});
