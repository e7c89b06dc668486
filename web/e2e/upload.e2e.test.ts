/** Sending a letter with its file, in a real Chromium on the real desk: with and without scripts. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { addTestApplicant, addTestUnit } from '../../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { LANGUAGES } from '../text/languages.ts';
import { newPage } from './portal.ts';

let home: RealHome;
let site: RealSite;
let browser: Browser;
let url: string;
let dir: string;

beforeAll(async () => {
  home = await makeRealHome();
  const port = await freePorts();
  url = `http://localhost:${port}`;
  site = await startRealSite(home, {
    env: { PORT: String(port), RATE_LIMITS: 'off', MAX_FILE_MB: '4' },
    listen: true,
  });
  await addTestUnit(site.db, 'امور حقوقی');
  browser = await startBrowser();
  dir = await mkdtemp(path.join(os.tmpdir(), 'upload-'));
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
  await home?.remove();
  await rm(dir, { recursive: true, force: true });
});

/** A good PDF of that many bytes. */
const pdfOf = async (size: number): Promise<Buffer> => {
  const { bytes } = await sampleFile('pdf');
  const end = Buffer.from('\n%%EOF\n');
  return Buffer.concat([bytes, Buffer.from('\n%'), Buffer.alloc(size, 'x'), end]);
};

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Visit {
  page: Page;
  applicantId: string;
  /** Console errors, uncaught ones, and what the content security policy refused. */
  complaints: string[];
}

type Language = keyof typeof LANGUAGES;

const visit = async ({
  language = 'fa',
  ...options
}: { language?: Language; scripts?: boolean; width?: number } = {}): Promise<Visit> => {
  const applicantId = await addTestApplicant(site.db, freshMobile());
  const [name = '', value = ''] = (await cookieOf(site.db, { applicantId })).split('=');
  const page = await newPage(browser, options);
  await page.context().addCookies([
    { name, value, url },
    { name: 'lang', value: language, url },
  ]);
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isError = ['error', 'warning'].includes(message.type());
    // A browser writes down every answer above 399 and every line that is cut, also a meant one.
    if (isError && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${url}/letters/new`);
  return { page, applicantId, complaints };
};

const lettersOf = (applicantId: string) =>
  site.db<{ id: string; sha256: string }[]>`
    select l.id, f.sha256 from letters l join files f on f.letter_id = l.id
    where l.applicant_id = ${applicantId}`;

const choose = (page: Page, name: string, buffer: Buffer): Promise<void> =>
  page.locator('#file').setInputFiles({ name, mimeType: '', buffer });

const fill = async (page: Page, { subject = 'درخواست' } = {}): Promise<void> => {
  await page.locator('#senderName').fill('سارا احمدی');
  await page.locator('#unit').selectOption({ index: 1 });
  await page.locator('#subject').fill(subject);
};

const submit = (page: Page, language: Language = 'fa'): Promise<void> => {
  const name = LANGUAGES[language].newLetter.submit;
  return page.getByRole('button', { name, exact: true }).click();
};

const arrived = (page: Page): Promise<void> => page.waitForURL(/\/letters\/[0-9a-f-]{36}/);

const isWiderThanWindow = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');

/** The line to the desk, so slow that one can watch. */
const slowDown = async (page: Page, bytesPerSecond: number): Promise<() => Promise<void>> => {
  const session = await page.context().newCDPSession(page);
  const set = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await session.send('Network.enable');
  await set(bytesPerSecond);
  return async () => void (await set(-1));
};

const CASES = (['fa', 'en'] as const).flatMap((language) =>
  [true, false].flatMap((scripts) =>
    [320, 390, 1280].map((width) => ({ language, scripts, width })),
  ),
);

test.each(CASES)(
  'a good file survives a mistake elsewhere ($language, scripts $scripts, $width px)',
  async ({ language, scripts, width }) => {
    const { page, applicantId, complaints } = await visit({ language, scripts, width });
    const words = LANGUAGES[language];
    const { bytes } = await sampleFile('pdf');
    await fill(page, { subject: '' });
    await choose(page, 'نامه_با_یک_نام_بلند_و_بی_فاصله_site_visit_request_2026.pdf', bytes);
    await submit(page, language);
    await page.locator('.held-file').waitFor();
    expect(await page.title()).toContain(words.layout.errorTitle);
    expect(await page.locator(':focus').getAttribute('class')).toBe('error-summary');
    expect(await page.locator('.held-file bdi').textContent()).toContain('request_2026.pdf');
    expect(await page.locator('#senderName').inputValue()).toBe('سارا احمدی');
    expect(await isWiderThanWindow(page)).toBe(false);

    await page.locator('#subject').fill('درخواست');
    await submit(page, language);
    await arrived(page);
    await page.getByText(words.notices.submitted ?? '').waitFor();
    expect(await lettersOf(applicantId)).toMatchObject([{ sha256: hashOf(bytes) }]);
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

test('the kept file is removed by its button, with what was typed left alone', async () => {
  const { page } = await visit();
  await fill(page, { subject: '' });
  await choose(page, 'نامه.pdf', await pdfOf(10));
  await submit(page);
  await page.getByRole('button', { name: 'حذف فایل نگه‌داشته‌شده' }).click();
  await page.locator('.held-file').waitFor({ state: 'detached' });
  expect(await page.locator('#senderName').inputValue()).toBe('سارا احمدی');
});

test('sending is seen as a bar and told in the digits of the page', async () => {
  const { page, applicantId, complaints } = await visit();
  await fill(page);
  await choose(page, 'نامه.pdf', await pdfOf(1_000_000));
  await page.evaluate(`{
    window.told = [];
    const status = document.querySelector('[data-upload-status]');
    new MutationObserver(() => {
      const bar = document.querySelector('progress');
      told.push([status.textContent, bar.value, bar.checkVisibility()]);
    }).observe(status, { childList: true, characterData: true, subtree: true });
  }`);
  const atOnce = await slowDown(page, 200_000);
  await submit(page);
  const count = (): Promise<number> =>
    page.evaluate<number>('new Set(told.map(([text]) => text)).size');
  await expect.poll(count).toBeGreaterThan(3);
  type Told = [text: string, value: number, isVisible: boolean];
  const told = await page.evaluate<Told[]>('told');
  for (const [text, value, isVisible] of told) {
    expect(text).toMatch(/^[۰-۹]+٪ فرستاده شد\.$/);
    expect(value).toBeGreaterThanOrEqual(0);
    expect(isVisible).toBe(true);
  }
  await atOnce();
  await arrived(page);
  expect(await lettersOf(applicantId)).toHaveLength(1);
  expect(complaints).toEqual([]);
});

test('sending can be stopped, and begun again with the same page', async () => {
  const { page, applicantId } = await visit();
  await fill(page);
  await choose(page, 'نامه.pdf', await pdfOf(1_000_000));
  const atOnce = await slowDown(page, 100_000);
  await submit(page);
  await page.getByRole('button', { name: 'توقف فرستادن' }).click();
  await page.getByRole('status').filter({ hasText: 'فرستادن متوقف شد' }).waitFor();
  expect(await page.locator(':focus').getAttribute('id')).toBe('file');
  expect(await lettersOf(applicantId)).toEqual([]);
  await atOnce();
  await submit(page);
  await arrived(page);
  expect(await lettersOf(applicantId)).toHaveLength(1);
});

test('over a line that is cut it is sent again by itself, and is one letter', async () => {
  const { page, applicantId } = await visit();
  await fill(page);
  await choose(page, 'نامه.pdf', await pdfOf(10));
  let posts = 0;
  await page.route('**/letters/new', async (route) => {
    posts += 1;
    if (posts === 1) return route.abort('connectionreset');
    // It came, and the answer is lost.
    if (posts === 2) {
      await route.fetch({ maxRedirects: 0 });
      return route.abort('connectionreset');
    }
    return route.continue();
  });
  await submit(page);
  await page.getByRole('status').filter({ hasText: 'ارتباط قطع شد' }).waitFor();
  await arrived(page);
  expect(posts).toBe(3);
  expect(await lettersOf(applicantId)).toHaveLength(1);
});

test('when it cannot be sent the page says so, and what was typed and chosen is still there', async () => {
  const { page, applicantId } = await visit();
  await page.clock.install();
  await fill(page);
  await choose(page, 'نامه.pdf', await pdfOf(10));
  await page.route('**/letters/new', (route) => route.abort('connectionreset'));
  await submit(page);
  const failed = page.getByRole('status').filter({ hasText: 'فرستادن انجام نشد' });
  for (let seconds = 0; seconds < 60 && !(await failed.isVisible()); seconds += 1)
    await page.clock.runFor(1_000);
  await failed.waitFor();
  await page.unroute('**/letters/new');
  await submit(page);
  await arrived(page);
  expect(await lettersOf(applicantId)).toHaveLength(1);
});

test('a file is dropped on the field', async () => {
  const { page, applicantId } = await visit({ width: 1280 });
  const bytes = await pdfOf(10);
  const file = path.join(dir, 'رها شده.pdf');
  await writeFile(file, bytes);
  await fill(page);
  await page.locator('.upload').getByText('انتخاب فایل').waitFor();
  await page.locator('.upload').scrollIntoViewIfNeeded();
  const box = await page.locator('.upload').boundingBox();
  const session = await page.context().newCDPSession(page);
  const at = { x: (box?.x ?? 0) + 30, y: (box?.y ?? 0) + (box?.height ?? 0) - 4 };
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  expect(await page.locator('.upload').getAttribute('data-over')).toBe('');
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...at, data });
  const chosen = (): Promise<number> =>
    page.evaluate<number>(`document.querySelector('#file').files.length`);
  await expect.poll(chosen).toBe(1);
  expect(await page.locator('[data-upload-names]').textContent()).toBe('رها شده.pdf');
  await submit(page);
  await arrived(page);
  expect(await lettersOf(applicantId)).toMatchObject([{ sha256: hashOf(bytes) }]);
});

test('two files dropped are listed, and one that is no document is told at the field at once', async () => {
  const { page } = await visit({ width: 1280 });
  const [one, two] = [path.join(dir, 'یک.pdf'), path.join(dir, 'دو.pdf')];
  for (const file of [one, two]) await writeFile(file, await pdfOf(10));
  await page.locator('.upload').scrollIntoViewIfNeeded();
  const box = await page.locator('.upload').boundingBox();
  const session = await page.context().newCDPSession(page);
  const at = { x: (box?.x ?? 0) + 30, y: (box?.y ?? 0) + 10 };
  const data = { items: [], files: [one, two], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  expect(await page.locator('[data-upload-names]').textContent()).toBe('۲ فایل');
  await page.getByRole('button', { name: 'حذف دو.pdf' }).click();
  const chosen = (): Promise<number> =>
    page.evaluate<number>(`document.querySelector('#file').files.length`);
  await expect.poll(chosen).toBe(1);
  await choose(page, 'یادداشت.txt', Buffer.from('متن'));
  await page.getByRole('alert').filter({ hasText: 'فایل باید از نوع' }).waitFor();
  expect(await page.locator('#file').getAttribute('aria-invalid')).toBe('true');
  await choose(page, 'بزرگ.pdf', Buffer.alloc(5 * 1024 * 1024));
  await page.getByRole('alert').filter({ hasText: 'کمتر از ۴ مگابایت' }).waitFor();
  await choose(page, 'نامه.pdf', await pdfOf(10));
  await page.locator('[data-upload-check]').waitFor({ state: 'hidden' });
  expect(await page.locator('#file').getAttribute('aria-invalid')).toBe(null);
});

test('the server has the last word on the file, and its words stand at the field', async () => {
  const { page, applicantId } = await visit();
  await fill(page);
  await choose(page, 'نامه.pdf', Buffer.from('not a PDF at all'));
  await submit(page);
  await page.locator('.error-summary a[href="#file"]').click();
  expect(await page.locator(':focus').getAttribute('id')).toBe('file');
  expect(await page.locator('#subject').inputValue()).toBe('درخواست');
  // The page that was put in place sends as the first one did.
  await choose(page, 'نامه.pdf', await pdfOf(10));
  await submit(page);
  await arrived(page);
  expect(await lettersOf(applicantId)).toHaveLength(1);
});

test.each([true, false])('«ثبت» pressed twice is one letter (scripts %s)', async (scripts) => {
  const { page, applicantId } = await visit({ scripts });
  await fill(page);
  await choose(page, 'نامه.pdf', await pdfOf(10));
  await page.getByRole('button', { name: 'ثبت', exact: true }).dblclick();
  await arrived(page);
  await page.getByText('درخواست شما ثبت شد').waitFor();
  expect(await lettersOf(applicantId)).toHaveLength(1);
});

test('on a phone a photograph can be taken, and the choice is as before afterwards', async () => {
  const applicantId = await addTestApplicant(site.db, freshMobile());
  const [name = '', value = ''] = (await cookieOf(site.db, { applicantId })).split('=');
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    locale: 'fa-IR',
  });
  await context.addCookies([{ name, value, url }]);
  const page = await context.newPage();
  await page.goto(`${url}/letters/new`);
  const accept = await page.locator('#file').getAttribute('accept');
  const opening = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'گرفتن عکس با دوربین' }).tap();
  const chooser = await opening;
  expect(await page.locator('#file').getAttribute('capture')).toBe('environment');
  const { bytes } = await sampleFile('jpg');
  await chooser.setFiles({ name: 'image.jpg', mimeType: 'image/jpeg', buffer: bytes });
  expect(await page.locator('#file').getAttribute('capture')).toBe(null);
  expect(await page.locator('#file').getAttribute('accept')).toBe(accept);
  await fill(page);
  await submit(page);
  await arrived(page);
  expect(await lettersOf(applicantId)).toMatchObject([{ sha256: hashOf(bytes) }]);
  await context.close();
});

test('what is written when the session ends comes back after signing in, the file too', async () => {
  const { page, applicantId } = await visit();
  await fill(page);
  await choose(page, 'نامه.pdf', await pdfOf(10));
  await site.db`
    update sessions set last_seen_at = now() - interval '1 day' where applicant_id = ${applicantId}`;
  await submit(page);
  await page.getByText('فرم ثبت نشد. وارد شوید').waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
  const [name = '', value = ''] = (await cookieOf(site.db, { applicantId })).split('=');
  await page.context().addCookies([{ name, value, url }]);
  await page.goto(`${url}/letters/new`);
  expect(await page.locator('#subject').inputValue()).toBe('درخواست');
  await page.locator('.held-file').waitFor();
  await submit(page);
  await arrived(page);
  expect(await lettersOf(applicantId)).toHaveLength(1);
});
