/**
 * What is seen rather than said: nothing jumps while a page comes, both directions are mirror
 * images, mixed directions stay apart, and paper shows all of it.
 */
import { PDFiumLibrary } from '@hyzyla/pdfium';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { formatTrackingCode } from '../../src/desk/register/tracking-code.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { SiteLetter } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import type { Language } from '../view.ts';
import { brokenText, equip, sidewaysScroll } from './page-checks.ts';
import { getLetterReceipt } from '../../src/desk/proof/letter-receipts.ts';

const LANGUAGES: Language[] = ['fa', 'en'];
/** Names, brackets, slashes, numbers, addresses: what turns round where directions meet. */
const MIXED = [
  'درخواست (شماره‌ی ۱۲) برای plan-B/2026',
  'Request (no. 12) برای پلاک ۱۲/۳',
  '+98 21 5555-0100 تماس بگیرید',
  'https://desk.example/help?x=1 را ببینید!',
  'فایل «نقشه_v2 (final).pdf» پیوست است:',
  '۱۴۰۵/۰۹/۰۱ – 2026/11/22',
  '(پرانتز) [کروشه] {آکولاد} <کوچک>',
  'C++ و C#، 50% تخفیف − 3°',
  'عنوان‌با‌نیم‌فاصله‌ی‌بسیار‌بلند‌که‌هیچ‌جای‌شکستن‌ندارد‌و‌ادامه‌دارد',
];

type Area = 'public' | 'applicant' | 'reviewer' | 'clerk';

let site: TestSite;
/** Of each area: whose session it is. */
let cookies: Record<Area, string>;
let browser: Browser;
let letters: { answered: string; pending: string };
let receipt: string;
const shifts: number[] = [];

beforeAll(async () => {
  site = await openTestSite({ env: { PORT: String(await freePorts()) }, listen: true });
  browser = await startBrowser();
  const file = await site.storeFile({
    name: 'نامه (نسخه‌ی ۲).pdf',
    bytes: (await sampleFile('pdf')).bytes,
  });
  const unitId = await site.addUnit('امور مالی');
  const sender = await site.addApplicant();
  const reply = { text: 'موافقت شد.', file };
  const answered = await site.letterIn('answered', { sender, unitId, reply });
  const subject = 'درخواست بازدید از محل';
  const pending = await site.letterIn('pending', { sender, unitId, subject });
  await site.drawPreviews();
  letters = { answered: answered.id, pending: pending.id };
  cookies = {
    public: '',
    applicant: sender.cookie,
    reviewer: (await site.addMember('reviewer')).cookie,
    clerk: (await site.addMember('unit', { unitIds: [unitId] })).cookie,
  };
  const sent = { applicantId: sender.id, letterId: answered.id };
  receipt = (await getLetterReceipt(site.deps, sent)).token;
}, 300_000);

afterAll(async () => {
  const sum = shifts.reduce((total, value) => total + value, 0);
  process.stdout.write(
    `\nappearance: layout shift ${sum} over ${PAGES.length} pages × ${LANGUAGES.length} languages × 2 widths at 1.6 Mbit/s and 150 ms\n`,
  );
  await browser?.close();
  await site?.stop();
});

const cookieFor = (cookie: string): { name: string; value: string; url: string }[] => {
  const [name = '', value = ''] = cookie.split('=');
  return cookie === '' ? [] : [{ name, value, url: site.origin }];
};

const PAGES: { name: string; area: Area; path: () => string }[] = [
  { name: 'sign-in', area: 'public', path: () => '/' },
  { name: 'help', area: 'public', path: () => '/help' },
  { name: 'accessibility', area: 'public', path: () => '/accessibility' },
  { name: 'privacy', area: 'public', path: () => '/privacy' },
  { name: 'no such page', area: 'public', path: () => '/nowhere' },
  { name: 'letters', area: 'applicant', path: () => '/letters' },
  { name: 'new letter', area: 'applicant', path: () => '/letters/new' },
  { name: 'letter', area: 'applicant', path: () => `/letters/${letters.answered}` },
  {
    name: 'letter just sent',
    area: 'applicant',
    path: () => `/letters/${letters.pending}?notice=submitted`,
  },
  { name: 'letter receipt', area: 'applicant', path: () => `/letters/${letters.answered}/receipt` },
  { name: 'receipt to be checked', area: 'public', path: () => '/verify' },
  { name: 'genuine receipt', area: 'public', path: () => `/verify/${receipt}` },
  { name: 'staff sign-in', area: 'public', path: () => '/staff' },
  { name: 'queue', area: 'reviewer', path: () => '/staff' },
  { name: 'decision', area: 'reviewer', path: () => `/staff/letters/${letters.pending}` },
  { name: 'unit letter', area: 'clerk', path: () => `/staff/letters/${letters.answered}` },
];

interface Look {
  area: Area;
  language: Language;
  width: number;
  scripts?: boolean;
}

const newPage = async ({ area, language, width, scripts = true }: Look): Promise<Page> => {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width, height: 800 },
    reducedMotion: 'reduce',
  });
  await context.addCookies([
    { name: 'lang', value: language, url: site.origin },
    ...cookieFor(cookies[area]),
  ]);
  return context.newPage();
};

const SLOW = {
  offline: false,
  latency: 150,
  downloadThroughput: 200_000,
  uploadThroughput: 93_750,
};

/** What inside a player moves is the browser's own and names no element of the page. */
const WATCH = `globalThis.moved = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    if (sources.some(({ node }) => node !== null && node.isConnected))
      globalThis.moved.push(value);
}).observe({ type: 'layout-shift', buffered: true });`;

describe('nothing jumps while a page comes over a slow line', () => {
  const shiftsOf = async (look: Look, address: string): Promise<number[]> => {
    const page = await newPage(look);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', SLOW);
    await page.addInitScript(WATCH);
    await page.goto(address, { waitUntil: 'networkidle' });
    await page.evaluate('document.fonts.ready');
    await page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    );
    const moved = await page.evaluate<number[]>('globalThis.moved');
    await page.context().close();
    return moved;
  };

  test.each(PAGES)('$name', async ({ area, path }) => {
    const looks = LANGUAGES.flatMap((language) =>
      [390, 1280].map((width): Look => ({ area, language, width })),
    );
    const moved = await Promise.all(looks.map((look) => shiftsOf(look, `${site.origin}${path()}`)));
    shifts.push(...moved.flat());
    expect(moved).toEqual(looks.map(() => []));
  });
});

describe('a preview that comes late moves nothing', () => {
  /** As a worker makes it, of a file of each kind. */
  const MADE = {
    pages: { type: 'pdf', state: 'made' },
    text: { type: 'docx', state: 'made' },
    failed: { type: 'pdf', state: 'failed' },
  } as const;
  type Kind = keyof typeof MADE;

  const letterOf = async (kind: Kind): Promise<SiteLetter> =>
    site.letterIn('pending', { file: await site.storeFile(await sampleFile(MADE[kind].type)) });
  const make = async (kind: Kind, { id }: SiteLetter): Promise<void> => {
    if (kind !== 'failed') return site.drawPreviews();
    await site.db`
      update previews set failed_at = now()
      where file_id in (select id from files where letter_id = ${id})`;
  };

  test.each(
    (Object.keys(MADE) as Kind[]).flatMap((kind) => [390, 1280].map((width) => ({ kind, width }))),
  )('$kind at $width px', async ({ kind, width }) => {
    const letter = await letterOf(kind);
    const page = await newPage({ area: 'reviewer', language: 'fa', width });
    await page.addInitScript(WATCH);
    await page.goto(`${site.origin}/staff/letters/${letter.id}`, { waitUntil: 'networkidle' });
    const room = page.locator('[data-preview-room]');
    const before = await room.boundingBox();
    await make(kind, letter);
    await room.locator(`[data-preview="${MADE[kind].state}"]`).waitFor();
    await page.getByRole('status').getByText('پیش‌نمایش آماده شد').waitFor({ state: 'attached' });
    await page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    );
    expect(await room.boundingBox()).toEqual(before);
    expect(await page.evaluate('globalThis.moved')).toEqual([]);
    await page.context().close();
  });

  test('without scripts its room is as high, and the page that is loaded anew does not jump', async () => {
    const letter = await letterOf('pages');
    const page = await newPage({ area: 'reviewer', language: 'fa', width: 390, scripts: false });
    await page.goto(`${site.origin}/staff/letters/${letter.id}`);
    const room = await page.locator('[data-preview-room]').boundingBox();
    expect(room?.height).toBeGreaterThan(500);
    await make('pages', letter);
    await page.getByRole('link', { name: 'دوباره ببینید' }).click();
    const picture = page.locator('.viewer img').first();
    await picture.waitFor();
    // The browser keeps room for what has its size in the page.
    const size = await Promise.all(['width', 'height'].map((side) => picture.getAttribute(side)));
    const [drawn] = await site.db<{ width: number; height: number }[]>`
      select p.width, p.height from preview_pages p join files f on f.id = p.file_id
      where f.letter_id = ${letter.id} and p.page = 1`;
    expect(size).toEqual([String(drawn?.width), String(drawn?.height)]);
    await page.context().close();
  });
});

/** Landmarks, headings and controls in their order, and where the boxes of the page stand. */
const STRUCTURE = `(() => {
  const seen = (element) => element.getClientRects().length > 0;
  const order = [...document.querySelectorAll(
    'header, nav, main, section, article, aside, footer, h1, h2, h3, form, input, select, textarea, button, table',
  )].filter(seen).map((element) => element.localName + (element.id ? '#' + element.id : ''));
  const boxes = [...document.querySelectorAll(
    '.masthead__inner, .brand, .masthead__tools, main, .card, .letter-card, .document, .reading__side, .footer__inner',
  )].filter(seen).map((element) => {
    const { left, right } = element.getBoundingClientRect();
    const kind = element.className || element.localName;
    return { kind, left, right };
  });
  return { order, boxes };
})()`;

interface Structure {
  order: string[];
  boxes: { kind: string; left: number; right: number }[];
}

/** As wide as the words in them. */
const WIDE_AS_WORDS = /brand|masthead__tools/;
const SLACK_PX = 1;

describe('Persian and English are mirror images', () => {
  test.each(PAGES)('$name', async ({ area, path }) => {
    const width = 1280;
    const look = async (language: Language): Promise<Structure> => {
      const page = await newPage({ area, language, width });
      await page.goto(`${site.origin}${path()}`);
      const structure = await page.evaluate<Structure>(STRUCTURE);
      await page.context().close();
      return structure;
    };
    const [persian, english] = [await look('fa'), await look('en')];
    expect(persian.order).toEqual(english.order);
    expect(persian.boxes.map(({ kind }) => kind)).toEqual(english.boxes.map(({ kind }) => kind));
    for (const [index, { kind, left, right }] of persian.boxes.entries()) {
      const other = english.boxes[index];
      if (!other) throw new Error(`no ${kind} in English`);
      const atStart = Math.abs(width - right - other.left);
      const atEnd = Math.abs(left - (width - other.right));
      const off = WIDE_AS_WORDS.test(kind) ? Math.min(atStart, atEnd) : Math.max(atStart, atEnd);
      expect([kind, off <= SLACK_PX]).toEqual([kind, true]);
    }
  });
});

test('text of either direction leaves what stands beside it in its place', async () => {
  const sender = await site.addApplicant();
  const unitId = await site.addUnit();
  for (const subject of MIXED) {
    const letter = { sender, unitId, subject, senderName: subject, reason: subject };
    await site.letterIn('rejected', letter);
  }
  for (const language of LANGUAGES) {
    const page = await newPage({ area: 'public', language, width: 1280 });
    await page.context().addCookies(cookieFor(sender.cookie));
    await page.goto(`${site.origin}/letters`);
    await equip(page);
    expect(await sidewaysScroll(page)).toEqual([]);
    expect(await brokenText(page)).toEqual([]);
    const shown = await page.locator('.letter-card h3 bdi').allTextContents();
    expect(shown.toSorted()).toEqual(MIXED.toSorted());
    const places = await page.evaluate<{ badge: number; title: number }[]>(
      `[...document.querySelectorAll('.letter-card')].map((card) => {
        const rtl = document.documentElement.dir === 'rtl';
        const end = (box) => Math.round(rtl ? box.left : box.right);
        const start = (box) => Math.round(rtl ? box.right : box.left);
        return {
          badge: end(card.querySelector('.badge').getBoundingClientRect()),
          title: start(card.querySelector('h3').getBoundingClientRect()),
        };
      })`,
    );
    expect(new Set(places.map(({ badge }) => badge)).size).toBe(1);
    expect(new Set(places.map(({ title }) => title)).size).toBe(1);
    await page.context().close();
  }
});

describe('on paper', () => {
  const PAPER_PX = 680;
  const PRINTED = PAGES.filter(({ name }) =>
    ['letters', 'letter', 'letter just sent', 'queue', 'unit letter', 'privacy'].includes(name),
  );

  test.each(PRINTED)('$name: all that is said, and nothing to press', async ({ area, path }) => {
    for (const language of LANGUAGES) {
      const page = await newPage({ area, language, width: PAPER_PX });
      await page.goto(`${site.origin}${path()}`);
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await equip(page);
      expect(await page.locator('button:visible, form:visible, nav:visible').count()).toBe(0);
      expect(await sidewaysScroll(page)).toEqual([]);
      expect(await brokenText(page)).toEqual([]);
      expect(await page.evaluate(`getComputedStyle(document.body).backgroundColor`)).toBe(
        'rgb(255, 255, 255)',
      );
      await page.context().close();
    }
  });

  test('a registered letter goes on one sheet with its number, code and date', async () => {
    const page = await newPage({ area: 'applicant', language: 'en', width: 1280 });
    await page.goto(`${site.origin}/letters/${letters.answered}`);
    const pdf = await page.pdf({ format: 'A4' });
    const library = await PDFiumLibrary.init();
    const document = await library.loadDocument(pdf);
    const text = [...document.pages()].map((sheet) => sheet.getText()).join('\n');
    expect(document.getPageCount()).toBe(1);
    const [row] = await site.db<{ number: string; code: string; at: Date }[]>`
      select letter_number as number, tracking_code as code, registered_at as at
      from letters where id = ${letters.answered}`;
    if (!row) throw new Error('the letter is gone');
    const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'Asia/Tehran' });
    const facts = [row.number, formatTrackingCode(row.code), date.format(row.at)];
    for (const words of [...facts, 'Approved', 'Answered']) expect(text).toContain(words);
    document.destroy();
    library.destroy();
    await page.context().close();
  });
});
