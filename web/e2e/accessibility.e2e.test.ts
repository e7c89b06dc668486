/** Every page and every error state, in every way that people see them: see docs/accessibility.md. */
import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeDesk, openDesk } from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { TEST_CAPTCHA } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { Language } from '../view.ts';
import {
  brokenBySpacing,
  brokenReferences,
  brokenText,
  equip,
  focusedId,
  invalidHtml,
  isFocused,
  runAxe,
  sidewaysScroll,
  targetSizes,
  textContrast,
  walkWithTab,
} from './page-checks.ts';
import { newMobile, newPage, sendLetter, smsTo } from './portal.ts';
import { followTo } from './press.ts';
import { SCENES, setStage, type Scene, type Stage } from './scenes.ts';

const LANGUAGES: Language[] = ['fa', 'en'];
const WIDTHS = [320, 768, 1280];
const COLOURS = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  forced: { colorScheme: 'light', forcedColors: 'active' },
} as const;
type Colours = keyof typeof COLOURS;

/**
 * `npm run accessibility`: every page and state in every width, colour and language; else pages in
 * each width, colour and language once, and their states on a phone.
 */
const IS_WHOLE = process.env.ACCESSIBILITY_MATRIX === 'whole';

/** A state of a page has its name behind a comma. */
const isPage = ({ name }: Scene): boolean => !name.includes(',');

/** Widths, and the colours in which axe looks at each. */
const matrixOf = (scene: Scene, language: Language): [number, Colours[]][] => {
  if (IS_WHOLE) return WIDTHS.map((width) => [width, Object.keys(COLOURS) as Colours[]]);
  // Without scripts and in English it is the same style sheet.
  if (!isPage(scene) || language === 'en') return [[320, ['light']]];
  return [
    [320, ['light']],
    [768, ['forced']],
    [1280, ['dark']],
  ];
};

const SMALLEST_TARGET = 24;
const OUR_TARGET = 44;
const FOCUS_CONTRAST = 3;

const TEXT_CONTRAST = 4.5;

const ERROR_TITLE: Record<Language, string> = { fa: 'خطا: ', en: 'Error: ' };

interface Figures {
  pages: number;
  axeRuns: number;
  violations: number;
  /** What axe could not judge, and we did. */
  judged: number;
  lowestJudged: number;
  stops: number;
  lowestFocusContrast: number;
  smallestTarget: number;
  belowOurs: Map<string, number>;
  consoleErrors: number;
  policyReports: number;
  lines: string[];
}

const figures: Figures = {
  pages: 0,
  axeRuns: 0,
  violations: 0,
  judged: 0,
  lowestJudged: Infinity,
  stops: 0,
  lowestFocusContrast: Infinity,
  smallestTarget: Infinity,
  belowOurs: new Map(),
  consoleErrors: 0,
  policyReports: 0,
  lines: [],
};

let desk: RunningDesk;
let browser: Browser;
let stage: Stage;

/** Of the page that is shown: filled by its events. */
interface Heard {
  answer: Response | undefined;
  complaints: string[];
}
const heard = new Map<Page, Heard>();

const listen = async (page: Page): Promise<void> => {
  const ears: Heard = { answer: undefined, complaints: [] };
  heard.set(page, ears);
  page.on('response', (response) => {
    const request = response.request();
    // A script sends forms too, and draws the answer.
    const isPage = request.isNavigationRequest() || request.resourceType() === 'xhr';
    if (isPage && response.status() !== 303) ears.answer = response;
  });
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // A browser writes down every answer above 399, also one that was meant.
    if (
      message.text().startsWith('Failed to load resource') &&
      // Below it is the address that a form of the page is sent to.
      message.location().url.startsWith(page.url().replace(/\?.*$/, ''))
    )
      return;
    ears.complaints.push(`${message.text()} (${message.location().url})`);
    figures.consoleErrors += 1;
  });
  page.on('pageerror', (error) => ears.complaints.push(String(error)));
  await page.exposeFunction('reportPolicy', (report: string) => {
    ears.complaints.push(`content security policy: ${report}`);
    figures.policyReports += 1;
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) =>
      reportPolicy(event.violatedDirective + ' ' + event.blockedURI))`,
  );
};

beforeAll(async () => {
  ({ desk, browser } = await openDesk({
    env: {
      // The scenes take longer than a second step may.
      LIMITS: 'staffSignInMinutes=60',
    },
  }));
  stage = await setStage(desk, browser);
  await Promise.all(Object.values(stage.pages).map(listen));
}, 300_000);

afterAll(async () => {
  process.stdout.write(`\n${report()}\n`);
  await stage?.stop();
  await closeDesk({ desk, browser });
}, 300_000);

const counted = (counts: Map<string, number>): string =>
  [...counts].map(([name, times]) => `${name} × ${times}`).join(', ') || 'none';

const report = (): string =>
  [
    'accessibility:',
    `  ${SCENES.length} pages and states, ${figures.pages} with their languages; ${figures.axeRuns} runs of axe`,
    `  violations: ${figures.violations}; contrast that axe left open and we reckoned: ${figures.judged}, lowest ${figures.lowestJudged.toFixed(1)}`,
    `  console errors: ${figures.consoleErrors}; policy reports: ${figures.policyReports}`,
    `  stops of the Tab key: ${figures.stops}; lowest contrast of the focus ring: ${figures.lowestFocusContrast.toFixed(1)}`,
    `  smallest target: ${figures.smallestTarget} px; below ${OUR_TARGET} px: ${counted(figures.belowOurs)}`,
    ...figures.lines.map((line) => `  ${line}`),
  ].join('\n');

const show = async (page: Page, width: number, colours: Colours, height = 800): Promise<void> => {
  await page.setViewportSize({ width, height });
  await page.emulateMedia(COLOURS[colours]);
};

/** Opens the scene and checks what does not depend on width and colours. */
const openScene = async (scene: Scene, language: Language): Promise<Page> => {
  const page = stage.pages[scene.who];
  const cookie = { name: 'lang', value: language, sameSite: 'Lax' as const };
  await page.context().addCookies([
    { ...cookie, url: stage.url },
    { ...cookie, url: stage.elsewhere.url },
  ]);
  const ears = heard.get(page);
  if (ears) ears.complaints.length = 0;
  await show(page, 320, 'light');
  await scene.open(page, stage, language);
  await page.waitForLoadState('load');
  expect.soft(ears?.answer?.status()).toBe(scene.status ?? 200);
  expect.soft(await page.locator('html').getAttribute('lang')).toBe(language);
  // Every page of who is signed in has the scripts that warn before the session ends and that keep
  // a form when its answer is lost; lists and letters of staff have the one that listens for keys,
  // lists the one that listens to the desk, and letters those that tell colleagues and turn pages;
  // texts have one that previews what is typed: these change nothing of the page as it comes.
  const quiet = [
    'session',
    'send-form',
    'desk-keys',
    'desk-news',
    'staff-letter',
    'viewer',
    'wording-preview',
  ];
  const scripts = page.locator(
    `script:not(${quiet.map((name) => `[src*="/${name}-"]`).join(', ')})`,
  );
  // With a file that script does more.
  const own = (await scripts.count()) + (await page.locator('[data-upload]').count());
  expect.soft(own > 0).toBe(scene.script !== undefined);
  expect.soft(invalidHtml((await ears?.answer?.text()) ?? '')).toEqual([]);
  return page;
};

const checkProblems = async (page: Page, language: Language): Promise<void> => {
  expect.soft(await page.title()).toContain(ERROR_TITLE[language]);
  expect.soft((await page.title()).indexOf(ERROR_TITLE[language])).toBe(0);
  expect.soft(await isFocused(page, '.error-summary')).toBe(true);
  const links = await page.locator('.error-summary a').all();
  expect.soft(links.length).toBeGreaterThan(0);
  for (const link of links) {
    const field = (await link.getAttribute('href'))?.slice(1) ?? '';
    await link.focus();
    await page.keyboard.press('Enter');
    expect.soft(await focusedId(page)).toBe(field);
  }
};

const checkWithAxe = async (page: Page, at: string): Promise<void> => {
  const { violations, incomplete } = await runAxe(page);
  figures.axeRuns += 1;
  figures.violations += violations.length;
  expect.soft(violations, at).toEqual([]);
  // Behind an arrow drawn as a gradient, a dot drawn beside the text, or the system's own colours
  // axe does not know the ground; anything else that it leaves open is a failure.
  expect
    .soft(
      incomplete.filter(({ rule }) => rule !== 'color-contrast'),
      at,
    )
    .toEqual([]);
  for (const { selector, why } of incomplete.flatMap(({ elements }) => elements)) {
    const contrast = await textContrast(page, selector);
    expect.soft(contrast, `${at}, ${selector}: ${why}`).toBeGreaterThanOrEqual(TEXT_CONTRAST);
    figures.judged += 1;
    figures.lowestJudged = Math.min(figures.lowestJudged, contrast);
  }
};

const checkTargets = async (page: Page): Promise<void> => {
  const targets = await targetSizes(page);
  const sizes = targets.map(({ size }) => size);
  figures.smallestTarget = Math.min(figures.smallestTarget, ...sizes);
  expect.soft(targets.filter(({ size }) => size < SMALLEST_TARGET)).toEqual([]);
  for (const { what, size } of targets.filter(({ size }) => size < OUR_TARGET)) {
    const kind = `${what.replace(/ «.*/, '')} (${size} px)`;
    figures.belowOurs.set(kind, (figures.belowOurs.get(kind) ?? 0) + 1);
  }
};

const checkWithTab = async (page: Page): Promise<void> => {
  const walk = await walkWithTab(page);
  figures.stops += walk.stops;
  figures.lowestFocusContrast = Math.min(figures.lowestFocusContrast, walk.lowestContrast);
  expect.soft(walk.problems).toEqual([]);
  expect.soft(walk.lowestContrast).toBeGreaterThanOrEqual(FOCUS_CONTRAST);
};

describe.each(LANGUAGES)('in %s', (language) => {
  const scenes = SCENES.filter(
    (scene) =>
      (scene.only ?? language) === language &&
      (IS_WHOLE || language === 'fa' || scene.only === language || isPage(scene)),
  );

  test.each(scenes)('$name: no barrier, at any width and in any colours', async (scene) => {
    const page = await openScene(scene, language);
    await equip(page);
    figures.pages += 1;
    if (scene.problems) await checkProblems(page, language);
    else expect.soft(await page.title()).not.toContain(ERROR_TITLE[language]);
    expect.soft(await brokenReferences(page)).toEqual([]);
    for (const [width, allColours] of matrixOf(scene, language)) {
      for (const colours of allColours) {
        await show(page, width, colours);
        await checkWithAxe(page, `${width} px, ${colours}`);
      }
      await show(page, width, 'light');
      expect.soft(await sidewaysScroll(page)).toEqual([]);
      expect.soft(await brokenText(page)).toEqual([]);
      expect.soft(await brokenBySpacing(page)).toEqual([]);
      await checkTargets(page);
    }
    if (IS_WHOLE || (language === 'fa' && isPage(scene))) {
      await show(page, 1280, 'dark');
      await checkWithTab(page);
    }
    // A window of 1280 × 1024 at 400 %.
    await show(page, 320, 'light', 256);
    expect.soft(await sidewaysScroll(page)).toEqual([]);
    if (IS_WHOLE) await checkWithTab(page);
    expect(heard.get(page)?.complaints).toEqual([]);
  });
});

/** Planted mistakes. */
const BAD_PAGE = `<!doctype html><html lang="en" dir="ltr"><head><title>Bad</title><style>
  body { margin: 0; font: 16px/1.5 sans-serif; }
  a { display: inline-block; }
  .wide { inline-size: 400px; }
  .small { inline-size: 20px; block-size: 20px; overflow: hidden; }
  .grey { color: #aaa; }
  .bare:focus { outline: none; }
  .pale:focus { outline: 3px solid #eee; }
  .lid { position: absolute; inset-block-start: 300px; inline-size: 200px; block-size: 40px; background: #fff; }
  .under { position: absolute; inset-block-start: 300px; }
  .row { display: flex; flex-direction: row-reverse; gap: 60px; }
  .fixed { block-size: 24px; inline-size: 60px; overflow: hidden; }
</style></head><body><main><h1>Bad</h1>
  <div class="wide">wide</div>
  <p id="twice" class="grey">grey</p><p id="twice" aria-describedby="nowhere">twice</p>
  <input name="nameless"><a href="#" class="small">s</a>
  <a href="#gone" class="bare">bare</a><a href="/" class="pale">pale ring</a>
  <a href="/" class="under">under</a><div class="lid"></div>
  <div class="row"><a href="/1">first</a><a href="/2">second</a></div>
  <div class="fixed">twelve words</div><p align="center">old</p>
</main></body></html>`;

test('the checks find what is wrong with a bad page', async () => {
  const page = await newPage(browser, { width: 320 });
  await page.setContent(BAD_PAGE);
  await equip(page);
  const references = (await brokenReferences(page)).join('\n');
  expect(references).toContain('id twice: twice');
  expect(references).toContain('aria-describedby without an element: nowhere');
  expect(references).toContain('link to no element: #gone');
  expect(references).toContain('no visible label: input');
  expect((await sidewaysScroll(page)).join('\n')).toContain('div.wide');
  const small = (await targetSizes(page)).filter(({ size }) => size < SMALLEST_TARGET);
  expect(small.map(({ what }) => what)).toContain('a.small «s»');
  expect((await brokenText(page)).join('\n')).toContain('cut off: div.fixed');
  expect((await brokenBySpacing(page)).join('\n')).toContain('cut off: div.fixed');
  const { violations } = await runAxe(page);
  const rules = violations.map(({ rule }) => rule);
  expect(rules).toEqual(expect.arrayContaining(['color-contrast', 'label']));
  expect(invalidHtml(BAD_PAGE).join('\n')).toContain('no-dup-id');
  const { problems, lowestContrast } = await walkWithTab(page);
  const walk = problems.join('\n');
  expect(walk).toContain('no outline: a.bare');
  expect(walk).toContain('covered: a.under');
  expect(walk).toContain('out of order: a «first» then a «second»');
  expect(lowestContrast).toBeLessThan(FOCUS_CONTRAST);
});

describe('by keyboard only', () => {
  // The lists of the desk are long by now.
  const MOST_TABS = 200;

  /** Presses Tab until the thing of that name has the focus. */
  const tabTo = async (page: Page, name: string): Promise<void> => {
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      await page.keyboard.press('Tab');
      const here = await page.evaluate<string>(
        `((document.activeElement.labels ?? [])[0] ?? document.activeElement).textContent.trim()`,
      );
      if (here === name) return;
    }
    throw new Error(`the Tab key does not come to «${name}»`);
  };

  const typeInto = async (page: Page, name: string, words: string): Promise<void> => {
    await tabTo(page, name);
    await page.keyboard.type(words);
  };

  const pressKey = (page: Page, key: string): Promise<void> =>
    followTo(page, () => page.keyboard.press(key));

  const pressOn = async (page: Page, name: string, key = 'Enter'): Promise<void> => {
    await tabTo(page, name);
    await pressKey(page, key);
  };

  const staffEntry = async (page: Page, username: string): Promise<void> => {
    const account = desk.accounts.find((known) => known.username === username);
    await page.goto(`${desk.url}/staff`);
    await typeInto(page, 'نام کاربری', username);
    await typeInto(page, 'گذرواژه', account?.password ?? '');
    await pressKey(page, 'Enter');
  };

  test('an applicant signs in, corrects a form, sends a letter and follows it up', async () => {
    const page = await newPage(browser);
    const mobile = newMobile();
    await page.goto(desk.url);
    await typeInto(page, 'شماره تلفن همراه', mobile);
    await typeInto(page, 'کد امنیتی', TEST_CAPTCHA);
    await pressKey(page, 'Enter');
    // The one field of the page has the focus.
    await page.keyboard.type((await smsTo(desk, mobile, 'code')).text.slice(-6));
    await pressKey(page, 'Enter');
    await pressOn(page, 'ثبت نامه جدید');

    await pressOn(page, 'ثبت');
    expect(await page.title()).toMatch(/^خطا: /);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator(':focus').getAttribute('id')).toBe('senderName');
    await page.keyboard.type('شهروند');
    await tabTo(page, 'مخاطب گیرنده نامه');
    await page.keyboard.press('ArrowDown');
    await typeInto(page, 'موضوع نامه', 'نامه‌ای با صفحه‌کلید');
    await tabTo(page, 'فایل');
    const { name, bytes } = await sampleFile('pdf');
    await page.locator(':focus').setInputFiles({ name, mimeType: '', buffer: bytes });
    await pressOn(page, 'ثبت', 'Space');
    await page.getByText('درخواست شما ثبت شد').waitFor();

    await pressOn(page, 'نامه‌های من');
    await pressOn(page, 'گرفتن آخرین وضعیت', 'Space');
    expect(await page.locator('[data-source]').getAttribute('data-source')).toBe('workflow');
    await pressOn(page, 'نامه‌های من');
    await typeInto(page, 'کد پیگیری', '7K3M9QRT2XAB');
    await pressKey(page, 'Enter');
    await page.getByText('نامه‌ای با این کد پیدا نشد').waitFor();
    await pressOn(page, 'خروج');
    expect(new URL(page.url()).pathname).toBe('/');
  });

  test('staff sign in, approve one letter, reject another with its reason, and answer', async () => {
    const { applicant } = stage.pages;
    await applicant.context().addCookies([{ name: 'lang', value: 'fa', url: stage.url }]);
    await sendLetter(applicant, desk, { subject: 'برای تایید با صفحه‌کلید' });
    await sendLetter(applicant, desk, { subject: 'برای رد با صفحه‌کلید' });
    const page = await newPage(browser, { width: 1280 });
    await staffEntry(page, 'reviewer');
    await pressOn(page, 'برای تایید با صفحه‌کلید');
    await pressOn(page, 'تایید');
    // The next letter is open, and says what was done with this one.
    await page.getByRole('status').getByText('تایید شد').waitFor();
    await pressOn(page, 'کارتابل نامه‌ها');
    await pressOn(page, 'برای رد با صفحه‌کلید');
    await tabTo(page, 'رد');
    await page.keyboard.press('Enter');
    // The form is open, and its focus on the reasons that stand ready.
    await typeInto(page, 'دلیل رد', 'پیوست خوانا نیست');
    await pressOn(page, 'رد', 'Space');
    await page.getByRole('status').getByText('رد شد').waitFor();

    const unit = await newPage(browser, { width: 1280 });
    await staffEntry(unit, 'clerk');
    await pressOn(unit, 'برای تایید با صفحه‌کلید');
    await typeInto(unit, 'متن پاسخ', 'انجام شد');
    await pressOn(unit, 'ثبت پاسخ');
    await unit.locator('[data-step="answered"]').waitFor();
    expect(await unit.getByText('انجام شد').count()).toBeGreaterThan(0);
  });
});

describe('on a slow line', () => {
  const KILOBYTE = 1000;
  const LIMITS = { page: 100 * KILOBYTE, withFont: 200 * KILOBYTE, script: 15 * KILOBYTE };
  const SLOW = {
    offline: false,
    latency: 150,
    downloadThroughput: 1_600_000 / 8,
    uploadThroughput: 750_000 / 8,
  };
  /** What the first text waits for beside the page itself: files that hold up the painting. */
  const BLOCKING = 1;
  /** At rest it is below one second (the figures say it); a busy machine is no weight of the page. */
  const FIRST_PAINT_MS = 10_000;

  interface Weight {
    page: number;
    withFont: number;
    script: number;
    blocking: number;
    paintMs: number;
  }

  /** As a first visit: nothing is in the browser's memory. */
  const weigh = async (path: string, cookies: Page): Promise<Weight> => {
    const page = await newPage(browser);
    await page.context().addCookies(await cookies.context().cookies());
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', SLOW);
    const answers: Response[] = [];
    page.on('response', (response) => answers.push(response));
    await page.goto(`${desk.url}${path}`, { waitUntil: 'networkidle' });
    const bytes = async (kind: (type: string) => boolean): Promise<number> => {
      const chosen = answers.filter((response) => kind(response.request().resourceType()));
      const bodies = await Promise.all(chosen.map((response) => response.body()));
      return bodies.reduce((sum, body) => sum + body.length, 0);
    };
    const weight = {
      page: await bytes((type) => type !== 'font'),
      withFont: await bytes(() => true),
      script: await bytes((type) => type === 'script'),
      blocking: await page.evaluate<number>(
        `performance.getEntriesByType('resource').filter((file) => file.renderBlockingStatus === 'blocking').length`,
      ),
      paintMs: await page.evaluate<number>(
        `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
      ),
    };
    await page.context().close();
    return weight;
  };

  test.each([
    { name: 'first page', path: '/', who: 'visitor' },
    { name: 'list of letters', path: '/letters', who: 'applicant' },
    { name: 'new letter', path: '/letters/new', who: 'applicant' },
  ] as const)(
    '$name: light enough, and nothing holds up its first text',
    async ({ name, path, who }) => {
      // The quickest of three: other work of this machine is no weight of the page.
      const tries: Weight[] = [];
      for (let count = 0; count < 3; count += 1) tries.push(await weigh(path, stage.pages[who]));
      const [weight] = tries.sort((a, b) => a.paintMs - b.paintMs);
      if (!weight) throw new Error('nothing was weighed');
      const { page, withFont, script, blocking, paintMs } = weight;
      figures.lines.push(
        `${name}: ${page} bytes, ${withFont} with the font, ${script} of them script; first text after ${Math.round(paintMs)} ms at 1.6 Mbit/s and 150 ms`,
      );
      expect(page).toBeLessThanOrEqual(LIMITS.page);
      expect(withFont).toBeLessThanOrEqual(LIMITS.withFont);
      expect(script).toBeLessThanOrEqual(LIMITS.script);
      expect(blocking).toBeLessThanOrEqual(BLOCKING);
      expect(paintMs).toBeLessThanOrEqual(FIRST_PAINT_MS);
    },
  );
});
