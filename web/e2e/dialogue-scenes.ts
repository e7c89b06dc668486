/** What a unit and the sender of a registered letter say to each other. */
import type { Page } from 'playwright-core';
import { press } from './press.ts';
import type { Scene } from './scenes.ts';
import type { SecondDesk } from './second-desk.ts';

const elsewhere =
  (path: (desk: SecondDesk) => string): Scene['open'] =>
  (page, { elsewhere: desk }) =>
    page.goto(`${desk.url}${path(desk)}`);

/** As a browser sends it: the script would say the refusal beside the form. */
const submitPlainly = async (page: Page, change = ''): Promise<void> => {
  await Promise.all([
    page.waitForEvent('load'),
    page.evaluate(`(() => {
      const form = document.querySelector('main form[method="post"]');
      ${change};
      form.submit();
    })()`),
  ]);
};

export const DIALOGUE_SCENES: Scene[] = [
  {
    name: 'letter, asked a question',
    who: 'elsewhere',
    script: 'optional',
    open: elsewhere(({ asked }) => `/letters/${asked}`),
  },
  {
    name: 'letter, its question answered',
    who: 'elsewhere',
    script: 'optional',
    open: elsewhere(({ questioned }) => `/letters/${questioned}?notice=answer_applied`),
  },
  {
    name: 'answer to a question',
    who: 'elsewhere',
    script: 'optional',
    open: elsewhere(({ asked }) => `/letters/${asked}/answer`),
  },
  {
    name: 'answer to a question, nothing typed',
    who: 'elsewhere',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { elsewhere: { url, asked } }) {
      await page.goto(`${url}/letters/${asked}/answer`);
      await submitPlainly(page);
    },
  },
  {
    name: 'answer to a question, not open any more',
    who: 'elsewhere',
    status: 409,
    async open(page, { elsewhere: { url, asked } }) {
      await page.goto(`${url}/letters/${asked}/answer`);
      await page.locator('#answerText').fill('پلاک دوازده');
      await submitPlainly(page, "form.elements.namedItem('question').value = crypto.randomUUID()");
    },
  },
  {
    name: 'unit letter, question without text',
    who: 'clerk',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url, letters }) {
      await page.goto(`${url}/staff/letters/${letters.withUnit}?form=ask`);
      await press(page, 'form[action$="/questions"] [type="submit"]');
    },
  },
  {
    name: 'unit letter, its question open',
    who: 'keeper',
    script: 'optional',
    open: elsewhere(({ asked }) => `/staff/letters/${asked}`),
  },
  {
    name: 'unit letter, its question answered',
    who: 'keeper',
    script: 'optional',
    open: elsewhere(({ questioned }) => `/staff/letters/${questioned}`),
  },
  {
    name: 'unit letter, consultation',
    who: 'clerk',
    script: 'optional',
    open: (page, { url, letters }) =>
      page.goto(`${url}/staff/letters/${letters.withUnit}?form=consult`),
  },
  {
    name: 'unit letter, consultation without unit and text',
    who: 'clerk',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url, letters }) {
      await page.goto(`${url}/staff/letters/${letters.withUnit}?form=consult`);
      await press(page, 'form[action$="/consultations"] [type="submit"]');
    },
  },
  {
    name: 'unit letter, units consulted',
    who: 'keeper',
    script: 'optional',
    open: elsewhere(({ consulted }) => `/staff/letters/${consulted}`),
  },
  {
    name: 'letter to reopen',
    who: 'elsewhere',
    open: elsewhere(({ answered }) => `/letters/${answered}/follow-up`),
  },
  {
    name: 'letter to reopen, nothing typed',
    who: 'elsewhere',
    status: 422,
    problems: true,
    async open(page, { elsewhere: { url, answered } }) {
      await page.goto(`${url}/letters/${answered}/follow-up`);
      await submitPlainly(page);
    },
  },
  {
    name: 'letter to reopen, too late',
    who: 'elsewhere',
    status: 409,
    async open(page, { elsewhere: { url, answered, reopened } }) {
      await page.goto(`${url}/letters/${answered}/follow-up`);
      await page.locator('#followUp').fill('هنوز نرسیده است.');
      await submitPlainly(page, `form.action = form.action.replace('${answered}', '${reopened}')`);
    },
  },
  {
    name: 'letter, reopened',
    who: 'elsewhere',
    script: 'optional',
    open: elsewhere(({ reopened }) => `/letters/${reopened}?notice=reopened_applied`),
  },
  {
    name: 'unit letter, reopened',
    who: 'keeper',
    script: 'optional',
    open: elsewhere(({ reopened }) => `/staff/letters/${reopened}`),
  },
];
