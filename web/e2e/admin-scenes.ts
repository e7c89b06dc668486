/** The pages of administration and the audit trail, on the second desk. */
import { press } from './press.ts';
import type { Scene, Stage } from './scenes.ts';

type Address = string | ((stage: Stage) => string);

const urlOf = (address: Address, stage: Stage): string =>
  typeof address === 'string' ? `${stage.elsewhere.url}/staff/${address}` : address(stage);

const go =
  (address: Address): Scene['open'] =>
  (page, stage) =>
    page.goto(urlOf(address, stage));

/** The form at this address, with one field emptied or filled, as it comes back. */
const send =
  (address: Address, fill: Record<string, string> = {}): Scene['open'] =>
  async (page, stage) => {
    await page.goto(urlOf(address, stage));
    for (const [id, value] of Object.entries(fill)) await page.locator(`#${id}`).fill(value);
    await press(page, 'main form [type="submit"]');
  };

const scene = (name: string, open: Scene['open'], rest: Partial<Scene> = {}): Scene => ({
  name,
  who: 'keeper',
  open,
  ...rest,
});

const WRONG = { status: 422, problems: true } as const;
const member =
  (which: keyof Stage['elsewhere']['members']) =>
  ({ elsewhere: { url, members } }: Stage): string =>
    `${url}/staff/admin/members/${members[which]}`;
const MEMBER = member('other');
const setup = ({ elsewhere }: Stage): string => `${elsewhere.setupUrl}/staff/setup`;

/** Of the first unit of the list. */
const firstUnit: Scene['open'] = async (page, { elsewhere }) => {
  await page.goto(`${elsewhere.url}/staff/admin/units`);
  await Promise.all([
    page.waitForEvent('load'),
    page.locator('a[href^="/staff/admin/units/"]').nth(1).click(),
  ]);
};

/** The first entry of a list. */
const oneOf =
  (list: 'keys' | 'webhooks'): Scene['open'] =>
  async (page, { elsewhere }) => {
    await page.goto(`${elsewhere.url}/staff/admin/${list}`);
    await Promise.all([
      page.waitForEvent('load'),
      page.locator(`tbody a[href^="/staff/admin/${list}/"]`).first().click(),
    ]);
  };

/** Of the first reason of the list. */
const firstReason: Scene['open'] = async (page, { elsewhere }) => {
  await page.goto(`${elsewhere.url}/staff/admin/reasons`);
  await Promise.all([
    page.waitForEvent('load'),
    page.locator('a[href^="/staff/admin/reasons/"]').nth(1).click(),
  ]);
};

/** One of the forms of the calendar as it comes back. */
const sendCalendar =
  (form: 'days' | 'hours', fill: Record<string, string> = {}): Scene['open'] =>
  async (page, { elsewhere }) => {
    await page.goto(`${elsewhere.url}/staff/admin/calendar?year=1405`);
    for (const [id, value] of Object.entries(fill)) await page.locator(`#${id}`).fill(value);
    await Promise.all([
      page.waitForURL(`**/calendar/${form}`),
      page.evaluate(`document.querySelector('form[action$="/calendar/${form}"]').submit()`),
    ]);
  };

export const ADMIN_SCENES: Scene[] = [
  scene('first set-up', go(setup)),
  scene('first set-up, nothing typed', send(setup), WRONG),
  scene('administration', go('admin')),
  scene('administration, members', go('admin/members')),
  scene('administration, units', go('admin/units')),
  scene('administration, unit added', go('admin/units?notice=unit_added')),
  scene('administration, new unit', go('admin/units/new')),
  scene('administration, new unit, nothing typed', send('admin/units/new'), WRONG),
  scene('administration, unit', firstUnit),
  scene('administration, new member', go('admin/members/new')),
  scene('administration, new member, nothing typed', send('admin/members/new'), WRONG),
  scene('administration, member', go(MEMBER)),
  scene('administration, member, name emptied', send(MEMBER, { name: '' }), WRONG),
  scene('administration, own account', go(member('keeper'))),
  scene('administration, disabled member', go(member('disabled'))),
  scene('administration, one-time password', async (page, stage) => {
    await page.goto(MEMBER(stage));
    await press(page, 'form:has(input[value="reset_password"]) [type="submit"]');
  }),
  scene('administration, new reason', go('admin/reasons/new')),
  scene('administration, new reason, nothing typed', send('admin/reasons/new'), WRONG),
  scene('administration, reason', firstReason),
  scene('administration, reason added', go('admin/reasons?notice=reason_added')),
  scene('branding', go('admin/branding')),
  scene('branding, name emptied', send('admin/branding', { name: '' }), WRONG),
  scene('branding, saved', go('admin/branding?notice=organisation_changed')),
  scene('texts of messages', go('admin/texts')),
  scene('texts of messages, an SMS', go('admin/texts/approved-fa')),
  scene(
    'texts of messages, an SMS, emptied',
    send('admin/texts/approved-fa', { wording: '' }),
    WRONG,
  ),
  scene('texts of messages, an e-mail', go('admin/texts/mail_reminded-fa')),
  scene('registers', go('admin/registers')),
  scene('registers, new', go('admin/registers/new')),
  scene('registers, new, nothing typed', send('admin/registers/new'), WRONG),
  scene('registers, one', go('admin/registers/main')),
  scene('API keys', go('admin/keys')),
  scene('API keys, new', go('admin/keys/new')),
  scene('API keys, new, nothing typed', send('admin/keys/new'), WRONG),
  scene('API keys, made', send('admin/keys/new', { name: 'اتوماسیون' })),
  scene('API keys, one', oneOf('keys')),
  scene('webhooks', go('admin/webhooks')),
  scene('webhooks, new', go('admin/webhooks/new')),
  scene('webhooks, new, nothing typed', send('admin/webhooks/new'), WRONG),
  scene('webhooks, added', send('admin/webhooks/new', { url: 'https://192.0.2.1/hook' })),
  scene('webhooks, one', oneOf('webhooks')),
  scene('webhooks, tested', async (page, stage, language) => {
    await oneOf('webhooks')(page, stage, language);
    await press(page, 'form[action$="/test"] [type="submit"]');
  }),
  scene('process map', go('admin/process')),
  scene('statistics', go('admin/statistics')),
  scene('working calendar', go('admin/calendar?year=1405')),
  scene('working calendar, day added', go('admin/calendar?year=1405&notice=calendar_day_added')),
  scene('working calendar, a year without days', go('admin/calendar?year=1407')),
  scene('working calendar, no date typed', sendCalendar('days'), WRONG),
  scene(
    'working calendar, hours in the wrong order',
    sendCalendar('hours', { opens6: '16:00', closes6: '08:00' }),
    WRONG,
  ),
  scene('audit trail', go('admin/audit')),
  scene('audit trail, nothing found', go('admin/audit?letter=1399/1')),
  {
    name: 'administration, not for a unit',
    who: 'clerk',
    status: 403,
    open: (page, { url }) => page.goto(`${url}/staff/admin`),
  },
];
