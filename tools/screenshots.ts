/** `npm run screenshots`: pictures of every page of a running desk, into docs/pictures. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { sharp } from '../src/platform/base/sharp.ts';
import { createFilePool, DESK_POOL } from '../src/platform/files/pool/file-pool.ts';
import { drawPages } from '../src/platform/files/previews/draw-pages.ts';
import { PREVIEW_LIMITS } from '../src/platform/files/preview.ts';
import { startBrowser } from '../src/testing/browser.ts';
import { startDesk } from '../src/testing/running-desk.ts';
import type { RunningDesk } from '../src/testing/running-desk.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import {
  approve,
  askForCode,
  newMobile,
  reject,
  sendLetter,
  signIn,
  smsTo,
  staffSignIn,
} from '../web/e2e/portal.ts';

const WIDTHS = { phone: 390, desktop: 1280 } as const;
const OUT = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

const pool = createFilePool(DESK_POOL);

const pageOf = async (browser: Browser, width: number): Promise<Page> => {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 800 },
    locale: 'fa-IR',
  });
  return context.newPage();
};

interface Scene {
  applicant: Page;
  reviewer: Page;
  clerk: Page;
  admin: Page;
  answered: string;
  pending: string;
  atUnit: string;
}

/** One applicant with a letter in every state that the guide shows. */
const setScene = async (desk: RunningDesk, browser: Browser, width: number): Promise<Scene> => {
  const [applicant, reviewer, clerk, admin] = await Promise.all([
    pageOf(browser, width),
    pageOf(browser, width),
    pageOf(browser, width),
    pageOf(browser, width),
  ]);
  await signIn(applicant, desk, newMobile());
  const send = (subject: string, sender: string) =>
    sendLetter(applicant, desk, { subject, sender });
  const rejected = await send('درخواست معافیت از عوارض پارکینگ', 'مریم احمدی');
  const answered = await send('درخواست تمدید پروانه کسب', 'فروشگاه نان سپید');
  const atUnit = await send('اعتراض به برگه ارزیابی ملک', 'شرکت ساختمانی آرمان');
  const pending = await send('درخواست بازدید از محل ساخت', 'مریم احمدی');
  await staffSignIn(reviewer, desk, 'reviewer');
  await approve(reviewer, desk, answered);
  await approve(reviewer, desk, atUnit);
  await reject(
    reviewer,
    desk,
    rejected,
    'تصویر سند مالکیت پیوست نشده است. نامه را همراه با سند دوباره بفرستید.',
  );
  await staffSignIn(clerk, desk, 'clerk');
  await clerk.goto(`${desk.url}/staff/letters/${answered}`);
  await clerk.getByLabel('شرح وضعیت').fill('پرونده نزد کارشناس فنی است.');
  await clerk.getByRole('button', { name: 'ثبت وضعیت' }).click();
  await clerk.locator('.timeline').getByText('پرونده نزد کارشناس فنی است.').waitFor();
  await clerk.getByLabel('متن پاسخ').fill('با تمدید پروانه موافقت شد. متن نامه پیوست است.');
  const { name, bytes } = await sampleFile('pdf');
  await clerk.getByLabel('فایل پاسخ').setInputFiles({ name, mimeType: '', buffer: bytes });
  await clerk.getByRole('button', { name: 'ثبت پاسخ' }).click();
  await clerk.locator('[data-step="answered"]').waitFor();
  await staffSignIn(admin, desk, 'admin');
  return { applicant, reviewer, clerk, admin, answered, pending, atUnit };
};

const photograph = async (
  desk: RunningDesk,
  browser: Browser,
  name: keyof typeof WIDTHS,
): Promise<void> => {
  const width = WIDTHS[name];
  const shoot = async (
    page: Page,
    what: string,
    part: 'page' | 'window' = 'page',
  ): Promise<void> => {
    const picture = await page.screenshot({ fullPage: part === 'page' });
    await sharp(picture).png({ palette: true, quality: 90 }).toFile(`${OUT}${what}-${name}.png`);
    process.stdout.write(`docs/pictures/${what}-${name}.png\n`);
  };
  const visit = async (page: Page, address: string, what: string): Promise<void> => {
    await page.goto(`${desk.url}${address}`);
    await shoot(page, what);
  };
  const shootPdf = async (page: Page, address: string, what: string): Promise<void> => {
    const answer = await page.request.get(`${desk.url}${address}`);
    const pdf = { type: 'pdf', bytes: await answer.body() } as const;
    const limits = { ...PREVIEW_LIMITS, seconds: 60 };
    const { pages } = await drawPages(pool, pdf, { owner: what, limits, format: 'jpeg' });
    for (const { bytes } of pages) {
      await sharp(bytes).png({ palette: true }).toFile(`${OUT}${what}-${name}.png`);
      process.stdout.write(`docs/pictures/${what}-${name}.png\n`);
    }
  };

  const visitor = await pageOf(browser, width);
  await visit(visitor, '/', 'sign-in');
  await visitor.getByRole('button', { name: 'ارسال کد' }).click();
  await shoot(visitor, 'sign-in-error');
  const mobile = newMobile();
  await askForCode(visitor, desk, mobile);
  await shoot(visitor, 'code');
  const { text } = await smsTo(desk, mobile, 'code');
  await visitor.getByLabel('کد تایید').fill(text.slice(-6));
  await visitor.getByRole('button', { name: 'تایید کد' }).click();
  await shoot(visitor, 'first-visit');
  await visit(visitor, '/letters/new', 'new-letter');
  await visitor.getByRole('button', { name: 'ثبت', exact: true }).click();
  await shoot(visitor, 'new-letter-error');
  await visit(visitor, '/?lang=en', 'first-visit-english');

  const { applicant, reviewer, clerk, admin, answered, pending, atUnit } = await setScene(
    desk,
    browser,
    width,
  );
  await visit(applicant, '/letters', 'letters');
  await visit(applicant, `/letters/${pending}?notice=submitted`, 'submitted');
  await visit(applicant, `/letters/${pending}/deadline`, 'deadline');
  await visit(applicant, `/letters/${answered}?latest=1`, 'letter');
  await visit(applicant, `/letters/${answered}/receipt`, 'receipt');
  const check = applicant.locator('a[href*="/verify/"]').first();
  await visit(
    await pageOf(browser, width),
    new URL((await check.getAttribute('href')) ?? '', desk.url).pathname,
    'verify',
  );
  if (name === 'desktop') await shootPdf(applicant, `/letters/${answered}/stamped.pdf`, 'stamped');
  await visit(applicant, '/account', 'account');
  await visit(applicant, '/letters/none', 'not-found');
  await visit(await pageOf(browser, width), '/staff', 'staff-sign-in');
  await visit(reviewer, '/staff', 'queue');
  await visit(reviewer, `/staff/letters/${pending}`, 'decision');
  await reviewer.emulateMedia({ colorScheme: 'dark' });
  await visit(reviewer, `/staff/letters/${pending}`, 'decision-dark');
  await visit(reviewer, '/staff', 'queue-dark');
  await visit(clerk, '/staff', 'unit-queue');
  await visit(clerk, `/staff/letters/${atUnit}`, 'unit-letter');
  await visit(admin, '/staff/admin', 'administration');
  await visit(admin, '/staff/admin/calendar', 'calendar');
  await visit(admin, '/staff/admin/statistics', 'statistics');
  await admin.goto(`${desk.url}/staff/audit`);
  await shoot(admin, 'audit-trail', 'window');
  await visit(clerk, '/dev/outbox', 'sms-outbox');
};

await mkdir(OUT, { recursive: true });
const desk = await startDesk({ env: { ORG_NAME: 'شهرداری نمونه' } });
try {
  const browser = await startBrowser();
  for (const name of ['phone', 'desktop'] as const) await photograph(desk, browser, name);
  await browser.close();
} finally {
  await desk.remove();
}
