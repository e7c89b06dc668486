/** Signing in and staying signed in, in a real Chromium: what scripts add. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { readMessages } from '../../src/testing/messages.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { REAL_CAPTCHA } from '../../src/testing/real-site.ts';
import type { SiteApplicant } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { newMobile, newPage } from './portal.ts';
import { newCaptcha } from '../../src/desk/applicants/captcha/captcha.ts';

let browser: Browser;
let site: TestSite;
let url: string;

beforeAll(async () => {
  browser = await startBrowser();
  site = await openTestSite({
    env: {
      PORT: String(await freePorts()),
      RATE_LIMITS: 'on',
      LIMITS: 'codesPerAddress=1000 codesOfDesk=1000',
    },
    listen: true,
  });
  url = site.origin;
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

type Options = Parameters<typeof newPage>[1];

const addCookie = async (page: Page, cookie: string): Promise<void> => {
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url }]);
};

/** The newest of them. */
const codeTo = async (mobile: string): Promise<string> => {
  const messages = await readMessages(site.db, { mobile: mobile.replace(/^0/, '+98') });
  return /#(\d{6})$/.exec(messages.at(-1)?.text ?? '')?.[1] ?? '';
};

interface Waiting {
  page: Page;
  mobile: string;
  code: string;
}

const waitingForCode = async (options?: Options): Promise<Waiting> => {
  const page = await newPage(browser, options);
  const mobile = newMobile();
  const { id: captchaId } = newCaptcha(site.deps);
  const typed = new URLSearchParams({ mobile, captcha: REAL_CAPTCHA, captchaId });
  const asked = await site.post('/sign-in', typed);
  const [cookie = ''] = asked.headers.getSetCookie();
  await addCookie(page, cookie.split(';')[0] ?? '');
  return { page, mobile, code: await codeTo(mobile) };
};

const signedIn = async (options?: Options): Promise<{ page: Page; applicant: SiteApplicant }> => {
  const page = await newPage(browser, options);
  const applicant = await site.addApplicant();
  await addCookie(page, applicant.cookie);
  return { page, applicant };
};

/** What a browser with WebOTP has; the SMS comes when `deliver` is called. */
const WEB_OTP = `
  window.matchMedia = (query) => ({ matches: query === '(pointer: coarse)' });
  window.OTPCredential = class {};
  window.asked = [];
  navigator.credentials.get = (options) => {
    asked.push(options.otp.transport);
    return new Promise((resolve, reject) => {
      window.deliver = (code) => resolve({ code });
      options.signal.addEventListener('abort', () => {
        window.isAborted = true;
        reject(options.signal.reason);
      });
    });
  };`;

test('the code is taken out of the SMS and the page goes on by itself', async () => {
  const { page, code } = await waitingForCode();
  await page.addInitScript(WEB_OTP);
  await page.goto(`${url}/sign-in/code`);
  await page.getByText('کد خودش نوشته و فرستاده می‌شود').waitFor();
  expect(await page.evaluate('asked')).toEqual([['sms']]);
  await Promise.all([page.waitForURL(`${url}/letters`), page.evaluate(`deliver('${code}')`)]);
  await page.getByRole('button', { name: 'خروج' }).waitFor();
});

test.each([true, false])(
  'another picture is asked for beside the picture, and Enter sends the code (scripts: %s)',
  async (scripts) => {
    const page = await newPage(browser, { scripts });
    await page.goto(url);
    const [picture, another] = [
      await page.getByRole('img', { name: 'کد امنیتی' }).boundingBox(),
      await page.getByRole('button', { name: 'تصویر دیگر' }).boundingBox(),
    ];
    if (!picture || !another) throw new Error('the picture or its button is not there');
    const middle = another.y + another.height / 2;
    expect(middle).toBeGreaterThan(picture.y);
    expect(middle).toBeLessThan(picture.y + picture.height);

    await page.getByLabel('شماره تلفن همراه').fill('09123456789');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/sign-in/picture`);
    const mobile = page.getByLabel('شماره تلفن همراه');
    expect(await mobile.inputValue()).toBe('09123456789');

    await page.getByRole('textbox', { name: 'کد امنیتی' }).fill(REAL_CAPTCHA);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/sign-in/code`);
    await page.getByLabel('کد تایید').waitFor();
  },
);

test('a code typed by hand ends the waiting for the SMS', async () => {
  const { page, code } = await waitingForCode();
  await page.addInitScript(WEB_OTP);
  await page.goto(`${url}/sign-in/code`);
  await page.evaluate(
    `document.querySelector('#code').form.addEventListener('submit', (e) => e.preventDefault())`,
  );
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  expect(await page.evaluate('isAborted')).toBe(true);
  await page.getByText('کد خودش نوشته').waitFor({ state: 'hidden' });
});

test('a desktop browser, which receives no SMS, promises nothing', async () => {
  const { page } = await waitingForCode();
  await page.addInitScript(`${WEB_OTP} window.matchMedia = () => ({ matches: false });`);
  await page.goto(`${url}/sign-in/code`);
  await page.getByRole('link', { name: 'تازه کردن صفحه' }).waitFor({ state: 'hidden' });
  expect(await page.getByText('کد خودش نوشته').isVisible()).toBe(false);
  expect(await page.evaluate('asked')).toEqual([]);
});

test('the one question of the sign-in page and its button are seen without scrolling on a phone', async () => {
  const page = await newPage(browser);
  await page.goto(url);
  const send = await page.getByRole('button', { name: 'ارسال کد' }).boundingBox();
  const label = await page.getByText('کد امنیتی', { exact: true }).boundingBox();
  const picture = await page.getByRole('img', { name: 'کد امنیتی' }).boundingBox();
  if (!send || !label || !picture) throw new Error('a part of the form is not there');
  expect(send.y + send.height).toBeLessThan(844);
  expect(label.y).toBeLessThan(picture.y);
  expect(await page.locator('audio').isVisible()).toBe(false);
  await page.locator('.other-ways summary').click();
  expect(await page.locator('audio').isVisible()).toBe(true);
});

test('a browser that cannot read the SMS is promised nothing, and may fill the field', async () => {
  const { page } = await waitingForCode();
  await page.addInitScript('delete window.OTPCredential');
  await page.goto(`${url}/sign-in/code`);
  expect(await page.getByText('کد خودش نوشته').isVisible()).toBe(false);
  const field = page.getByLabel('کد تایید');
  expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
  expect(await field.getAttribute('maxlength')).toBe(null);
});

test('the wait for a new code is counted down, and its end is told', async () => {
  const { page } = await waitingForCode();
  await page.clock.install();
  await page.goto(`${url}/sign-in/code`);
  const left = async (): Promise<number> => {
    const shown = /([۰-۹]+) ثانیه‌ی دیگر/.exec(await page.locator('[data-wait]').innerText());
    return Number([...(shown?.[1] ?? '')].map((digit) => '۰۱۲۳۴۵۶۷۸۹'.indexOf(digit)).join(''));
  };
  const before = await left();
  expect(before).toBeGreaterThan(20);
  expect(await page.getByRole('button', { name: 'فرستادن دوباره‌ی کد' }).isEnabled()).toBe(false);
  expect(await page.getByRole('link', { name: 'تازه کردن صفحه' }).isVisible()).toBe(false);
  await page.clock.runFor(2_000);
  expect(await left()).toBe(before - 2);
  await page.clock.runFor(before * 1_000);
  await page.getByRole('status').filter({ hasText: 'اکنون می‌توانید کد تازه بگیرید' }).waitFor();
  expect(await page.getByText('ثانیه‌ی دیگر').isVisible()).toBe(false);
  expect(await page.getByRole('button', { name: 'فرستادن دوباره‌ی کد' }).isEnabled()).toBe(true);
});

test('without scripts the page says when a new code may be asked for', async () => {
  const { page } = await waitingForCode({ scripts: false });
  await page.goto(`${url}/sign-in/code`);
  expect(await page.getByRole('button', { name: 'فرستادن دوباره‌ی کد' }).isEnabled()).toBe(false);
  expect(await page.getByRole('link', { name: 'تازه کردن صفحه' }).isVisible()).toBe(true);
  const text = await page.locator('[data-wait] p').first().textContent();
  expect(text).toMatch(/[۰-۹]+ ثانیه‌ی دیگر \(ساعت [۰-۹]{2}:[۰-۹]{2}:[۰-۹]{2}\)/);
});

test.each([true, false])(
  'a wrong number goes back with the number kept (scripts %s)',
  async (scripts) => {
    const { page, mobile } = await waitingForCode({ scripts });
    await page.goto(`${url}/sign-in/code`);
    await page.getByRole('link', { name: 'ویرایش شماره' }).click();
    expect(await page.getByLabel('شماره تلفن همراه').inputValue()).toBe(mobile);
  },
);

test('another picture keeps the number', async () => {
  const page = await newPage(browser, { scripts: false });
  await page.goto(url);
  await page.getByLabel('شماره تلفن همراه').fill('۰۹۱۲۳۴۵۶۷۸۹');
  await page.getByRole('button', { name: 'تصویر دیگر' }).click();
  expect(await page.getByLabel('شماره تلفن همراه').inputValue()).toBe('۰۹۱۲۳۴۵۶۷۸۹');
});

test('a late code is told from a wrong one, and a new one is on its way', async () => {
  const { page, code } = await waitingForCode();
  /** Ten minutes have passed. */
  const expireCodes = async (): Promise<void> => {
    await site.db`
      update sign_in_codes set created_at = created_at - interval '10 minutes',
        expires_at = expires_at - interval '10 minutes'`;
    await site.db`
      update sign_in_challenges set created_at = created_at - interval '10 minutes',
        expires_at = expires_at - interval '10 minutes'`;
  };
  await expireCodes();
  await site.db`update sign_in_challenges set asked_at = asked_at - interval '10 minutes'`;
  await page.goto(`${url}/sign-in/code`);
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.getByRole('link', { name: /مهلت این کد گذشته بود؛ کد تازه‌ای پیامک شد/ }).waitFor();
  // Too early for one more.
  await expireCodes();
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.getByRole('link', { name: /مهلت این کد گذشته است؛ کد تازه بخواهید/ }).waitFor();
  expect(await page.title()).toMatch(/^خطا: /);
});

/** It has ended by itself. */
const endSession = async ({ id }: SiteApplicant): Promise<void> => {
  await site.db`update sessions set expires_at = now() where applicant_id = ${id}`;
};

/** As on the first page, with the number of before. */
const signInAgain = async (page: Page, { mobile }: SiteApplicant): Promise<void> => {
  await page.getByLabel('شماره تلفن همراه').fill(mobile.replace('+98', '0'));
  await page.getByRole('textbox', { name: 'کد امنیتی' }).fill(REAL_CAPTCHA);
  await page.getByRole('button', { name: 'ارسال کد' }).click();
  await page.waitForURL(`${url}/sign-in/code`);
  await page.getByLabel('کد تایید').fill(await codeTo(mobile));
  await page.getByRole('button', { name: 'تایید کد' }).click();
};

const MINUTE = 60_000;
const dialogOf = (page: Page) => page.getByRole('dialog');

test('two minutes before the session ends one is asked, and goes on with what is typed', async () => {
  const { page } = await signedIn();
  await page.clock.install();
  await page.goto(`${url}/letters/new`);
  await page.locator('#subject').fill('درخواست');
  await page.clock.fastForward(27 * MINUTE);
  expect(await dialogOf(page).count()).toBe(0);
  await page.clock.fastForward(MINUTE + 5_000);
  await dialogOf(page).waitFor();
  expect(await page.locator(':focus').textContent()).toBe('ادامه می‌دهم');
  await page.getByRole('button', { name: 'ادامه می‌دهم' }).click();
  await dialogOf(page).waitFor({ state: 'hidden' });
  expect(await page.locator('#subject').inputValue()).toBe('درخواست');
  await page.clock.fastForward(27 * MINUTE);
  expect(await dialogOf(page).count()).toBe(0);
  await page.clock.fastForward(2 * MINUTE);
  await dialogOf(page).waitFor();
  // Escape goes on too: it must not end what is typed.
  const answered = page.waitForResponse(`${url}/session`);
  await page.keyboard.press('Escape');
  await answered;
  await dialogOf(page).waitFor({ state: 'hidden' });
});

test('what another window does keeps this one open too', async () => {
  const { page } = await signedIn();
  await page.clock.install();
  await page.goto(`${url}/letters`);
  await page.clock.fastForward(27 * MINUTE);
  const other = await page.context().newPage();
  const seen = page.evaluate(`new Promise((resolve) =>
    new BroadcastChannel('session portal').addEventListener('message', resolve, { once: true }))
    .then(() => true)`);
  await other.goto(`${url}/letters`);
  expect(await seen).toBe(true);
  await page.clock.fastForward(2 * MINUTE);
  expect(await dialogOf(page).count()).toBe(0);
});

test('when the session has ended a letter under way is kept, and comes back after the sign-in', async () => {
  const { page, applicant } = await signedIn();
  await page.clock.install();
  await page.goto(`${url}/letters/new`);
  await page.locator('#subject').fill('درخواست نیمه‌کاره');
  await endSession(applicant);
  await page.clock.fastForward(31 * MINUTE);
  await dialogOf(page).filter({ hasText: 'نشست شما به پایان رسید' }).waitFor();
  await page.getByRole('button', { name: 'ورود دوباره' }).click();
  await page.getByText('فرم ثبت نشد. وارد شوید').waitFor();
  await signInAgain(page, applicant);
  await page.waitForURL(`${url}/letters/new`);
  expect(await page.locator('#subject').inputValue()).toBe('درخواست نیمه‌کاره');
  await page.getByText('آنچه نوشته بودید برگشت').waitFor();
});

test('without scripts, who comes back after the end signs in and is on the same page again', async () => {
  const { page, applicant: sender } = await signedIn({ scripts: false });
  const { id } = await site.letterIn('pending', { sender, subject: 'نامه‌ی من' });
  await endSession(sender);
  await page.goto(`${url}/letters/${id}`);
  await page.getByText('نشست شما به پایان رسیده بود').waitFor();
  await signInAgain(page, sender);
  await page.waitForURL(`${url}/letters/${id}`);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('نامه‌ی من');
});
