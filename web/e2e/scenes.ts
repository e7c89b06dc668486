/** Every page of the desk in every state, and how to get there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { FormName } from '../staff/letter-forms.tsx';
import type { Language } from '../view.ts';
import { press } from './press.ts';
import { ACCOUNT_SCENES, ACCOUNT_SCENES_WITH_SCRIPTS } from './account-scenes.ts';
import { ADMIN_SCENES } from './admin-scenes.ts';
import { DIALOGUE_SCENES } from './dialogue-scenes.ts';
import { PEOPLE_SCENES } from './people-scenes.ts';
import { RECEIPT_SCENES } from './receipt-scenes.ts';
import { LONG_NAME, LONG_SUBJECT, REASON } from './second-desk-letters.ts';
import { openSecondDesk } from './second-desk.ts';
import type { SecondDesk } from './second-desk.ts';
import {
  approve,
  askForCode,
  openForm,
  newMobile,
  reject,
  sendLetter,
  signIn,
  staffSignIn,
} from './portal.ts';

const PEOPLE = [
  'visitor',
  'caller',
  'newcomer',
  'applicant',
  'reviewer',
  'clerk',
  'admin',
  'halfway',
  'elsewhere',
  'starter',
  'keeper',
] as const;

/**
 * `caller` waits for a code, `newcomer` has no letters, `halfway` has given a password and not yet
 * the second factor; `elsewhere` is signed in on a second desk without an engine, and `starter`
 * is in the first set-up and `keeper` an administrator there.
 */
type Person = (typeof PEOPLE)[number];

export interface Stage {
  url: string;
  pages: Record<Person, Page>;
  letters: Record<'pending' | 'spare' | 'withUnit' | 'answered' | 'closed' | 'rejected', string>;
  /** Of `answered`. */
  trackingCode: string;
  elsewhere: SecondDesk;
  stop(): Promise<void>;
}

export interface Scene {
  name: string;
  who: Person;
  open(page: Page, stage: Stage, language: Language): Promise<unknown>;
  status?: number;
  /** The page came back because of what was typed. */
  problems?: true;
  /** The page has a script; it is also looked at without. */
  script?: 'optional' | 'needed';
  scriptsOff?: true;
  only?: Language;
}

const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const submitTo = (page: Page, action: string): Promise<void> =>
  press(page, `form[action="${action}"] [type="submit"]:not([tabindex], [formaction])`);

const choose = async (page: Page, selector: string, type: 'pdf' | 'docx'): Promise<void> => {
  const { name, bytes } = await sampleFile(type);
  await page.locator(selector).setInputFiles({ name, mimeType: '', buffer: bytes });
};

const chooseWrongFile = (page: Page, selector: string): Promise<void> =>
  page.locator(selector).setInputFiles({
    name: 'نامه.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('سلام'),
  });

/** A page of another site that holds a form with the address of the desk. */
const submitFromElsewhere = async (page: Page, action: string, type: string): Promise<void> => {
  await page.goto('about:blank');
  await page.setContent(
    `<form method="post" action="${action}" enctype="${type}"><button type="submit">x</button></form>`,
  );
  await press(page, 'button');
};

/** The page that `work` leads to is built without scripts; afterwards our checks can run in it. */
const withoutScripts = async (page: Page, work: () => Promise<unknown>): Promise<void> => {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setScriptExecutionDisabled', { value: true });
  await work();
  await page.waitForLoadState('load');
  await session.send('Emulation.setScriptExecutionDisabled', { value: false });
  await session.detach();
};

const at =
  (path: string | ((stage: Stage) => string)): Scene['open'] =>
  (page, stage) =>
    page.goto(`${stage.url}${typeof path === 'string' ? path : path(stage)}`);

const search =
  (code: (stage: Stage) => string): Scene['open'] =>
  async (page, stage) => {
    await page.goto(`${stage.url}/letters`);
    await page.locator('#code').fill(code(stage));
    await press(page, '.search [type="submit"]');
  };

const FORM_OF = {
  rejection: 'reject',
  return: 'return',
  updates: 'update',
  notes: 'note',
  referrals: 'refer',
  replies: 'reply',
  closing: 'close',
  annulment: 'annul',
} as const satisfies Record<string, FormName>;

const staffForm =
  (
    which: keyof Stage['letters'],
    form: keyof typeof FORM_OF,
    fill?: (page: Page) => Promise<void>,
  ) =>
  async (page: Page, stage: Stage): Promise<void> => {
    const letter = `/staff/letters/${stage.letters[which]}`;
    await page.goto(`${stage.url}${letter}?form=${FORM_OF[form]}`);
    await fill?.(page);
    await submitTo(page, `${letter}/${form}`);
  };

const failingWith = (code: Parameters<SecondDesk['failure']>[0], status: number): Scene => ({
  name: code === 'fault' ? code : `refusal: ${code}`,
  who: 'elsewhere',
  status,
  open: (page, { elsewhere }) => page.goto(elsewhere.failure(code)),
});

const WITH_SCRIPTS: Scene[] = [
  ...ACCOUNT_SCENES_WITH_SCRIPTS,
  { name: 'sign-in', who: 'visitor', script: 'optional', open: at('/') },
  {
    name: 'sign-in, time over',
    who: 'visitor',
    script: 'optional',
    open: at('/?notice=code_expired'),
  },
  {
    name: 'sign-in, the browser computes instead',
    who: 'visitor',
    script: 'needed',
    async open(page, { url }) {
      await page.goto(url);
      await page.locator('.other-ways summary').click();
      await page.locator('[data-proof] button').click();
      await page.locator('[data-proof][data-state="done"]').waitFor();
    },
  },
  {
    name: 'sign-in without cookies',
    // Without a cookie no language can be kept.
    only: 'fa',
    who: 'visitor',
    script: 'optional',
    status: 422,
    async open(page, { url }) {
      await page.goto(url);
      await page.locator('#mobile').fill('09123456789');
      await page.context().clearCookies();
      await submitTo(page, '/sign-in');
    },
  },
  {
    name: 'sign-in, nothing typed',
    who: 'visitor',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(url);
      await submitTo(page, '/sign-in');
    },
  },
  {
    name: 'sign-in, wrong number and wrong digits',
    who: 'visitor',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(url);
      await page.locator('#mobile').fill('021 88 77 66 55');
      await page.locator('#captcha').fill('00000');
      await submitTo(page, '/sign-in');
    },
  },
  {
    name: 'sign-in, another picture',
    who: 'visitor',
    script: 'optional',
    async open(page, { url }) {
      await page.goto(url);
      await page.locator('#mobile').fill('09123456789');
      await press(page, '[formaction="/sign-in/picture"]');
    },
  },
  { name: 'code', who: 'caller', script: 'optional', open: at('/sign-in/code') },
  {
    name: 'code, sent again',
    who: 'caller',
    script: 'optional',
    open: at('/sign-in/code?notice=code_sent'),
  },
  {
    name: 'code, nothing typed',
    who: 'caller',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(`${url}/sign-in/code`);
      await submitTo(page, '/sign-in/code');
    },
  },
  {
    name: 'code, wrong',
    who: 'caller',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(`${url}/sign-in/code`);
      await page.locator('#code').fill('000000');
      await submitTo(page, '/sign-in/code');
    },
  },
  {
    name: 'code, asked for again too early',
    who: 'elsewhere',
    script: 'optional',
    status: 429,
    async open(page, { elsewhere }) {
      await page.goto(await elsewhere.askForCode(page));
      // As a page does it whose button was not disabled in time.
      await Promise.all([
        page.waitForEvent('load'),
        page.evaluate(`document.querySelector('form[action="/sign-in/code/resend"]').submit()`),
      ]);
    },
  },
  {
    name: 'code, to be asked for again soon',
    who: 'elsewhere',
    script: 'optional',
    open: async (page, { elsewhere }) => page.goto(await elsewhere.askForCode(page)),
  },
  {
    name: 'sign-in, to correct the number',
    who: 'caller',
    script: 'optional',
    open: at('/?number=kept'),
  },
  {
    name: 'sign-in, the session had ended and a letter was kept',
    who: 'visitor',
    script: 'optional',
    open: at('/?notice=draft_kept'),
  },
  { name: 'new letter', who: 'applicant', script: 'optional', open: at('/letters/new') },
  {
    name: 'new letter, nothing typed',
    who: 'applicant',
    script: 'optional',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(`${url}/letters/new`);
      await submitTo(page, '/letters/new');
    },
  },
  {
    name: 'new letter, what was typed is back',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/new`),
  },
  {
    name: 'letter, sent with a file of an earlier one',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/letters/${elsewhere.repeat}?notice=submitted`),
  },
];

/** Forms with a file: with scripts they are sent without leaving the page. */
const withFile = (
  scene: Pick<Scene, 'name' | 'who'>,
  address: (stage: Stage) => string,
  fillIn: (page: Page) => Promise<void>,
): Scene[] => {
  const send = async (page: Page, stage: Stage): Promise<void> => {
    await page.goto(`${stage.url}${address(stage)}`);
    await fillIn(page);
    await page.locator('form:has([type="file"]) [type="submit"]').first().click();
    await page.locator('.error-summary').waitFor();
  };
  return [
    { ...scene, script: 'optional', status: 422, problems: true, open: send },
    {
      ...scene,
      name: `${scene.name}, scripts off`,
      scriptsOff: true,
      script: 'optional',
      status: 422,
      problems: true,
      open: (page, stage) => withoutScripts(page, () => send(page, stage)),
    },
  ];
};

const newLetterForm = (): string => '/letters/new';

const WITH_FILES: Scene[] = [
  ...withFile(
    { name: 'new letter, file of a wrong type', who: 'applicant' },
    newLetterForm,
    async (page) => {
      await page.locator('#senderName').fill(LONG_NAME);
      await page.locator('#unit').selectOption({ index: 1 });
      await page.locator('#subject').fill(LONG_SUBJECT);
      await chooseWrongFile(page, '#file');
    },
  ),
  ...withFile(
    { name: 'new letter, a good file is kept', who: 'applicant' },
    newLetterForm,
    async (page) => {
      const { bytes } = await sampleFile('pdf');
      await page.locator('#file').setInputFiles({
        name: 'site_visit_request_without_any_space_and_with_a_long_name_2026-11-22.pdf',
        mimeType: '',
        buffer: bytes,
      });
    },
  ),
  ...withFile(
    { name: 'unit letter, reply without text and with a wrong file', who: 'clerk' },
    ({ letters }) => `/staff/letters/${letters.withUnit}`,
    (page) => chooseWrongFile(page, '#replyFile'),
  ),
  ...withFile(
    { name: 'unit letter, reply without text, its file is kept', who: 'clerk' },
    ({ letters }) => `/staff/letters/${letters.withUnit}`,
    (page) => choose(page, '#replyFile', 'pdf'),
  ),
  {
    name: 'new letter, a wrong file is told at once',
    who: 'applicant',
    script: 'needed',
    async open(page, { url }) {
      await page.goto(`${url}/letters/new`);
      await chooseWrongFile(page, '#file');
    },
  },
  {
    name: 'new letter, being sent',
    who: 'applicant',
    script: 'needed',
    async open(page, { url }) {
      await page.goto(`${url}/letters/new`);
      await choose(page, '#file', 'pdf');
      // Never goes: the page is looked at as it waits.
      await page.evaluate(`XMLHttpRequest.prototype.send = () => {}`);
      await page.getByRole('main').locator('form [type="submit"]').first().click();
      await page.locator('progress').waitFor();
    },
  },
  {
    name: 'new letter, the session ends soon',
    who: 'applicant',
    script: 'needed',
    async open(page, { url }) {
      await page.goto(`${url}/letters/new`);
      await page.evaluate(`document.querySelector('[data-session]').showModal()`);
    },
  },
];

export const SCENES: Scene[] = [
  ...WITH_SCRIPTS,
  ...WITH_FILES,
  ...WITH_SCRIPTS.filter(({ script }) => script === 'optional').map((scene): Scene => ({
    ...scene,
    name: `${scene.name}, scripts off`,
    scriptsOff: true,
    open: (page, stage, language) => withoutScripts(page, () => scene.open(page, stage, language)),
  })),
  { name: 'first visit', who: 'newcomer', open: at('/letters') },
  { name: 'list with letters in all states', who: 'applicant', open: at('/letters') },
  {
    name: 'search, found',
    who: 'applicant',
    open: search(({ trackingCode }) => trackingCode),
  },
  {
    name: 'search, not found',
    who: 'applicant',
    open: search(() => '7K3M-9QRT-2XAB'),
  },
  {
    name: 'search, nothing typed',
    who: 'applicant',
    status: 422,
    problems: true,
    open: search(() => ' '),
  },
  {
    name: 'letter, just sent',
    who: 'applicant',
    script: 'optional',
    open: at(({ letters }) => `/letters/${letters.pending}?notice=submitted`),
  },
  {
    name: 'letter under review, latest status',
    who: 'applicant',
    script: 'optional',
    open: at(({ letters }) => `/letters/${letters.pending}?latest=1`),
  },
  {
    name: 'letter with the unit',
    who: 'applicant',
    script: 'optional',
    open: at(({ letters }) => `/letters/${letters.withUnit}`),
  },
  {
    name: 'letter answered, latest status',
    who: 'applicant',
    script: 'optional',
    open: at(({ letters }) => `/letters/${letters.answered}?latest=1`),
  },
  {
    name: 'letter closed, latest status',
    who: 'applicant',
    script: 'optional',
    open: at(({ letters }) => `/letters/${letters.closed}?latest=1`),
  },
  {
    name: 'letter rejected, latest status',
    who: 'applicant',
    script: 'optional',
    open: at(({ letters }) => `/letters/${letters.rejected}?latest=1`),
  },
  {
    name: 'letter returned',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/letters/${elsewhere.returned}?latest=1`),
  },
  {
    name: 'letter overdue',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.overdue}`),
  },
  {
    name: 'deadline of a letter, day by day',
    who: 'applicant',
    open: at(({ letters }) => `/letters/${letters.pending}/deadline`),
  },
  {
    name: 'deadline of an answered letter',
    who: 'applicant',
    open: at(({ letters }) => `/letters/${letters.answered}/deadline`),
  },
  {
    name: 'staff deadline that is over, with a day of each kind',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.overdue}/deadline`),
  },
  {
    name: 'letter withdrawn',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.withdrawn}`),
  },
  {
    name: 'letter erased',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.erased}`),
  },
  {
    name: 'staff letter erased',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/letters/${elsewhere.erased}`),
  },
  {
    name: 'letter that cannot be read',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.damaged}`),
  },
  {
    name: 'staff letter that cannot be read',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/letters/${elsewhere.damaged}`),
  },
  {
    name: 'letter to withdraw',
    who: 'applicant',
    open: at(({ letters }) => `/letters/${letters.pending}/withdrawal`),
  },
  {
    name: 'letter to withdraw, approved meanwhile',
    who: 'applicant',
    status: 409,
    async open(page, { url, letters }) {
      await page.goto(`${url}/letters/${letters.pending}/withdrawal`);
      await page.evaluate(
        `for (const form of document.forms) form.action = form.action.replace('${letters.pending}', '${letters.withUnit}')`,
      );
      await press(page, '.button--reject');
    },
  },
  {
    name: 'letter to correct',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/letters/${elsewhere.returned}/correction`),
  },
  {
    name: 'letter to correct, without a subject',
    who: 'elsewhere',
    script: 'optional',
    status: 422,
    problems: true,
    open: (page, { elsewhere }) =>
      withoutScripts(page, async () => {
        const form = `/letters/${elsewhere.returned}/correction`;
        await page.goto(`${elsewhere.url}${form}`);
        await page.locator('#subject').fill('');
        await submitTo(page, form);
      }),
  },
  {
    name: 'letter to correct, its file infected',
    who: 'elsewhere',
    script: 'optional',
    status: 422,
    problems: true,
    open: (page, { elsewhere }) =>
      withoutScripts(page, async () => {
        const form = `/letters/${elsewhere.infectedReturned}/correction`;
        await page.goto(`${elsewhere.url}${form}`);
        await submitTo(page, form);
      }),
  },
  {
    name: 'letter to correct, not any more',
    who: 'elsewhere',
    status: 409,
    open: (page, { elsewhere }) =>
      withoutScripts(page, async () => {
        const form = `/letters/${elsewhere.returned}/correction`;
        await page.goto(`${elsewhere.url}${form}`);
        await elsewhere.overtake(elsewhere.returned, true);
        await submitTo(page, form);
        await elsewhere.overtake(elsewhere.returned, false);
      }),
  },
  {
    name: 'letter whose file is being scanned',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.waiting}`),
  },
  { name: 'letter of nobody', who: 'applicant', status: 404, open: at('/letters/none') },
  { name: 'no such page', who: 'visitor', status: 404, open: at('/nowhere') },
  {
    name: 'form of another site',
    who: 'visitor',
    status: 403,
    open: (page, { url }, language) =>
      submitFromElsewhere(
        page,
        `${url}/sign-in?lang=${language}`,
        'application/x-www-form-urlencoded',
      ),
  },
  {
    name: 'request of another kind',
    who: 'visitor',
    status: 415,
    open: (page, { url }, language) =>
      submitFromElsewhere(page, `${url}/sign-in?lang=${language}`, 'text/plain'),
  },
  {
    name: 'wrong host',
    who: 'visitor',
    status: 421,
    open: (page, { url }, language) =>
      page.goto(`${url.replace('localhost', '127.0.0.1')}/?lang=${language}`),
  },
  failingWith('not_open', 409),
  failingWith('unit_not_available', 422),
  failingWith('too_many', 429),
  failingWith('too_many_letters', 429),
  failingWith('too_many_downloads', 429),
  failingWith('codes_paused', 503),
  failingWith('file_waiting', 409),
  failingWith('file_infected', 409),
  failingWith('damaged', 503),
  failingWith('identity_provider_away', 503),
  failingWith('unavailable', 503),
  failingWith('fault', 500),
  { name: 'SMS outbox', who: 'visitor', open: at('/dev/outbox') },
  { name: 'SMS outbox, empty', who: 'visitor', open: at('/dev/outbox?mobile=09000000000') },

  { name: 'help', who: 'visitor', open: at('/help') },
  { name: 'accessibility statement', who: 'visitor', open: at('/accessibility') },
  { name: 'privacy', who: 'visitor', open: at('/privacy') },
  { name: 'components', who: 'visitor', script: 'optional', open: at('/design') },

  { name: 'staff sign-in', who: 'visitor', open: at('/staff') },
  { name: 'staff sign-in, signed out', who: 'visitor', open: at('/staff?notice=signed_out') },
  {
    name: 'staff sign-in, wrong password',
    who: 'visitor',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(`${url}/staff`);
      await page.locator('#username').fill('reviewer');
      await page.locator('#password').fill('not the password');
      await submitTo(page, '/staff/sign-in');
    },
  },
  { name: 'second factor', who: 'halfway', open: at('/staff/second-factor') },
  {
    name: 'second factor, nothing typed',
    who: 'halfway',
    status: 422,
    problems: true,
    async open(page, { url }) {
      await page.goto(`${url}/staff/second-factor`);
      await submitTo(page, '/staff/second-factor');
    },
  },
  ...ACCOUNT_SCENES,
  ...ADMIN_SCENES,
  ...DIALOGUE_SCENES,
  ...RECEIPT_SCENES,
  ...PEOPLE_SCENES,
  { name: 'queue', who: 'reviewer', open: at('/staff') },
  { name: 'queue, with the unit', who: 'reviewer', open: at('/staff?filter=with_unit') },
  { name: 'queue, rejected', who: 'reviewer', open: at('/staff?filter=rejected') },
  { name: 'queue, letters found', who: 'reviewer', open: at('/staff?q=%D8%A7&order=oldest') },
  { name: 'queue, none overdue', who: 'reviewer', open: at('/staff?overdue=1&order=due') },
  {
    name: 'queue with overdue letters',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff?overdue=1`),
  },
  {
    name: 'queue, no letter is free',
    who: 'reviewer',
    open: at('/staff?claim=mine&notice=none_free&unit=00000000-0000-4000-8000-000000000000'),
  },
  {
    name: 'bulk decision',
    who: 'reviewer',
    open: at(({ letters }) => `/staff/bulk/new?letter=${letters.pending}`),
  },
  { name: 'bulk decision, nothing chosen', who: 'reviewer', open: at('/staff/bulk/new') },
  {
    name: 'bulk decision, nothing typed',
    who: 'reviewer',
    status: 422,
    problems: true,
    async open(page, { url, letters }) {
      await page.goto(`${url}/staff/bulk/new?letter=${letters.pending}`);
      await submitTo(page, '/staff/bulk/new');
    },
  },
  {
    name: 'progress of a bulk decision',
    who: 'elsewhere',
    script: 'optional',
    async open(page, { elsewhere }) {
      await page.goto(
        `${elsewhere.url}/staff/bulk/new?letter=${elsewhere.repeat}&letter=${elsewhere.notDrawn}`,
      );
      await page.locator('#kind').selectOption('approve');
      await submitTo(page, '/staff/bulk/new');
    },
  },
  {
    name: 'queue, narrowed by its filters',
    who: 'reviewer',
    open: at('/staff?history=first&since=1404%2F1%2F1&until=yesterday'),
  },
  { name: 'queue, nothing found', who: 'reviewer', open: at('/staff?q=qqqq') },
  { name: 'keys', who: 'reviewer', open: at('/staff/keys') },
  { name: 'keys, switched on again', who: 'reviewer', open: at('/staff/keys?notice=keys_on') },
  {
    name: 'staff letter opened from the queue after a decision',
    who: 'reviewer',
    open: at(
      ({ letters: { pending, rejected } }) =>
        `/staff/letters/${pending}?filter=pending&decided=${rejected}`,
    ),
  },
  {
    name: 'staff letter, its pages are being drawn',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/letters/${elsewhere.drawing}`),
  },
  {
    name: 'staff letter, its pages have just come',
    who: 'elsewhere',
    script: 'needed',
    async open(page, { elsewhere }) {
      await elsewhere.drawLate(false);
      await page.goto(`${elsewhere.url}/staff/letters/${elsewhere.late}`);
      await elsewhere.drawLate(true);
      await page.locator('[data-preview-room] [data-preview="made"]').waitFor();
    },
  },
  {
    name: 'staff letter, its pages could not be drawn',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.notDrawn}`),
  },
  {
    name: 'staff letter, the text of a document, earlier versions, and colleagues at it',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.document}`),
  },
  {
    name: 'staff letter, a reason that was retired meanwhile',
    who: 'elsewhere',
    status: 422,
    problems: true,
    async open(page, { elsewhere }) {
      const letter = `/staff/letters/${elsewhere.document}`;
      await page.goto(`${elsewhere.url}${letter}?form=reject`);
      await page.evaluate(`document.querySelector('#stockReason').value = 'retired'`);
      await page.locator('#stockReason').check();
      await page.locator('#reason').fill('');
      await submitTo(page, `${letter}/rejection`);
    },
  },
  {
    name: 'letter answered with files that can be looked at',
    who: 'elsewhere',
    script: 'optional',
    async open(page, { elsewhere }) {
      await page.goto(`${elsewhere.url}/letters/${elsewhere.answered}`);
      await page.locator('.reply summary').first().click();
    },
  },
  {
    name: 'queue, empty',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff?filter=with_unit`),
  },
  {
    name: 'staff letter to decide',
    who: 'reviewer',
    open: at(({ letters }) => `/staff/letters/${letters.pending}`),
  },
  {
    name: 'staff letter, the form of a rejection open',
    who: 'reviewer',
    open: at(({ letters }) => `/staff/letters/${letters.pending}?form=reject`),
  },
  {
    name: 'staff letter, enlarged, its page turned',
    who: 'elsewhere',
    async open(page, { elsewhere }) {
      await elsewhere.drawLate(true);
      await page.goto(`${elsewhere.url}/staff/letters/${elsewhere.late}?zoom=150`);
      // It stays turned, also when it is looked at again.
      const upright = page.locator('[data-sheet="1"][data-turns="0"]');
      if ((await upright.count()) > 0) await page.locator('[data-tool="turn"]').click();
      await page.locator('[data-sheet="1"][data-turns="1"]').waitFor();
    },
  },
  {
    name: 'unit letter, the form of a referral open',
    who: 'clerk',
    script: 'optional',
    open: at(({ letters }) => `/staff/letters/${letters.withUnit}?form=refer`),
  },
  {
    name: 'staff letter, rejection without a reason',
    who: 'reviewer',
    status: 422,
    problems: true,
    open: staffForm('pending', 'rejection'),
  },
  {
    name: 'staff letter, return that does not say why',
    who: 'reviewer',
    status: 422,
    problems: true,
    open: staffForm('pending', 'return'),
  },
  {
    name: 'letter, rejected, objection possible',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.rejected}`),
  },
  {
    name: 'letter, objected to',
    who: 'elsewhere',
    script: 'optional',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/letters/${elsewhere.objected}`),
  },
  {
    name: 'objection without a text',
    who: 'elsewhere',
    status: 422,
    problems: true,
    async open(page, { elsewhere }) {
      await page.goto(`${elsewhere.url}/letters/${elsewhere.rejected}/objection`);
      await submitTo(page, `/letters/${elsewhere.rejected}/objection`);
    },
  },
  {
    name: 'objection too late',
    who: 'elsewhere',
    status: 409,
    async open(page, { elsewhere }) {
      const { rejected, corrected } = elsewhere;
      await page.goto(`${elsewhere.url}/letters/${rejected}/objection`);
      await page.locator('#objection').fill(REASON);
      // As a browser sends it: the script would say the refusal beside the form.
      await Promise.all([
        page.waitForEvent('load'),
        page.evaluate(`(() => {
          const form = document.querySelector('form[action$="/objection"]');
          form.action = form.action.replace('${rejected}', '${corrected}');
          form.submit();
        })()`),
      ]);
    },
  },
  {
    name: 'staff letter, objected to',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.objected}`),
  },
  {
    name: 'staff letter, objection to the own rejection',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.ownRejection}`),
  },
  {
    name: 'staff letter, corrected',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.corrected}`),
  },
  {
    name: 'staff letter, withdrawn meanwhile',
    who: 'elsewhere',
    status: 409,
    async open(page, { elsewhere }) {
      const { corrected, withdrawn } = elsewhere;
      await page.goto(`${elsewhere.url}/staff/letters/${corrected}`);
      await page.evaluate(
        `for (const form of document.forms) form.action = form.action.replace('${corrected}', '${withdrawn}')`,
      );
      await press(page, '.button--approve');
    },
  },
  {
    name: 'queue, returned',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff?filter=returned`),
  },
  {
    name: 'staff letter, decision applied',
    who: 'reviewer',
    open: at(({ letters }) => `/staff/letters/${letters.rejected}?notice=decision_applied`),
  },
  {
    name: 'staff letter from the own number',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/letters/${elsewhere.own}`),
  },
  {
    name: 'staff letter whose file is being scanned',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/letters/${elsewhere.waiting}`),
  },
  {
    name: 'staff letter with a virus and more',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.infected}`),
  },
  {
    name: 'staff letter, decision under way',
    who: 'elsewhere',
    open: (page, { elsewhere }) =>
      page.goto(`${elsewhere.url}/staff/letters/${elsewhere.underWay}?notice=decision_recorded`),
  },
  {
    name: 'staff letter, open work, messages and what needs attention',
    who: 'elsewhere',
    open: (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/letters/${elsewhere.busy}`),
  },
  {
    name: 'staff letter, own decision to take back',
    who: 'elsewhere',
    async open(page, { elsewhere }) {
      await elsewhere.renewUndo();
      await page.goto(`${elsewhere.url}/staff/letters/${elsewhere.undoable}`);
    },
  },
  {
    name: 'staff letter, a decision to take back before it',
    who: 'elsewhere',
    async open(page, { elsewhere }) {
      await elsewhere.renewUndo();
      await page.goto(
        `${elsewhere.url}/staff/letters/${elsewhere.waiting}?filter=pending&decided=${elsewhere.undoable}`,
      );
    },
  },
  {
    name: 'staff letter, decided by a colleague and not applied yet',
    who: 'elsewhere',
    async open(page, { elsewhere }) {
      await elsewhere.renewUndo();
      await page.goto(`${elsewhere.url}/staff/letters/${elsewhere.undoableElsewhere}`);
    },
  },
  {
    name: 'staff letter, decided by a colleague',
    who: 'reviewer',
    status: 409,
    async open(page, { url, letters }) {
      // A page that was opened before the decision still has the form.
      const [open, decided] = [letters.pending, letters.rejected];
      await page.goto(`${url}/staff/letters/${open}`);
      await page.evaluate(
        `for (const form of document.forms) form.action = form.action.replace('${open}', '${decided}')`,
      );
      await press(page, '.button--approve');
    },
  },
  {
    name: 'unit letter',
    who: 'clerk',
    script: 'optional',
    open: at(({ letters }) => `/staff/letters/${letters.withUnit}`),
  },
  {
    name: 'unit letter, note without text',
    who: 'clerk',
    script: 'optional',
    status: 422,
    problems: true,
    open: staffForm('withUnit', 'notes'),
  },
  {
    name: 'unit letter, closing without reply and reason',
    who: 'clerk',
    script: 'optional',
    status: 422,
    problems: true,
    open: staffForm('withUnit', 'closing'),
  },
  {
    name: 'unit letter, referral without unit and text',
    who: 'clerk',
    script: 'optional',
    status: 422,
    problems: true,
    open: staffForm('withUnit', 'referrals'),
  },
  {
    name: 'unit letter, answered',
    who: 'clerk',
    script: 'optional',
    open: at(({ letters }) => `/staff/letters/${letters.answered}?notice=action_applied`),
  },
  {
    name: 'unit letter, closed',
    who: 'clerk',
    open: at(({ letters }) => `/staff/letters/${letters.closed}`),
  },
  { name: 'unit queue', who: 'clerk', open: at('/staff') },
  { name: 'stuck work', who: 'admin', open: at('/staff/admin/stuck') },
  { name: 'stuck work, not for a unit', who: 'clerk', status: 403, open: at('/staff/admin/stuck') },
];

/** The page of one person, at rest: nothing moves while it is looked at. */
const pageFor = async (browser: Browser): Promise<Page> => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'fa-IR',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(60_000);
  return context.newPage();
};

const addMemberWithSecondFactor = async (desk: RunningDesk): Promise<void> => {
  const member = ['halfway', '--name', 'کارشناس دوم', '--role', 'reviewer'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      'src/cli/desk.ts',
      'staff',
      'add',
      ...member,
      '--totp-secret',
      TOTP_SECRET,
      '--json',
    ],
    { env: desk.env },
  );
  const { username, password } = JSON.parse(stdout) as { username: string; password: string };
  desk.accounts.push({ username, password, role: 'reviewer' });
};

/** Everybody in their place, and a letter in every state. */
export const setStage = async (desk: RunningDesk, browser: Browser): Promise<Stage> => {
  const entries = await Promise.all(
    PEOPLE.map(async (person) => [person, await pageFor(browser)] as const),
  );
  const pages = Object.fromEntries(entries) as Stage['pages'];
  const { applicant, reviewer, clerk } = pages;
  await Promise.all([
    askForCode(pages.caller, desk, newMobile()),
    signIn(pages.newcomer, desk, newMobile()),
    signIn(applicant, desk, newMobile()),
    staffSignIn(reviewer, desk, 'reviewer'),
    addMemberWithSecondFactor(desk),
  ]);
  await staffSignIn(clerk, desk, 'clerk');
  await staffSignIn(pages.admin, desk, 'admin');
  await pages.halfway.goto(`${desk.url}/staff`);
  const member = desk.accounts.find(({ username }) => username === 'halfway');
  await pages.halfway.locator('#username').fill('halfway');
  await pages.halfway.locator('#password').fill(member?.password ?? '');
  await submitTo(pages.halfway, '/staff/sign-in');

  const send = (subject: string, sender: string) =>
    sendLetter(applicant, desk, { subject, sender });
  const letters = {
    rejected: await send('درخواست معافیت از عوارض پارکینگ', 'مریم احمدی'),
    closed: await send('Request for a copy of the building permit', 'Arman Co.'),
    answered: await send('درخواست تمدید پروانه کسب', 'فروشگاه نان سپید'),
    withUnit: await send('اعتراض به برگه ارزیابی ملک', LONG_NAME),
    spare: await send('پرسش درباره‌ی نوبت بازدید', 'مریم احمدی'),
    pending: await send(LONG_SUBJECT, LONG_NAME),
  };
  for (const letter of [letters.closed, letters.answered, letters.withUnit])
    await approve(reviewer, desk, letter);
  await reject(reviewer, desk, letters.rejected, REASON);

  const work = async (letter: string, form: keyof typeof FORM_OF, step?: string): Promise<void> => {
    await submitTo(clerk, `/staff/letters/${letter}/${form}`);
    if (step) await clerk.locator(`[data-step="${step}"]`).waitFor();
  };
  await clerk.goto(`${desk.url}/staff/letters/${letters.answered}`);
  await openForm(clerk, 'update');
  await clerk.locator('#update').fill('پرونده نزد کارشناس فنی است.');
  await work(letters.answered, 'updates');
  await openForm(clerk, 'note');
  await clerk.locator('#note').fill('اصل پروانه در بایگانی است.');
  await work(letters.answered, 'notes');
  await openForm(clerk, 'reply');
  await clerk.locator('#replyText').fill('با تمدید پروانه موافقت شد.\nمتن نامه پیوست است.');
  await choose(clerk, '#replyFile', 'pdf');
  await work(letters.answered, 'replies', 'answered');
  await clerk.goto(`${desk.url}/staff/letters/${letters.closed}`);
  await clerk.locator('#replyText').fill('A copy is ready at the counter.');
  await work(letters.closed, 'replies', 'answered');
  await openForm(clerk, 'close');
  await clerk.locator('#closeReason').fill('A copy was handed over.');
  await work(letters.closed, 'closing', 'closed');

  await applicant.goto(`${desk.url}/letters/${letters.answered}`);
  const codes = await applicant.locator('.registration .code').allTextContents();
  const { elsewhere, stop } = await openSecondDesk(pages);
  return { url: desk.url, pages, letters, trackingCode: codes[0] ?? '', elsewhere, stop };
};
