/** Staff with a second factor, in a real browser: a passkey of a virtual authenticator, and none. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TOTP } from 'otpauth';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDesk, openDesk } from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { newPage } from './portal.ts';

const OWN = 'gav-abi-19-parande-tond';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk({ env: { STAFF_SECOND_FACTOR: 'required' } }));
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const addMember = async (username: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      'src/cli/desk.ts',
      'staff',
      'add',
      username,
      '--name',
      'کارشناس تازه',
      '--role',
      'reviewer',
      '--json',
    ],
    { env: desk.env },
  );
  const added = JSON.parse(stdout) as { password: string };
  expect(Object.keys(added).sort()).toEqual(['id', 'password', 'role', 'username']);
  return added.password;
};

const enter = async (page: Page, username: string, password: string): Promise<void> => {
  await page.goto(`${desk.url}/staff`);
  await page.getByLabel('نام کاربری').fill(username);
  await page.getByLabel('گذرواژه').fill(password);
  await page.getByRole('button', { name: 'ورود', exact: true }).click();
};

const choosePassword = async (page: Page, current: string): Promise<void> => {
  await page.getByRole('link', { name: 'انتخاب گذرواژه' }).click();
  await page.getByLabel('گذرواژه‌ی کنونی').fill(current);
  await page.getByLabel('گذرواژه‌ی تازه').fill(OWN);
  await page.getByRole('button', { name: 'ثبت گذرواژه' }).click();
  await page.getByRole('status').filter({ hasText: 'گذرواژه تغییر کرد' }).waitFor();
};

const makeRecoveryCodes = async (page: Page): Promise<string[]> => {
  await page.getByRole('button', { name: 'ساختن کدهای بازیابی' }).click();
  await page.getByRole('heading', { name: 'کدهای بازیابی تازه' }).waitFor();
  return page.locator('.recovery-codes .code').allTextContents();
};

const signOut = (page: Page): Promise<void> => page.getByRole('button', { name: 'خروج' }).click();

const AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

/** A telephone or a security key, as the browser sees it. */
const addAuthenticator = async (page: Page): Promise<{ session: CDPSession; id: string }> => {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId: id } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: AUTHENTICATOR,
  });
  return { session, id };
};

const complaintsOf = async (page: Page): Promise<string[]> => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('complain', (text: string) => void complaints.push(text));
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    complain(event.violatedDirective + ' ' + event.blockedURI))`);
  return complaints;
};

test('a new member sets a passkey up and signs in with it', async () => {
  const password = await addMember('narges');
  const page = await newPage(browser);
  const complaints = await complaintsOf(page);
  const { session, id } = await addAuthenticator(page);
  await enter(page, 'narges', password);
  await page.getByRole('heading', { name: 'راه‌اندازی حساب' }).waitFor();
  // Nothing else opens.
  await page.goto(`${desk.url}/staff?filter=pending`);
  await page.getByRole('heading', { name: 'راه‌اندازی حساب' }).waitFor();
  await choosePassword(page, password);
  await page.getByRole('link', { name: 'افزودن گذرکلید' }).click();
  await page.getByLabel('نام گذرکلید').fill('تلفن اداری');
  await page.getByRole('button', { name: 'ساختن گذرکلید' }).click();
  await page.getByRole('status').filter({ hasText: 'حساب شما آماده است' }).waitFor();
  expect(new Set(await makeRecoveryCodes(page)).size).toBe(10);
  const made = await session.send('WebAuthn.getCredentials', { authenticatorId: id });
  expect(made.credentials).toMatchObject([{ rpId: 'localhost' }]);
  await page.getByRole('link', { name: 'نگه داشتم' }).click();
  await page.getByText('تلفن اداری').waitFor();

  await signOut(page);
  await enter(page, 'narges', OWN);
  await page.getByRole('button', { name: 'ادامه با گذرکلید' }).click();
  await page.getByRole('heading', { name: 'کارتابل نامه‌ها' }).waitFor();
  expect(complaints).toEqual([]);

  // Without the finger, the face or the PIN it opens nothing, and says so.
  await signOut(page);
  await session.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false });
  await enter(page, 'narges', OWN);
  await page.getByRole('button', { name: 'ادامه با گذرکلید' }).click();
  await page.getByRole('status').filter({ hasText: 'انجام نشد' }).waitFor();
  await page.getByRole('link', { name: 'به تلفن یا گذرکلید خود دسترسی ندارم' }).waitFor();
}, 300_000);

test('without scripts a new member sets one-time codes up, and a recovery code stands in for the telephone', async () => {
  const password = await addMember('sima');
  const page = await newPage(browser, { scripts: false });
  await enter(page, 'sima', password);
  await choosePassword(page, password);
  await page.getByRole('link', { name: 'راه‌اندازی کد یک‌بار مصرف' }).click();
  const secret = ((await page.locator('.secret').textContent()) ?? '').replaceAll(' ', '');
  expect(await page.getByRole('img', { name: 'نقش QR برای برنامه‌ی کدساز' }).isVisible()).toBe(true);
  await page.getByLabel('کد یک‌بار مصرف').fill(new TOTP({ secret }).generate());
  await page.getByRole('button', { name: 'تایید و راه‌اندازی' }).click();
  const [code = ''] = await makeRecoveryCodes(page);

  await signOut(page);
  await enter(page, 'sima', OWN);
  await page.getByRole('link', { name: 'به تلفن یا گذرکلید خود دسترسی ندارم' }).click();
  await page.getByLabel('کد بازیابی').fill(code.toLowerCase());
  await page.getByRole('button', { name: 'ادامه' }).click();
  await page.getByRole('heading', { name: 'کارتابل نامه‌ها' }).waitFor();

  // The page of a passkey says that it does not work here, and offers the other way.
  await page.goto(`${desk.url}/staff/account/passkeys`);
  expect(await page.getByRole('button', { name: 'ساختن گذرکلید' }).count()).toBe(0);
  await page.getByText('گذرکلید در این مرورگر کار نمی‌کند').waitFor();
}, 300_000);
