/** `npm run screenshots`: pictures of every page of a running desk, into docs/pictures. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { sharp } from '../src/platform/base/sharp.ts';
import { FilePool, DESK_POOL } from '../src/platform/files/pool/file-pool.ts';
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
  openForm,
} from '../web/e2e/portal.ts';

const WIDTHS = { phone: 390, desktop: 1280 } as const;
const OUT = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

const pool = new FilePool(DESK_POOL);

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

// One applicant with a letter in every state that the guide shows.
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
  await openForm(clerk, 'update');
  await clerk.getByLabel('شرح وضعیت').fill('پرونده نزد کارشناس فنی است.');
  await clerk.getByRole('button', { name: 'ثبت وضعیت' }).click();
  await clerk.locator('.timeline').getByText('پرونده نزد کارشناس فنی است.').waitFor();
  await openForm(clerk, 'reply');
  await clerk.getByLabel('متن پاسخ').fill('با تمدید پروانه موافقت شد. متن نامه پیوست است.');
  const { name, bytes } = await sampleFile('pdf');
  await clerk.getByLabel('فایل پاسخ').setInputFiles({ name, mimeType: '', buffer: bytes });
  await clerk.getByRole('button', { name: 'ثبت پاسخ' }).click();
  await clerk.locator('[data-step="answered"]').waitFor();
  await staffSignIn(admin, desk, 'admin');
  return { applicant, reviewer, clerk, admin, answered, pending, atUnit };
};

interface Camera {
  desk: RunningDesk;
  browser: Browser;
  name: keyof typeof WIDTHS;
}

const save = async (picture: Uint8Array, { name }: Camera, what: string): Promise<void> => {
  await sharp(picture).png({ palette: true, quality: 90 }).toFile(`${OUT}${what}-${name}.png`);
  process.stdout.write(`docs/pictures/${what}-${name}.png\n`);
};

const shoot = async (camera: Camera, page: Page, what: string, fullPage = true): Promise<void> =>
  save(await page.screenshot({ fullPage }), camera, what);

const visit = async (camera: Camera, page: Page, pages: Record<string, string>): Promise<void> => {
  for (const [what, address] of Object.entries(pages)) {
    await page.goto(`${camera.desk.url}${address}`);
    await shoot(camera, page, what);
  }
};

const shootPdf = async (
  camera: Camera,
  page: Page,
  address: string,
  what: string,
): Promise<void> => {
  const answer = await page.request.get(`${camera.desk.url}${address}`);
  const pdf = { type: 'pdf', bytes: await answer.body() } as const;
  const limits = { ...PREVIEW_LIMITS, seconds: 60 };
  const { pages } = await drawPages(pool, pdf, { owner: what, limits });
  for (const { bytes } of pages) await save(bytes, camera, what);
};

const newPage = ({ browser, name }: Camera): Promise<Page> => pageOf(browser, WIDTHS[name]);

const shootVisitor = async (camera: Camera): Promise<void> => {
  const { desk } = camera;
  const visitor = await newPage(camera);
  await visit(camera, visitor, { 'sign-in': '/' });
  await visitor.getByRole('button', { name: 'ارسال کد' }).click();
  await shoot(camera, visitor, 'sign-in-error');
  const mobile = newMobile();
  await askForCode(visitor, desk, mobile);
  await shoot(camera, visitor, 'code');
  const { text } = await smsTo(desk, mobile, 'code');
  await visitor.getByLabel('کد تایید').fill(text.slice(-6));
  await visitor.getByRole('button', { name: 'تایید کد' }).click();
  await shoot(camera, visitor, 'first-visit');
  await visit(camera, visitor, { 'new-letter': '/letters/new' });
  await visitor.getByRole('button', { name: 'ثبت', exact: true }).click();
  await shoot(camera, visitor, 'new-letter-error');
  await visit(camera, visitor, { 'first-visit-english': '/?lang=en' });
};

const shootApplicant = async (
  camera: Camera,
  { applicant, answered, pending }: Scene,
): Promise<void> => {
  await visit(camera, applicant, {
    letters: '/letters',
    submitted: `/letters/${pending}?notice=submitted`,
    deadline: `/letters/${pending}/deadline`,
    letter: `/letters/${answered}?latest=1`,
    receipt: `/letters/${answered}/receipt`,
  });
  const check = applicant.locator('a[href*="/verify/"]').first();
  const verify = new URL((await check.getAttribute('href')) ?? '', camera.desk.url).pathname;
  await visit(camera, await newPage(camera), { verify });
  if (camera.name === 'desktop')
    await shootPdf(camera, applicant, `/letters/${answered}/stamped.pdf`, 'stamped');
  await visit(camera, applicant, { account: '/account', 'not-found': '/letters/none' });
};

const shootStaff = async (
  camera: Camera,
  { reviewer, clerk, admin, pending, atUnit }: Scene,
): Promise<void> => {
  await visit(camera, await newPage(camera), { 'staff-sign-in': '/staff' });
  await visit(camera, reviewer, { queue: '/staff', decision: `/staff/letters/${pending}` });
  await reviewer.emulateMedia({ colorScheme: 'dark' });
  await visit(camera, reviewer, {
    'decision-dark': `/staff/letters/${pending}`,
    'queue-dark': '/staff',
  });
  await visit(camera, clerk, { 'unit-queue': '/staff', 'unit-letter': `/staff/letters/${atUnit}` });
  await visit(camera, admin, {
    administration: '/staff/admin/members',
    calendar: '/staff/admin/calendar',
    statistics: '/staff/admin/statistics',
  });
  await admin.goto(`${camera.desk.url}/staff/admin/audit`);
  await shoot(camera, admin, 'audit-trail', false);
  await visit(camera, clerk, { 'sms-outbox': '/dev/outbox' });
};

await mkdir(OUT, { recursive: true });
const desk = await startDesk({});
try {
  const browser = await startBrowser();
  for (const name of ['phone', 'desktop'] as const) {
    const camera = { desk, browser, name };
    await shootVisitor(camera);
    const scene = await setScene(desk, browser, WIDTHS[name]);
    await shootApplicant(camera, scene);
    await shootStaff(camera, scene);
  }
  await browser.close();
} finally {
  await desk.remove();
}
