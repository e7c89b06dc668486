/**
 * A reviewer's hours: the list beside the letter, its pages as pictures, the keyboard alone, reasons to
 * pick, and colleagues at the same letter.
 */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { approve, openForm, plain, sendLetter } from './portal.ts';

const LETTERS = 12;

let desk: RunningDesk;
let browser: Browser;
let reviewer: Page;
let applicant: Page;
let letterIds: string[];

beforeAll(async () => {
  // An open page says so every other second.
  ({ desk, browser } = await openDesk({ env: { LIMITS: 'presenceSeconds=6' } }));
  ({ page: applicant } = await openApplicant({ desk, browser }));
  letterIds = [];
  for (let count = 1; count <= LETTERS; count += 1)
    letterIds.push(
      await sendLetter(applicant, desk, {
        subject: `درخواست شماره ${count}`,
        sender: count === LETTERS ? 'كاوه ملكي' : 'سارا احمدی',
        type: count % 3 === 0 ? 'tiff' : 'pdf',
      }),
    );
  reviewer = await openStaff({ desk, browser }, 'reviewer');
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

/** Pictures for who works on the pages; nothing without the folder. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env.PISHKHAN_PICTURES;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
};

const openOf = (page: Page): string => /\/letters\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';

const pressAndGo = async (page: Page, key: string): Promise<void> => {
  const before = page.url();
  await page.keyboard.press(key);
  await page.waitForURL((url) => url.href !== before);
  await page.locator('[data-list]').waitFor({ state: 'attached' });
};

test('the pages of a file are shown as pictures that the desk itself has drawn', async () => {
  await reviewer.goto(`${desk.url}/staff`);
  await reviewer.locator('[data-row]').first().click();
  const shown = reviewer.locator('[data-preview="made"] img').first();
  await shown.waitFor();
  await expect
    .poll(() => reviewer.evaluate<number>(`document.querySelector('.viewer img').naturalWidth`))
    .toBeGreaterThan(300);
  const answer = await reviewer.request.get(
    `${desk.url}${(await shown.getAttribute('src')) ?? ''}`,
  );
  expect(answer.headers()['content-type']).toBe('image/jpeg');
  expect(answer.headers()['cache-control']).toBe('no-store');
  for (const width of [1280, 1440])
    for (const scheme of ['light', 'dark'] as const) {
      await reviewer.setViewportSize({ width, height: 900 });
      await reviewer.emulateMedia({ colorScheme: scheme });
      await picture(reviewer, `split-${width}-${scheme}`);
    }
  await reviewer.setViewportSize({ width: 1280, height: 900 });
  await reviewer.emulateMedia({ colorScheme: 'light' });
});

test('the list stands beside the letter on a wide page, and on a narrow one nothing overflows', async () => {
  const list = reviewer.getByRole('navigation', { name: 'نامه‌های این فهرست' });
  await reviewer.setViewportSize({ width: 1600, height: 900 });
  expect(await list.isVisible()).toBe(true);
  expect(await list.locator('[aria-current="page"]').count()).toBe(1);
  for (const width of [1600, 1024, 640, 320]) {
    await reviewer.setViewportSize({ width, height: 800 });
    const overflow = await reviewer.evaluate<number>(
      `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
    );
    expect([width, overflow]).toEqual([width, 0]);
    expect(await list.isVisible()).toBe(width >= 1600);
    await picture(reviewer, `split-${width}`);
  }
  await reviewer.setViewportSize({ width: 1280, height: 900 });
});

test('ten letters are decided by the keyboard alone, each leading to the next', async () => {
  await reviewer.goto(`${desk.url}/staff`);
  await reviewer.keyboard.press('j');
  await pressAndGo(reviewer, 'Enter');
  const decided: string[] = [];
  for (let count = 1; count <= 10; count += 1) {
    decided.push(openOf(reviewer));
    if (count % 5 === 0) {
      // The focus is at the reasons that stand ready, before the text.
      await reviewer.keyboard.press('r');
      await reviewer.keyboard.press('Tab');
      await reviewer.keyboard.type('امضا ندارد j k a');
      await pressAndGo(reviewer, 'Control+Enter');
    } else if (count % 5 === 4) {
      await reviewer.keyboard.press('e');
      await reviewer.keyboard.press('Tab');
      await reviewer.keyboard.type('پیوست را بفرستید');
      await pressAndGo(reviewer, 'Control+Enter');
    } else {
      // The same key of a Persian keyboard.
      await reviewer.keyboard.press('KeyA');
      await pressAndGo(reviewer, 'Enter');
    }
    const said = reviewer.locator('[data-dock]').getByRole('status');
    await said.waitFor();
    expect(await said.getByRole('link').getAttribute('href')).toContain(decided.at(-1) ?? '-');
    if (count === 1) await picture(reviewer, 'decided');
  }
  expect(new Set(decided).size).toBe(10);
  expect(decided).toEqual(letterIds.slice(0, 10));
  await reviewer.goto(`${desk.url}/staff`);
  expect(await reviewer.locator('[data-row]').count()).toBe(LETTERS - 10);
});

test('keys do nothing while somebody types, tell themselves, and can be switched off', async () => {
  await reviewer.goto(`${desk.url}/staff`);
  await reviewer.keyboard.press('/');
  await reviewer.keyboard.type('jk?');
  expect(await reviewer.locator('#q').inputValue()).toBe('jk?');
  expect(await reviewer.locator('dialog[open]').count()).toBe(0);
  await reviewer.keyboard.press('Escape');
  await reviewer.keyboard.press('Shift+Slash');
  await reviewer.locator('dialog[open]').getByText('نامه‌ی بعدی').waitFor();
  await picture(reviewer, 'keys');
  await reviewer.keyboard.press('Escape');

  await reviewer.goto(`${desk.url}/staff/keys`);
  await reviewer.getByRole('button', { name: 'خاموش شود' }).click();
  await reviewer.getByText('کلیدها خاموش شد.').waitFor();
  await reviewer.goto(`${desk.url}/staff`);
  await reviewer.keyboard.press('j');
  expect(await reviewer.evaluate(`document.activeElement.tagName`)).toBe('BODY');
  await reviewer.goto(`${desk.url}/staff/keys`);
  await reviewer.getByRole('button', { name: 'روشن شود' }).click();
  await reviewer.getByText('کلیدها روشن شد.').waitFor();
});

test('a letter is found by its number and by words of its sender, however they are typed', async () => {
  await reviewer.goto(`${desk.url}/staff/letters/${letterIds[0]}`);
  const number = plain(await reviewer.locator('.registration data').first().getAttribute('value'));
  const search = async (typed: string): Promise<number> => {
    await reviewer.goto(`${desk.url}/staff`);
    await reviewer.getByRole('searchbox').fill(typed);
    await reviewer.getByRole('searchbox').press('Enter');
    await reviewer.waitForURL(/[?&]q=/);
    return reviewer.locator('[data-row]').count();
  };
  expect(await search(number)).toBe(1);
  expect(await search('کاوه ملکی')).toBe(1);
  expect(await search('چیزی که نیست')).toBe(0);
  expect(await search('درخواست سارا')).toBe(LETTERS - 1);
  await picture(reviewer, 'search');
});

test('without scripts the way from letter to letter is the same', async () => {
  const plainPage = await openStaff({ desk, browser }, 'reviewer', { scripts: false });
  await plainPage.locator('[data-row]').first().click();
  const first = openOf(plainPage);
  await openForm(plainPage, 'reject');
  await plainPage.getByLabel('دلیل رد').fill('پیوست ندارد');
  await plainPage.getByRole('button', { name: 'رد', exact: true }).click();
  await plainPage.locator('[data-dock]').getByRole('status').getByRole('link').waitFor();
  expect(openOf(plainPage)).not.toBe(first);
});

const reasonsOf = (page: Page, kind: 'reject' | 'return'): Promise<string[]> =>
  page.locator(`#form-${kind} .choice span`).allTextContents();

test('a reason that is picked comes into its field, to be changed there, and is told so', async () => {
  const letterId = await sendLetter(applicant, desk, { subject: 'برای دلیل آماده' });
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  const [first = '', second = ''] = await reasonsOf(reviewer, 'reject');
  await openForm(reviewer, 'reject');
  const field = reviewer.getByLabel('دلیل رد');
  await reviewer.getByLabel(first).check();
  expect(await field.inputValue()).toBe(first);
  // One that was only picked goes for another; what was typed stays.
  await reviewer.getByLabel(second).check();
  expect(await field.inputValue()).toBe(second);
  await field.fill('به شعبه‌ی ۲ بروید.');
  await reviewer.getByLabel(first).check();
  expect(await field.inputValue()).toBe(`به شعبه‌ی ۲ بروید.\n${first}`);
  await picture(reviewer, 'stock-reason');
  await reviewer.getByRole('button', { name: 'رد', exact: true }).click();
  await reviewer.locator('[data-state="rejected"]').waitFor();
  const told = await reviewer.locator('.reason').first().textContent();
  for (const part of ['به شعبه‌ی ۲ بروید.', first]) expect(told).toContain(part);
});

test('without scripts a reason that is picked is sent as it stands in the list', async () => {
  const letterId = await sendLetter(applicant, desk, { subject: 'برای دلیل آماده، بی‌اسکریپت' });
  const page = await openStaff({ desk, browser }, 'reviewer', { scripts: false, width: 390 });
  await page.goto(`${desk.url}/staff/letters/${letterId}`);
  await openForm(page, 'return');
  const [first = ''] = await reasonsOf(page, 'return');
  await page.getByLabel(first).check();
  await page.getByRole('button', { name: 'بازگرداندن برای اصلاح' }).click();
  await page.locator('[data-state="returned"]').waitFor();
  expect(await page.locator('.reason').first().textContent()).toContain(first);
  await page.context().close();
});

test('an administrator adds a reason, and it can be picked', async () => {
  const admin = await openStaff({ desk, browser }, 'admin');
  await admin.getByRole('link', { name: 'مدیریت' }).click();
  await admin.getByRole('link', { name: 'دلیل‌های آماده', exact: true }).click();
  await admin.getByRole('link', { name: 'افزودن دلیل آماده' }).click();
  await admin.getByLabel('برای').selectOption('return');
  await admin.getByLabel('متن دلیل').fill('تاریخ نامه را بنویسید.');
  await admin.getByRole('button', { name: 'افزودن دلیل آماده' }).click();
  await admin.getByText('دلیل آماده افزوده شد.').waitFor();
  await picture(admin, 'administration');
  const letterId = await sendLetter(applicant, desk, { subject: 'برای دلیل تازه' });
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  expect(await reasonsOf(reviewer, 'return')).toContain('تاریخ نامه را بنویسید.');
  await admin.context().close();
});

test('two colleagues at one letter are told of each other, nothing moves, and its sender is not told', async () => {
  const letterId = await sendLetter(applicant, desk, { subject: 'نامه‌ای که دو نفر می‌بینند' });
  const address = `${desk.url}/staff/letters/${letterId}`;
  await reviewer.goto(address);
  const sign = reviewer.locator('[data-readers]');
  expect(plain(await sign.textContent())).toBe('');
  const place = () =>
    reviewer.evaluate<number>(`document.getElementById('subject').getBoundingClientRect().top`);
  const before = await place();

  const admin = await openStaff({ desk, browser }, 'admin');
  await admin.goto(address);
  await admin.getByText('کارشناس دبیرخانه این نامه را باز کرده است.').waitFor();
  await reviewer.getByText('مدیر سامانه این نامه را باز کرده است.').waitFor();
  expect(await place()).toBe(before);
  await picture(reviewer, 'readers');

  const scriptless = await openStaff({ desk, browser }, 'admin', { scripts: false, width: 390 });
  await scriptless.goto(address);
  await scriptless.getByText('کارشناس دبیرخانه این نامه را باز کرده است.').waitFor();
  await scriptless.context().close();
  await applicant.goto(`${desk.url}/letters/${letterId}`);
  expect(await applicant.getByText('این نامه را باز کرده').count()).toBe(0);

  // Whoever goes away is soon gone, and nobody is kept from deciding.
  await admin.goto(`${desk.url}/staff`);
  await expect.poll(async () => plain(await sign.textContent())).toBe('');
  await admin.goto(address);
  await admin.getByRole('button', { name: 'تایید', exact: true }).click();
  await admin.locator('[data-state="approved"]').waitFor();
  await admin.context().close();
});

test('of a DOCX its text is shown, and the file of a reply can be looked at by the sender too', async () => {
  const subject = 'نامه‌ی ورد';
  const letterId = await sendLetter(applicant, desk, { subject, type: 'docx' });
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  const text = reviewer.locator('[data-preview="made"]');
  await text.waitFor();
  expect(await text.textContent()).toContain('با سلام');
  await reviewer.getByText('تنها متن فایل، بدون آرایش').waitFor();
  await picture(reviewer, 'text-of-docx');
  await approve(reviewer, desk, letterId);

  const clerk = await openStaff({ desk, browser }, 'clerk', { width: 390 });
  await clerk.goto(`${desk.url}/staff/letters/${letterId}`);
  const { name, bytes } = await sampleFile('pdf');
  await openForm(clerk, 'reply');
  await clerk.getByLabel('متن پاسخ').fill('پاسخ در فایل است.');
  await clerk.getByLabel('فایل پاسخ').setInputFiles({ name, mimeType: '', buffer: bytes });
  await clerk.getByRole('button', { name: 'ثبت پاسخ' }).click();
  await clerk.locator('[data-step="answered"]').waitFor();

  await applicant.goto(`${desk.url}/letters/${letterId}`);
  await applicant.getByText('دیدن فایل پاسخ').click();
  await applicant.locator('.reply [data-preview="made"] img').waitFor();
  await expect
    .poll(() => applicant.evaluate<number>(`document.querySelector('.reply img').naturalWidth`))
    .toBeGreaterThan(300);
  await picture(applicant, 'reply-preview');
  await clerk.context().close();
});
