/** Every page and every error state, in every way that people see them: see docs/accessibility.md. */
import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { startDesk } from '../../src/testing/running-desk.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
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
import { SCENES, setStage, type Scene, type Stage } from './scenes.ts';

const LANGUAGES: Language[] = ['fa', 'en'];
const WIDTHS = [320, 768, 1280];
const COLOURS = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  forced: { colorScheme: 'light', forcedColors: 'active' },
} as const;
type Colours = keyof typeof COLOURS;

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
    if (response.request().isNavigationRequest() && response.status() !== 303)
      ears.answer = response;
  });
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // A browser writes down every answer above 399, also one that was meant.
    if (message.text().startsWith('Failed to load resource') && message.location().url === page.url())
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
  desk = await startDesk({ env: { ORG_NAME: 'شهرداری نمونه' } });
  browser = await startBrowser();
  stage = await setStage(desk, browser);
  await Promise.all(Object.values(stage.pages).map(listen));
}, 240_000);

afterAll(async () => {
  process.stdout.write(`\n${report()}\n`);
  await stage?.stop();
  await browser?.close();
  await desk?.remove();
}, 60_000);

const counted = (counts: Map<string, number>): string =>
  [...counts].map(([name, times]) => `${name} × ${times}`).join(', ') || 'none';

const report = (): string =>
  [
    'accessibility:',
    `  ${SCENES.length} pages and states × ${LANGUAGES.length} languages = ${figures.pages}; × ${WIDTHS.length} widths × ${Object.keys(COLOURS).length} colour modes = ${figures.axeRuns} runs of axe`,
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
  expect.soft((await page.locator('script').count()) > 0).toBe(scene.script !== undefined);
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
  expect.soft(incomplete.filter(({ rule }) => rule !== 'color-contrast'), at).toEqual([]);
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
  test.each(SCENES)('$name: no barrier, at any width and in any colours', async (scene) => {
    const page = await openScene(scene, language);
    await equip(page);
    figures.pages += 1;
    if (scene.problems) await checkProblems(page, language);
    else expect.soft(await page.title()).not.toContain(ERROR_TITLE[language]);
    expect.soft(await brokenReferences(page)).toEqual([]);
    for (const width of WIDTHS) {
      for (const colours of Object.keys(COLOURS) as Colours[]) {
        await show(page, width, colours);
        await checkWithAxe(page, `${width} px, ${colours}`);
      }
      await show(page, width, 'light');
      expect.soft(await sidewaysScroll(page)).toEqual([]);
      expect.soft(await brokenText(page)).toEqual([]);
      expect.soft(await brokenBySpacing(page)).toEqual([]);
      await checkTargets(page);
    }
    await show(page, 1280, 'dark');
    await checkWithTab(page);
    // A window of 1280 × 1024 at 400 %.
    await show(page, 320, 'light', 256);
    expect.soft(await sidewaysScroll(page)).toEqual([]);
    await checkWithTab(page);
    expect(heard.get(page)?.complaints).toEqual([]);
  });
});
