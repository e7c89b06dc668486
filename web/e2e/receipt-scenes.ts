/** Letter receipts, and where anybody checks them. */
import type { Page } from 'playwright-core';
import type { Scene, Stage } from './scenes.ts';

/** The receipt of an applicant's letter on the whole desk, or of one on the second desk. */
const openReceipt =
  (which: (stage: Stage) => string): Scene['open'] =>
  (page, stage) =>
    page.goto(`${which(stage)}/receipt`);

const answered = ({ url, letters }: Stage): string => `${url}/letters/${letters.answered}`;
const onSecond =
  (name: 'corrected' | 'withdrawn' | 'erased') =>
  ({ elsewhere }: Stage): string =>
    `${elsewhere.url}/letters/${elsewhere[name]}`;

/** Where the receipt is checked, as its own page leads there. */
const openCheck =
  (which: (stage: Stage) => string): Scene['open'] =>
  async (page, stage) => {
    await page.goto(`${which(stage)}/receipt`);
    await Promise.all([
      page.waitForEvent('load'),
      page.locator('main a[href^="/verify/"]').first().click(),
    ]);
  };

const compare = (page: Page): Promise<void> => page.locator('[data-verify] [type=submit]').click();

const visit =
  (path: string): Scene['open'] =>
  (page, { url }) =>
    page.goto(`${url}${path}`);

export const RECEIPT_SCENES: Scene[] = [
  { name: 'letter receipt', who: 'applicant', open: openReceipt(answered) },
  {
    name: 'letter receipt of a corrected letter',
    who: 'elsewhere',
    open: openReceipt(onSecond('corrected')),
  },
  {
    name: 'letter receipt of an erased letter',
    who: 'elsewhere',
    open: openReceipt(onSecond('erased')),
  },
  { name: 'letter receipt to be checked', who: 'visitor', open: visit('/verify') },
  {
    name: 'letter receipt to be checked, nothing typed',
    who: 'visitor',
    status: 422,
    problems: true,
    open: visit('/verify?receipt='),
  },
  {
    name: 'letter receipt to be checked, something else typed',
    who: 'visitor',
    status: 422,
    problems: true,
    open: visit('/verify?receipt=1405%2F12'),
  },
  {
    name: 'letter receipt, genuine',
    who: 'applicant',
    script: 'optional',
    open: openCheck(answered),
  },
  {
    name: 'letter receipt, genuine, of a withdrawn letter',
    who: 'elsewhere',
    script: 'optional',
    open: openCheck(onSecond('withdrawn')),
  },
  {
    name: 'letter receipt, not genuine',
    who: 'visitor',
    status: 404,
    open: visit('/verify/AQforged'),
  },
  {
    name: 'letter receipt, compared with no file',
    who: 'applicant',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, stage, language) {
      await openCheck(answered)(page, stage, language);
      await Promise.all([page.waitForEvent('load'), compare(page)]);
    },
  },
  {
    name: 'letter receipt, compared with another file',
    who: 'applicant',
    script: 'optional',
    async open(page, stage, language) {
      await openCheck(answered)(page, stage, language);
      const buffer = Buffer.from('another file');
      await page.locator('#file').setInputFiles({ name: 'x.pdf', mimeType: '', buffer });
      await compare(page);
      await page.locator('[data-verify-other]').waitFor();
    },
  },
];
