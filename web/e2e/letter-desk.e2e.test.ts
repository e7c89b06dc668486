/**
 * The letter at the staff desk: the document comes first and is large, decisions are always in
 * sight, and everything works with the keyboard alone and without scripts.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { addStockReason } from '../../src/desk/administration/stock-reasons.sql.ts';
import type { FileType } from '../../src/platform/files/stored-file.ts';
import { openForm } from './portal.ts';

let site: TestSite;
let browser: Browser;
let cookies: Record<'reviewer' | 'colleague' | 'clerk', string>;
let unitId: string;

beforeAll(async () => {
  site = await openTestSite({ env: { PORT: String(await freePorts()) }, listen: true });
  browser = await startBrowser();
  unitId = await site.addUnit('امور مالی');
  for (const kind of ['reject', 'return'] as const)
    for (const text of ['امضا ندارد', 'به این سازمان مربوط نیست و باید به شهرداری فرستاده شود'])
      await addStockReason(site.db, { id: randomUUID(), kind, text });
  cookies = {
    reviewer: (await site.addMember('reviewer')).cookie,
    colleague: (await site.addMember('reviewer')).cookie,
    clerk: (await site.addMember('unit', { unitIds: [unitId] })).cookie,
  };
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

const makeLetter = async (
  state: 'pending' | 'approved',
  { type = 'tiff', subject }: { type?: FileType; subject?: string } = {},
): Promise<string> => {
  const file = await site.storeFile(await sampleFile(type));
  const letter = await site.letterIn(state, { unitId, file, ...(subject && { subject }) });
  await site.drawPreviews();
  return letter.id;
};

interface Look {
  who?: keyof typeof cookies;
  width?: number;
  height?: number;
  scripts?: boolean;
}

const openLetter = async (
  letterId: string,
  { who = 'reviewer', width = 1280, height = 800, scripts = true }: Look = {},
): Promise<Page> => {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width, height },
  });
  const [name = '', value = ''] = cookies[who].split('=');
  await context.addCookies([{ name, value, url: site.origin }]);
  const page = await context.newPage();
  await page.goto(`${site.origin}/staff/letters/${letterId}`);
  return page;
};

/** Pictures for who works on the pages; nothing without the folder. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env.PISHKHAN_PICTURES;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
};

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

const decisionsOn = (letterId: string) =>
  site.db<{ kind: string }[]>`select kind from decisions where letter_id = ${letterId}`;

const SUBJECT = 'درخواست بازدید از محل ساخت و صدور گواهی پایان کار برای پلاک ثبتی ۱۲';

describe('on the screen', () => {
  test('the document begins near the top of the page and is large', async () => {
    const page = await openLetter(await makeLetter('pending', { subject: SUBJECT }));
    const viewer = await page.locator('[data-viewer]').boundingBox();
    expect(viewer?.y).toBeLessThan(220);
    expect(viewer?.width).toBeGreaterThan(800);
    expect(viewer?.height).toBeGreaterThan(500);
    await picture(page, 'letter-desk-1280');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture(page, 'letter-desk-1280-dark');
    await openForm(page, 'reject');
    await picture(page, 'letter-desk-1280-dark-reject');
    await page.context().close();
  });

  test.each([
    { width: 1280, height: 800 },
    { width: 1366, height: 768 },
    { width: 390, height: 844 },
  ])('decisions are in sight at $width px wherever the page is scrolled', async (size) => {
    const page = await openLetter(await makeLetter('pending', { subject: SUBJECT }), size);
    await picture(page, `letter-desk-${size.width}`);
    for (const part of [0, 0.5, 1]) {
      await page.evaluate(
        `scrollTo(0, ${part} * (document.documentElement.scrollHeight - innerHeight))`,
      );
      for (const name of ['تایید', 'رد', 'بازگرداندن برای اصلاح']) {
        const box = await button(page, name).boundingBox();
        expect([name, part, (box?.y ?? -1) >= 0]).toEqual([name, part, true]);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height);
        expect(box?.height).toBeGreaterThanOrEqual(44);
      }
    }
    await picture(page, `letter-desk-${size.width}-end`);
    // The end of the page is not behind them.
    const covered = await page.evaluate(`(() => {
      const links = [...document.querySelectorAll('.footer a')];
      return links.filter((link) => {
        const { left, top, width, height } = link.getBoundingClientRect();
        return !link.contains(document.elementFromPoint(left + width / 2, top + height / 2));
      }).length;
    })()`);
    expect(covered).toBe(0);
    await page.context().close();
  });

  test('the forms of a decision are closed until they are wanted, one at a time', async () => {
    const page = await openLetter(await makeLetter('pending'), { width: 390, height: 844 });
    const reason = page.getByLabel('دلیل رد');
    expect(await reason.isVisible()).toBe(false);
    await button(page, 'رد').click();
    await reason.fill('پیوست ندارد');
    await picture(page, 'letter-desk-390-reject');
    expect(await button(page, 'رد').count()).toBe(1);
    await openForm(page, 'return');
    expect(await reason.isVisible()).toBe(false);
    await button(page, 'رد').click();
    // What was typed is still there.
    expect(await reason.inputValue()).toBe('پیوست ندارد');
    await page.getByRole('link', { name: 'بستن فرم' }).click();
    expect(await reason.isVisible()).toBe(false);
    expect(await page.locator(':focus').getAttribute('data-opens')).toBe('reject');
    await page.context().close();
  });
});

describe('reading', () => {
  test('a page set upright stays so, for a colleague too', async () => {
    const letterId = await makeLetter('pending', { type: 'jpg' });
    const page = await openLetter(letterId);
    const first = page.locator('#sheet-1');
    expect(await first.getAttribute('data-turns')).toBe('0');
    await button(page, 'چرخش').click();
    await page.locator('#sheet-1[data-turns="1"]').waitFor();
    const shape = await first.locator('svg').boundingBox();
    await picture(page, 'letter-desk-turned');
    const [drawn] = await site.db<{ width: number; height: number }[]>`
      select p.width, p.height from preview_pages p join files f on f.id = p.file_id
      where f.letter_id = ${letterId} and p.page = 1`;
    // Width and height have changed places.
    expect((shape?.width ?? 0) / (shape?.height ?? 1)).toBeCloseTo(
      (drawn?.height ?? 0) / (drawn?.width ?? 1),
      1,
    );
    const other = await openLetter(letterId, { who: 'colleague', scripts: false });
    expect(await other.locator('#sheet-1').getAttribute('data-turns')).toBe('1');
    await button(other, 'چرخش').click();
    await other.locator('#sheet-1[data-turns="2"]').waitFor();
    await page.context().close();
    await other.context().close();
  });

  test.each([{ scripts: true }, { scripts: false }])(
    'it is enlarged, made smaller and leafed through (scripts: $scripts)',
    async ({ scripts }) => {
      const page = await openLetter(await makeLetter('pending', { type: 'jpg' }), { scripts });
      const zoomed = (zoom: number) => page.locator(`[data-zoom="${zoom}"]`).waitFor();
      await button(page, 'بزرگ‌نمایی').click();
      await zoomed(125);
      await button(page, 'کوچک‌نمایی').click();
      await zoomed(100);
      await button(page, 'کوچک‌نمایی').click();
      await zoomed(75);
      await button(page, 'هم‌پهنا').click();
      await zoomed(100);
      // A number beyond the end is the last page.
      await page.getByLabel('صفحه', { exact: true }).fill('۹');
      await page.getByLabel('صفحه', { exact: true }).press('Enter');
      await page.waitForFunction(`document.querySelector('#sheet').value === '۱'`);
      expect(await page.locator('[data-viewer] a').count()).toBe(0);
      await page.context().close();
    },
  );

  test('of a DOCX and a DOC the text is read in the same place', async () => {
    for (const type of ['docx', 'doc'] as const) {
      const page = await openLetter(await makeLetter('pending', { type }));
      expect(await page.locator('[data-viewer]').textContent()).toContain('با سلام');
      await picture(page, `letter-desk-${type}`);
      await page.context().close();
    }
  });
});

describe('with the keyboard', () => {
  test('a reason is picked by its number, and Enter sends it', async () => {
    const letterId = await makeLetter('pending');
    const page = await openLetter(letterId);
    expect(await button(page, 'تایید').getAttribute('aria-keyshortcuts')).toBe('a');
    expect(await button(page, 'رد').getAttribute('aria-keyshortcuts')).toBe('r');
    await page.keyboard.press('r');
    await page.keyboard.press('Digit2');
    const second = page.locator('#form-reject .choice').nth(1);
    expect(await second.getByRole('radio').isChecked()).toBe(true);
    const words = (await second.locator('span').textContent()) ?? '';
    expect(await page.getByLabel('دلیل رد').inputValue()).toBe(words);
    await picture(page, 'letter-desk-keys');
    await page.keyboard.press('Enter');
    await page.waitForURL(/notice=decision_recorded/);
    expect(await decisionsOn(letterId)).toEqual([{ kind: 'reject' }]);
    await page.context().close();
  });

  test('no key decides or picks anything while somebody types', async () => {
    const letterId = await makeLetter('pending');
    const page = await openLetter(letterId);
    await page.keyboard.press('e');
    // The first letter leads from the reasons into the text.
    await page.keyboard.press('KeyS');
    await page.keyboard.type(' 2 a r j');
    expect(await page.getByLabel('آنچه باید اصلاح شود').inputValue()).toBe('s 2 a r j');
    expect(await page.locator('#form-return [type="radio"]:checked').inputValue()).toBe('');
    expect(await decisionsOn(letterId)).toEqual([]);
    await page.context().close();
  });

  test('keys that were switched off are not announced and do nothing', async () => {
    const page = await openLetter(await makeLetter('pending'));
    await page.goto(`${site.origin}/staff/keys`);
    await button(page, 'خاموش شود').click();
    await page.getByText('کلیدها خاموش شد.').waitFor();
    await page.goto(`${site.origin}/staff/letters/${await makeLetter('pending')}`);
    await page.keyboard.press('r');
    expect(await page.getByLabel('دلیل رد').isVisible()).toBe(false);
    expect(await button(page, 'رد').getAttribute('aria-keyshortcuts')).toBe(null);
    await page.context().close();
  });
});

describe('without scripts', () => {
  test('a rejection opens its form with the page anew, and is sent', async () => {
    const letterId = await makeLetter('pending');
    const page = await openLetter(letterId, { scripts: false, width: 390, height: 844 });
    await button(page, 'رد').click();
    await page.getByLabel('دلیل رد').fill('امضا ندارد');
    await button(page, 'رد').click();
    await page.waitForURL(/notice=decision_recorded/);
    expect(await decisionsOn(letterId)).toEqual([{ kind: 'reject' }]);
    await page.context().close();
  });

  test('the unit notes, refers and closes in forms that open when they are wanted', async () => {
    const letterId = await makeLetter('approved');
    const page = await openLetter(letterId, { who: 'clerk', scripts: false });
    await picture(page, 'letter-desk-unit');
    expect(await page.getByLabel('متن پاسخ').isVisible()).toBe(true);
    expect(await page.getByLabel('یادداشت داخلی').isVisible()).toBe(false);
    await button(page, 'یادداشت داخلی').click();
    await page.getByLabel('یادداشت داخلی').fill('در بایگانی است');
    await button(page, 'ثبت یادداشت').click();
    await page.waitForURL(/notice=action_recorded/);
    await button(page, 'بستن نامه').click();
    await button(page, 'بستن نامه').click();
    // Without a reply it needs a reason, and the form comes back open.
    await page.getByLabel('دلیل بستن').fill('تکراری است');
    await button(page, 'بستن نامه').click();
    await page.waitForURL(/notice=action_recorded/);
    await page.context().close();
  });
});
