/** Passing the displayed security code without reading it, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDesk, openDesk } from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { newMobile, newPage, smsTo } from './portal.ts';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const BUTTON = { name: 'من ربات نیستم' };
const otherWays = (page: Page): Promise<void> => page.locator('.other-ways summary').click();
const DONE = 'انجام شد؛ نوشتن رقم‌ها لازم نیست.';

/** Errors of the console, uncaught ones, and what the content security policy refused. */
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

const send = (page: Page): Promise<void> => page.getByRole('button', { name: 'ارسال کد' }).click();

test('a person signs in with the button, without the picture and without a complaint', async () => {
  const page = await newPage(browser);
  const complaints = await complaintsOf(page);
  const mobile = newMobile();
  await page.goto(desk.url);
  await page.getByLabel('شماره تلفن همراه').fill(mobile);
  await otherWays(page);
  await page.getByRole('button', BUTTON).click();
  await page.getByRole('status').filter({ hasText: DONE }).waitFor();
  expect(await page.getByRole('textbox', { name: 'کد امنیتی' }).inputValue()).toBe('');
  expect(await page.getByRole('button', BUTTON).getAttribute('aria-disabled')).toBe('true');
  await send(page);
  const code = /#(\d{6})$/.exec((await smsTo(desk, mobile, 'code')).text)?.[1] ?? '';
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.getByRole('button', { name: 'ثبت نامه جدید' }).first().waitFor();
  expect(complaints).toEqual([]);
}, 300_000);

test('sending while the browser still computes waits for it', async () => {
  const page = await newPage(browser);
  await page.goto(desk.url);
  await page.getByLabel('شماره تلفن همراه').fill(newMobile());
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/proof', async (route) => {
    await held;
    await route.continue();
  });
  await otherWays(page);
  await page.getByRole('button', BUTTON).click();
  await send(page);
  expect(await page.getByRole('status').textContent()).toBe('چند لحظه صبر کنید…');
  expect(new URL(page.url()).pathname).toBe('/');
  release();
  await page.getByLabel('کد تایید').waitFor();
}, 300_000);

test('with a wrong number the proof is kept for the corrected one', async () => {
  const page = await newPage(browser);
  await page.goto(desk.url);
  await page.getByLabel('شماره تلفن همراه').fill('0912');
  await otherWays(page);
  await page.getByRole('button', BUTTON).click();
  await page.getByRole('status').filter({ hasText: DONE }).waitFor();
  await send(page);
  await page.getByRole('link', { name: /شماره تلفن همراه درست نیست/ }).waitFor();
  await page.getByRole('status').filter({ hasText: DONE }).waitFor();
  expect(await page.locator('#captcha-problem').count()).toBe(0);
  await page.getByLabel('شماره تلفن همراه').fill(newMobile());
  await send(page);
  await page.getByLabel('کد تایید').waitFor();
}, 300_000);

test('when no challenge comes the button says so and can be pressed again', async () => {
  const page = await newPage(browser);
  await page.goto(`${desk.url}/?lang=en`);
  await page.route('**/proof', (route) => route.abort());
  const button = page.getByRole('button', { name: 'I am not a robot' });
  await otherWays(page);
  await button.click();
  await page.getByRole('status').filter({ hasText: 'That did not work.' }).waitFor();
  expect(await button.getAttribute('aria-disabled')).toBe('false');
  await page.unroute('**/proof');
  await button.click();
  await page.getByRole('status').filter({ hasText: 'Done' }).waitFor();
}, 300_000);

test('without scripts there is no button, and the picture, its sound and the field are there', async () => {
  const page = await newPage(browser, { scripts: false });
  await page.goto(desk.url);
  await otherWays(page);
  expect(await page.getByRole('button', BUTTON).count()).toBe(0);
  expect(await page.getByText('من ربات نیستم').isVisible()).toBe(false);
  expect(await page.getByRole('textbox', { name: 'کد امنیتی' }).count()).toBe(1);
  expect(await page.getByRole('img', { name: 'تصویر کد امنیتی' }).isVisible()).toBe(true);
  expect(await page.locator('audio').isVisible()).toBe(true);
});

test.each(['fa', 'en'])(
  'the spoken code plays to its end (%s)',
  async (language) => {
    const page = await newPage(browser);
    const complaints = await complaintsOf(page);
    await page.goto(`${desk.url}/?lang=${language}`);
    const seconds = await page.evaluate<number>(`new Promise((resolve, reject) => {
      const sound = document.querySelector('audio');
      sound.addEventListener('ended', () => resolve(sound.duration));
      sound.addEventListener('error', () => reject(new Error(sound.error.message)));
      sound.muted = true;
      sound.playbackRate = 4;
      sound.play().catch(reject);
    })`);
    expect(seconds).toBeGreaterThan(4);
    expect(seconds).toBeLessThan(9);
    expect(complaints).toEqual([]);
  },
  300_000,
);
