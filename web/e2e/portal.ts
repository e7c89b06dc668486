/** What people do at the desk, by the words on the screen: shared by the journeys. */
import type { FormName } from '../staff/letter-forms.tsx';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { rememberKnown } from '../../src/testing/log-alarm.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { TEST_CAPTCHA } from '../../src/testing/running-desk.ts';
import type { FileType } from '../../src/platform/files/stored-file.ts';

export interface OutboxSms {
  id: string;
  to: string;
  kind: string;
  text: string;
  sentAt: string;
}

let lastMobile = 9_350_000_000 + Math.floor(Math.random() * 1_000_000) * 10;

export const newMobile = (): string => {
  lastMobile += 1;
  return `0${lastMobile}`;
};

export const newPage = async (
  browser: Browser,
  { scripts = true, width = 390 }: { scripts?: boolean; width?: number } = {},
): Promise<Page> => {
  const context: BrowserContext = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width, height: 844 },
    locale: 'fa-IR',
  });
  context.setDefaultTimeout(60_000);
  return context.newPage();
};

const outboxOf = async (desk: RunningDesk, mobile: string): Promise<OutboxSms[]> => {
  const response = await fetch(`${desk.url}/dev/outbox.json?mobile=${mobile}`);
  return (await response.json()) as OutboxSms[];
};

/** Waits for the newest SMS of a kind, beyond those known: it is sent in the background. */
export const smsTo = async (
  desk: RunningDesk,
  mobile: string,
  kind: string,
  known: OutboxSms[] = [],
): Promise<OutboxSms> => {
  const end = Date.now() + 60_000;
  for (;;) {
    const messages = await outboxOf(desk, mobile);
    const found = messages.find(
      (message) => message.kind === kind && known.every(({ id }) => id !== message.id),
    );
    if (found) return found;
    if (Date.now() > end) throw new Error(`no SMS of kind ${kind} came to ${mobile}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

export const askForCode = async (page: Page, desk: RunningDesk, typed: string): Promise<void> => {
  await page.goto(desk.url);
  await page.getByLabel('شماره تلفن همراه').fill(typed);
  await page.getByRole('textbox', { name: 'کد امنیتی' }).fill(TEST_CAPTCHA);
  await page.getByRole('button', { name: 'ارسال کد' }).click();
};

export const signIn = async (page: Page, desk: RunningDesk, mobile: string): Promise<void> => {
  const known = await outboxOf(desk, mobile);
  await askForCode(page, desk, mobile);
  const sms = await smsTo(desk, mobile, 'code', known);
  const code = /#(\d{6})$/.exec(sms.text)?.[1] ?? '';
  rememberKnown(code);
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.getByRole('button', { name: 'ثبت نامه جدید' }).first().waitFor();
};

export const fillLetter = async (
  page: Page,
  letter: { sender: string; unit: string; subject: string; type: FileType },
): Promise<void> => {
  const { name, bytes } = await sampleFile(letter.type);
  await page.getByLabel('نام و نام خانوادگی / نام شرکت').fill(letter.sender);
  await page.getByLabel('مخاطب گیرنده نامه').selectOption({ label: letter.unit });
  await page.getByLabel('موضوع نامه').fill(letter.subject);
  await page.getByLabel('فایل').setInputFiles({ name, mimeType: '', buffer: bytes });
};

/** From the list to the confirmation; the letter's id. */
export const sendLetter = async (
  page: Page,
  desk: RunningDesk,
  letter: { sender?: string; unit?: string; subject: string; type?: FileType },
): Promise<string> => {
  await page.goto(`${desk.url}/letters/new`);
  await fillLetter(page, { sender: 'شرکت نمونه', unit: 'امور حقوقی', type: 'pdf', ...letter });
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.waitForURL(/\/letters\/[0-9a-f-]{36}/);
  return letterIdOf(page);
};

export const letterIdOf = (page: Page): string =>
  /\/letters\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';

export const staffSignIn = async (
  page: Page,
  desk: RunningDesk,
  username: string,
): Promise<void> => {
  const account = desk.accounts.find((known) => known.username === username);
  await page.goto(`${desk.url}/staff`);
  await page.getByLabel('نام کاربری').fill(username);
  await page.getByLabel('گذرواژه').fill(account?.password ?? '');
  await page.getByRole('button', { name: 'ورود', exact: true }).click();
  await page.getByRole('button', { name: 'خروج' }).waitFor();
};

export const approve = async (page: Page, desk: RunningDesk, letterId: string): Promise<void> => {
  await page.goto(`${desk.url}/staff/letters/${letterId}`);
  await page.getByRole('button', { name: 'تایید', exact: true }).click();
  await page.locator('[data-state="approved"]').waitFor();
};

/** A form of a letter at the staff desk, which is closed until it is wanted. */
export const openForm = async (page: Page, name: FormName): Promise<void> => {
  const opener = page.locator(`[data-opens="${name}"]`);
  if (await opener.isVisible()) await opener.click();
  await page.locator(`#form-${name}`).waitFor();
};

export const reject = async (
  page: Page,
  desk: RunningDesk,
  letterId: string,
  reason: string,
): Promise<void> => {
  await page.goto(`${desk.url}/staff/letters/${letterId}`);
  await openForm(page, 'reject');
  await page.getByLabel('دلیل رد').fill(reason);
  await page.getByRole('button', { name: 'رد', exact: true }).click();
  await page.locator('[data-state="rejected"]').waitFor();
};

/** What a reader sees, in Latin digits and without the marks that only steer its direction. */
export const plain = (text: string | null): string =>
  (text ?? '')
    .replace(/[۰-۹]/g, (digit) => String((digit.codePointAt(0) ?? 0) - 0x06f0))
    .replace(/[\u200e\u200f\u2066-\u2069]/g, '');
