/** What every page must pass, whatever it says. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';
import type { Page } from 'playwright-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const MOST_STEPS = 200;

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const IN_PAGE = await readFile(new URL('./in-page.mjs', import.meta.url), 'utf8');

export interface Finding {
  rule: string;
  elements: { selector: string; why: string }[];
}

export interface AxeResult {
  violations: Finding[];
  /** What axe could not judge. */
  incomplete: Finding[];
}

/** Puts axe and our own checks into the page that is shown. */
export const equip = async (page: Page): Promise<void> => {
  await page.evaluate(`${AXE}\n;${IN_PAGE}\n;undefined`);
};

export const runAxe = (page: Page): Promise<AxeResult> =>
  page.evaluate(`(async () => {
    const options = {
      runOnly: { type: 'tag', values: ${JSON.stringify(TAGS)} },
      rules: { 'target-size': { enabled: true } },
      resultTypes: ['violations', 'incomplete'],
    };
    const result = await axe.run(document, options);
    const brief = (found) => found.map(({ id, nodes }) => ({
      rule: id,
      elements: nodes.map(({ target, any, all, none }) => ({
        selector: target.join(' '),
        why: [...any, ...all, ...none].map(({ message }) => message).join('; '),
      })),
    }));
    return { violations: brief(result.violations), incomplete: brief(result.incomplete) };
  })()`);

const ask =
  <Answer>(call: string) =>
  (page: Page): Promise<Answer> =>
    page.evaluate(`inPage.${call}`);

/** Problems as lines of text; none: all is well. */
export const brokenReferences = ask<string[]>('references()');
export const sidewaysScroll = ask<string[]>('sideways()');
/** The smaller side of each target in CSS px; links inside a sentence are left out. */
export const targetSizes = ask<{ what: string; size: number }[]>('targets()');
export const focusedId = ask<string>('focusedId()');

export const isFocused = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(`inPage.isFocused(${JSON.stringify(selector)})`);

/** Our own reckoning, where axe cannot tell what lies behind the text. */
export const textContrast = (page: Page, selector: string): Promise<number> =>
  page.evaluate(`inPage.textContrast(${JSON.stringify(selector)})`);

/** Text that is cut off or lies on other text under the text spacing of WCAG 1.4.12. */
export const brokenBySpacing = async (page: Page): Promise<string[]> => {
  await page.evaluate('inPage.setSpacing(true)');
  const problems = await page.evaluate<string[]>('[...inPage.brokenText(), ...inPage.sideways()]');
  await page.evaluate('inPage.setSpacing(false)');
  return problems;
};

export const brokenText = ask<string[]>('brokenText()');

type Step = { problems: string[]; contrast: number } | { inside: true };

export interface Walk {
  stops: number;
  problems: string[];
  /** Of the focus ring against what lies behind it. */
  lowestContrast: number;
}

/** With the Tab key from the first stop of the page to the last. */
export const walkWithTab = async (page: Page): Promise<Walk> => {
  await page.evaluate('inPage.startWalk()');
  const walk: Walk = { stops: 0, problems: [], lowestContrast: Infinity };
  while (walk.stops < MOST_STEPS) {
    await page.keyboard.press('Tab');
    const step = await page.evaluate<Step | undefined>('inPage.step()');
    if (!step) break;
    if ('inside' in step) continue;
    walk.stops += 1;
    walk.problems.push(...step.problems);
    walk.lowestContrast = Math.min(walk.lowestContrast, step.contrast);
  }
  walk.problems.push(...(await page.evaluate<string[]>('inPage.orderProblems()')));
  return walk;
};

const validator = new HtmlValidate({
  extends: ['html-validate:standard', 'html-validate:document', 'html-validate:a11y'],
  rules: {
    // The summary of what is wrong stands before the title of the page, as on GOV.UK.
    'heading-level': ['error', { minInitialRank: 'h2' }],
    // On a narrow screen rows are blocks, and only the roles keep the table a table.
    'no-redundant-role': 'off',
    'require-sri': ['error', { target: 'crossorigin' }],
    // Also on a list: the standard allows it.
    'aria-label-misuse': ['error', { allowAnyNamable: true }],
  },
});

/** Of the HTML as it was sent. */
export const invalidHtml = (html: string): string[] =>
  validator
    .validateStringSync(html)
    .results.flatMap(({ messages }) =>
      messages.map(({ ruleId, message, line, column }) => `${ruleId} ${line}:${column} ${message}`),
    );
