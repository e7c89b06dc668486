/** Every row of the guide, in a real browser on the desk as `npm start` runs it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileType } from '../../src/platform/files/stored-file.ts';
import { parseTrackingCode } from '../../src/desk/register/tracking-code.ts';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import {
  approve,
  askForCode,
  fillLetter,
  letterIdOf,
  newMobile,
  newPage,
  plain,
  reject,
  sendLetter,
  signIn,
  smsTo,
  openForm,
} from './portal.ts';
import { soundAlarm } from '../../src/testing/log-alarm.ts';

let desk: RunningDesk;
let browser: Browser;
let reviewer: Page;
let clerk: Page;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
  reviewer = await openStaff({ desk, browser }, 'reviewer');
  clerk = await openStaff({ desk, browser }, 'clerk');
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const signedIn = (options?: Parameters<typeof openApplicant>[1]) =>
  openApplicant({ desk, browser }, options);

/** Red, green and blue of a state's badge, 0 to 255. */
const colourOf = async (page: Page, state: string): Promise<number[]> => {
  const colour: string = await page.evaluate(
    `getComputedStyle(document.querySelector('article[data-state="${state}"] .badge')).color`,
  );
  return colour.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
};

test('row 1: the desk answers at its address, with scripts turned off', async () => {
  const page = await newPage(browser, { scripts: false });
  const response = await page.goto(desk.url);
  expect(response?.status()).toBe(200);
  expect(await page.locator('html').getAttribute('lang')).toBe('fa');
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  expect(await page.locator('script:not([src])').count()).toBe(0);
});

test('row 2: the first page asks for mobile number and displayed security code, in any digits', async () => {
  const page = await newPage(browser);
  await page.goto(desk.url);
  const picture = page.getByRole('img', { name: /کد امنیتی/ });
  expect(
    await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth),
  ).toBeGreaterThan(100);
  await page.getByRole('button', { name: 'ارسال کد' }).click();
  expect(await page.title()).toMatch(/^خطا: /);
  await page.getByText('شماره تلفن همراه را بنویسید').first().waitFor();

  const mobile = newMobile();
  const persian = mobile.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  await askForCode(page, desk, `+98 ${persian.slice(1, 4)}-${persian.slice(4)}`);
  await page.getByLabel('کد تایید').waitFor();
  expect((await smsTo(desk, mobile, 'code')).to).toBe(`+98${mobile.slice(1)}`);
});

test('row 3: an SMS brings the confirmation code and the desk opens', async () => {
  const page = await newPage(browser);
  const mobile = newMobile();
  await askForCode(page, desk, mobile);
  const sms = await smsTo(desk, mobile, 'code');
  expect(sms.text.split('\n').at(-1)).toMatch(/^@localhost #\d{6}$/);
  await page.getByLabel('کد تایید').fill('000000');
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.getByText('کد تایید درست نیست').first().waitFor();
  await page.getByLabel('کد تایید').fill(sms.text.slice(-6));
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.waitForURL(`${desk.url}/letters`);
  await page.getByRole('button', { name: 'خروج' }).click();
  const response = await page.goto(`${desk.url}/letters`);
  expect(response?.url()).not.toBe(`${desk.url}/letters`);
});

test('row 4: a first visit has two parts, following up by tracking code and a new letter', async () => {
  const { page } = await signedIn();
  await page.getByRole('textbox', { name: 'کد پیگیری' }).waitFor();
  await page.getByRole('button', { name: 'جستجو' }).waitFor();
  await page.getByRole('button', { name: 'ثبت نامه جدید' }).click();
  await page.waitForURL(/\/letters\/new/);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('ثبت نامه جدید');
});

test('row 5: a new letter names its sender, unit, subject and file; what is wrong is said and what was typed is kept', async () => {
  const { page } = await signedIn();
  await page.goto(`${desk.url}/letters/new`);
  const units = await page.getByLabel('مخاطب گیرنده نامه').locator('option').allTextContents();
  for (const unit of ['امور حقوقی', 'امور مالی', 'روابط عمومی', 'فناوری اطلاعات'])
    expect(units).toContain(unit);
  await page.getByLabel('موضوع نامه').fill('درخواست بررسي مجدد');
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.getByText('مشکلی وجود دارد').waitFor();
  expect(await page.getByLabel('موضوع نامه').inputValue()).toBe('درخواست بررسی مجدد');
  await fillLetter(page, {
    sender: 'علی رضایی',
    unit: 'امور مالی',
    subject: 'درخواست',
    type: 'pdf',
  });
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.waitForURL(/\/letters\/[0-9a-f-]{36}/);
  expect(await page.getByText('علی رضایی').count()).toBeGreaterThan(0);
});

const TYPES: FileType[] = ['docx', 'doc', 'pdf', 'jpg', 'png', 'tiff'];
test.each(TYPES)('row 6: a %s file is accepted and comes back byte for byte', async (type) => {
  const { page } = await signedIn();
  const letterId = await sendLetter(page, desk, { subject: `نامه ${type}`, type });
  const { bytes } = await sampleFile(type);
  const response = await page.request.get(`${desk.url}/letters/${letterId}/file`);
  expect(response.headers()['content-disposition']).toMatch(/^attachment/);
  expect(
    createHash('sha256')
      .update(await response.body())
      .digest('hex'),
  ).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('row 7: «ثبت» registers the request as «در حال بررسی», and it reaches the organisation', async () => {
  const { page } = await signedIn();
  const letterId = await sendLetter(page, desk, { subject: 'درخواست مجوز ساخت' });
  await page.getByText('درخواست شما ثبت شد').waitFor();
  const badge = page.locator('[data-state="pending"]').getByText('در حال بررسی').first();
  await badge.waitFor();
  await reviewer.goto(`${desk.url}/staff`);
  expect(await reviewer.locator(`a[href^="/staff/letters/${letterId}"]`).count()).toBeGreaterThan(
    0,
  );
});

test('row 8: an approved letter goes to its unit, and number, date and code go by SMS', async () => {
  const { page, mobile } = await signedIn();
  const letterId = await sendLetter(page, desk, { subject: 'درخواست وام' });
  await approve(reviewer, desk, letterId);
  const lines = (await smsTo(desk, mobile, 'approved')).text.split('\n');
  expect(lines.some((line) => /^14\d\d\/\d+$/.test(line))).toBe(true);
  expect(lines.some((line) => /^14\d\d\/\d\d\/\d\d$/.test(line))).toBe(true);
  expect(lines.some((line) => parseTrackingCode(line) !== undefined)).toBe(true);
  await clerk.goto(`${desk.url}/staff`);
  expect(await clerk.locator(`a[href^="/staff/letters/${letterId}"]`).count()).toBeGreaterThan(0);
});

test('row 9: a rejection sends reason and date by SMS', async () => {
  const { page, mobile } = await signedIn();
  const letterId = await sendLetter(page, desk, { subject: 'بدون پیوست' });
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await openForm(reviewer, 'reject');
  await reviewer.getByRole('button', { name: 'رد', exact: true }).click();
  await reviewer.getByText('دلیل رد را بنویسید').first().waitFor();
  await reject(reviewer, desk, letterId, 'پیوست نامه خوانا نیست');
  const sms = await smsTo(desk, mobile, 'rejected');
  expect(sms.text).toContain('پیوست نامه خوانا نیست');
  expect(sms.text).toMatch(/^14\d\d\/\d\d\/\d\d$/m);
});

describe('later visits', () => {
  let page: Page;
  let mobile: string;
  let approved: string;

  beforeAll(async () => {
    ({ page, mobile } = await signedIn());
    await sendLetter(page, desk, { subject: 'نامه دست‌نخورده' });
    approved = await sendLetter(page, desk, { subject: 'نامه تاییدی' });
    const rejected = await sendLetter(page, desk, { subject: 'نامه ردی' });
    await approve(reviewer, desk, approved);
    await reject(reviewer, desk, rejected, 'خارج از وظایف این سازمان است');
    await page.goto(`${desk.url}/letters`);
  }, 300_000);

  const article = (subject: string) => page.getByRole('article').filter({ hasText: subject });

  test('row 10: past requests open first, each with its state, and a button for a new letter', async () => {
    const again = await newPage(browser);
    await signIn(again, desk, mobile);
    expect(again.url()).toBe(`${desk.url}/letters`);
    expect(await again.getByRole('article').count()).toBe(3);
    expect(await again.getByRole('button', { name: 'ثبت نامه جدید' }).count()).toBe(1);
  });

  test('row 11: a rejected letter is red, «رد شده», with its reason', async () => {
    const text = await article('نامه ردی').textContent();
    expect(text).toContain('رد شده');
    expect(text).toContain('خارج از وظایف این سازمان است');
    const [red = 0, green = 0, blue = 0] = await colourOf(page, 'rejected');
    expect(red).toBeGreaterThan(Math.max(green, blue));
  });

  test('row 12: an untouched letter is blue, «در حال بررسی»', async () => {
    expect(await article('نامه دست‌نخورده').textContent()).toContain('در حال بررسی');
    const [red = 0, green = 0, blue = 0] = await colourOf(page, 'pending');
    expect(blue).toBeGreaterThan(Math.max(red, green));
  });

  test('row 13: an approved letter is green, «تایید شده», with number, code and date', async () => {
    const text = plain(await article('نامه تاییدی').textContent());
    expect(text).toContain('تایید شده');
    for (const label of ['شماره نامه', 'کد پیگیری', 'تاریخ ثبت']) expect(text).toContain(label);
    expect(text).toMatch(/14\d\d\/\d+/);
    expect(text).toMatch(/14\d\d\/\d\d\/\d\d/);
    expect(text).toMatch(/[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/);
    const [red = 0, green = 0, blue = 0] = await colourOf(page, 'approved');
    expect(green).toBeGreaterThan(Math.max(red, blue));
  });

  test('row 14: «گرفتن آخرین وضعیت» asks the running workflow, and brings the unit’s reply', async () => {
    await article('نامه تاییدی').getByRole('button', { name: 'گرفتن آخرین وضعیت' }).click();
    const panel = page.locator('[data-source]');
    expect(await panel.getAttribute('data-source')).toBe('workflow');
    expect(await panel.textContent()).toContain('امور حقوقی');

    await clerk.goto(`${desk.url}/staff/letters/${approved}`);
    await openForm(clerk, 'update');
    await clerk.getByLabel('شرح وضعیت').fill('در دست کارشناس است');
    await clerk.getByRole('button', { name: 'ثبت وضعیت' }).click();
    await clerk.locator('.timeline').getByText('در دست کارشناس است').waitFor();
    await openForm(clerk, 'reply');
    await clerk.getByLabel('متن پاسخ').fill('با درخواست شما موافقت شد.');
    const { name, bytes } = await sampleFile('docx');
    await clerk.getByLabel('فایل پاسخ').setInputFiles({ name, mimeType: '', buffer: bytes });
    await clerk.getByRole('button', { name: 'ثبت پاسخ' }).click();
    await clerk.locator('[data-step="answered"]').waitFor();
    await smsTo(desk, mobile, 'replied');

    await page.getByRole('button', { name: 'گرفتن آخرین وضعیت' }).click();
    await page.getByText('با درخواست شما موافقت شد.').first().waitFor();
    await page.getByText('در دست کارشناس است').first().waitFor();
    expect(await page.locator('article[data-step="answered"]').getAttribute('data-state')).toBe(
      'approved',
    );
    const file = await page.request.get(`${desk.url}/letters/${approved}/replies/1/file`);
    expect(Buffer.compare(await file.body(), bytes)).toBe(0);
    await page.goto(`${desk.url}/letters`);
  });

  test('row 15: the search box takes the tracking code of the SMS as people type it', async () => {
    const sms = await smsTo(desk, mobile, 'approved');
    const code = sms.text.split('\n').find((line) => parseTrackingCode(line)) ?? '';
    const typed = code
      .toLowerCase()
      .replaceAll('-', ' ')
      .replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
    await page.getByRole('textbox', { name: 'کد پیگیری' }).fill(typed);
    await page.getByRole('button', { name: 'جستجو' }).click();
    await article('نامه دست‌نخورده').waitFor({ state: 'detached' });
    expect(await page.getByRole('article').count()).toBe(1);
    await article('نامه تاییدی').waitFor();

    const { page: stranger } = await signedIn();
    await stranger.goto(`${desk.url}/letters?code=${code}`);
    expect(await stranger.getByRole('article').count()).toBe(0);
    expect((await stranger.goto(`${desk.url}/letters/${approved}`))?.status()).toBe(404);
  });
});

test('row 16: from sign-in to the unit’s reply without a visit, with scripts turned off', async () => {
  const { page, mobile } = await signedIn({ scripts: false });
  await page.getByRole('button', { name: 'ثبت نامه جدید' }).click();
  await fillLetter(page, { sender: 'شهروند', unit: 'امور حقوقی', subject: 'شکایت', type: 'jpg' });
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.getByText('درخواست شما ثبت شد').waitFor();
  const letterId = letterIdOf(page);

  const staff = await openStaff({ desk, browser }, 'reviewer', { scripts: false });
  await approve(staff, desk, letterId);
  const unit = await openStaff({ desk, browser }, 'clerk', { scripts: false, width: 390 });
  await unit.goto(`${desk.url}/staff/letters/${letterId}`);
  await unit.getByLabel('متن پاسخ').fill('رسیدگی شد');
  await unit.getByRole('button', { name: 'ثبت پاسخ' }).click();
  await unit.locator('[data-step="answered"]').waitFor();
  await openForm(unit, 'close');
  await unit.getByRole('button', { name: 'بستن نامه' }).click();
  await unit.getByRole('heading', { name: 'بستن نامه بدون دلیل' }).waitFor();
  await unit.getByRole('button', { name: 'بستن نامه' }).click();
  await unit.locator('[data-step="closed"]').waitFor();

  await page.goto(`${desk.url}/letters`);
  await page.getByRole('button', { name: 'گرفتن آخرین وضعیت' }).click();
  await page.getByText('رسیدگی شد').first().waitFor();
  expect(await page.locator('article[data-state="approved"]').getAttribute('data-step')).toBe(
    'closed',
  );
  expect((await smsTo(desk, mobile, 'replied')).text).toContain('پاسخ');
});

test('a letter decided by one reviewer answers 409 to the other, with who and when', async () => {
  const { page } = await signedIn();
  const letterId = await sendLetter(page, desk, { subject: 'دو کارشناس' });
  const colleague = await openStaff({ desk, browser }, 'admin');
  await colleague.goto(`${desk.url}/staff/letters/${letterId}`);
  await approve(reviewer, desk, letterId);
  await openForm(colleague, 'reject');
  await colleague.getByLabel('دلیل رد').fill('دیر');
  const [response] = await Promise.all([
    colleague.waitForResponse((answer) => answer.url().endsWith(`/${letterId}/rejection`)),
    colleague.getByRole('button', { name: 'رد', exact: true }).click(),
  ]);
  expect(response.status()).toBe(409);
  await colleague.getByText('این نامه پیش‌تر تعیین‌تکلیف شده است').first().waitFor();
  await colleague.getByText('کارشناس دبیرخانه').first().waitFor();
});

describe('the command line of a running desk', () => {
  const run = promisify(execFile);
  const command = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', 'src/cli/desk.ts', ...args, '--json'],
      { env: desk.env },
    );
    return JSON.parse(stdout);
  };

  test('the doctor finds all well and shows no password', async () => {
    const report = (await command('doctor')) as {
      ok: boolean;
      url: string;
      checks: { name: string; ok: boolean }[];
      database: { url: string };
    };
    expect(report).toMatchObject({ ok: true, url: desk.url });
    expect(report.checks.every(({ ok }) => ok)).toBe(true);
    expect(new URL(report.database.url).password).toBe('');
  });

  test('a unit and a staff member that are added can be used at once', async () => {
    const unit = (await command('unit', 'add', 'بایگانی')) as { id: string; retired: boolean };
    expect(unit.retired).toBe(false);
    const added = (await command(
      'staff',
      'add',
      'archivist',
      '--name',
      'بایگان',
      '--role',
      'unit',
      '--unit',
      unit.id,
    )) as { username: string; password: string };
    desk.accounts.push({ ...added, role: 'unit' });
    const page = await openStaff({ desk, browser }, 'archivist');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('کارتابل');
    await expect(command('unit', 'add', 'بایگانی')).rejects.toThrow(
      /There is a unit with the name/,
    );
  });

  test('letters leave no mobile number, code or name in the logs', async () => {
    const directory = path.join(desk.dataDir, 'logs');
    const logs = await readdir(directory);
    expect(logs).toContain('web.log');
    expect(soundAlarm(directory).found).toEqual([]);
    for (const name of logs)
      expect(await readFile(path.join(directory, name), 'utf8')).not.toContain('شرکت نمونه');
  });
});
