/** An applicant ends the session of another browser, in two real browsers without scripts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeSite, openSite } from '../../src/testing/desk-in-browser.ts';
import { readMessages } from '../../src/testing/messages.ts';
import { freshMobile, REAL_CAPTCHA } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { newPage } from './portal.ts';

let browser: Browser;
let home: RealHome;
let site: RealSite;
let url: string;

beforeAll(async () => {
  ({ browser, home, site, url } = await openSite());
});
afterAll(() => closeSite({ browser, site, home }));

const signIn = async (mobile: string): Promise<Page> => {
  const page = await newPage(browser, { scripts: false });
  await page.goto(url);
  await page.getByLabel('شماره تلفن همراه').fill(mobile);
  await page.getByRole('textbox', { name: 'کد امنیتی' }).fill(REAL_CAPTCHA);
  await page.getByRole('button', { name: 'ارسال کد' }).click();
  const messages = await readMessages(site.db, { mobile });
  const code = /#(\d{6})$/.exec(messages.at(-1)?.text ?? '')?.[1] ?? '';
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.waitForURL(`${url}/letters`);
  return page;
};

test('an applicant sees where they are signed in, and ends the session of another browser', async () => {
  const mobile = freshMobile();
  const lost = await signIn(mobile);
  const own = await signIn(mobile);
  await own.getByRole('link', { name: 'حساب من' }).click();
  const sessions = own.getByRole('listitem').filter({ hasText: 'کروم' });
  expect(await sessions.count()).toBe(2);
  await sessions
    .filter({ hasNotText: 'همین نشست' })
    .getByRole('button', { name: /^پایان دادن به نشست/ })
    .click();
  await own.getByRole('status').waitFor();
  expect(await sessions.count()).toBe(1);
  await lost.goto(`${url}/letters/new`);
  await lost.getByRole('button', { name: 'ارسال کد' }).waitFor();
  expect(new URL(lost.url()).pathname).toBe('/');
  await own.goto(`${url}/letters`);
  await own.getByRole('button', { name: 'خروج' }).waitFor();
});
