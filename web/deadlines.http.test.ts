/** Until when a letter is to be answered, on the pages of its sender and of staff. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SiteLetter, SiteMember } from '../src/testing/site-letters.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';

const HOME = '/staff/admin/calendar';

let site: TestSite;
let people: Record<'reviewer' | 'admin' | 'auditor', SiteMember>;
/** Its two working days are long over. */
let late: SiteLetter;

beforeAll(async () => {
  site = await openTestSite({ env: { ANSWER_WORKING_DAYS: '2' } });
  people = {
    reviewer: await site.addMember('reviewer'),
    admin: await site.addMember('admin'),
    auditor: await site.addMember('auditor'),
  };
  await addDay({ day: '1404/8/30', kind: 'holiday', name: 'روز نمونه' });
  await addDay({
    day: '1404/9/4',
    kind: 'working',
    dayOpens: '08:00',
    dayCloses: '12:00',
    name: 'روز جبرانی',
  });
  late = await site.letterIn('pending');
  await site.backdate(late.id);
});
afterAll(() => site?.stop());

const as = ({ cookie }: { cookie: string }) => ({ cookie });
const read = async (path: string, who: { cookie: string }): Promise<string> =>
  (await site.get(path, as(who))).text();
const post = (path: string, fields: Record<string, string>) =>
  site.post(`${HOME}/${path}`, new URLSearchParams({ year: '1405', ...fields }), as(people.admin));
const version = async (): Promise<string> =>
  /name="version" value="(\d+)"/.exec(await read(HOME, people.admin))?.[1] ?? '';
const addDay = async (fields: Record<string, string>): Promise<Response> =>
  post('days', { version: await version(), ...fields });

const plain = (html: string): string =>
  html
    .replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

test('the sender sees until when an answer is promised, and how it is counted', async () => {
  const { id, sender } = late;
  const html = await read(`/letters/${id}`, sender);
  expect(plain(html)).toContain('پاسخ تا سه‌شنبه ۴ آذر ۱۴۰۴');
  expect(html).toContain(`href="/letters/${id}/deadline"`);
  const response = await site.get(`/letters/${id}/deadline`, as(sender));
  expect(response.status).toBe(200);
  const account = plain(await response.text());
  expect(account).toContain('مهلت پاسخ این نامه ۲ روز کاری پس از روز رسیدن آن است.');
  for (const day of [
    'چهارشنبه ۲۸ آبان ۱۴۰۴ رسیده پس از پایان ساعت کاری',
    'پنجشنبه ۲۹ آبان ۱۴۰۴ تعطیل هفتگی',
    'جمعه ۳۰ آبان ۱۴۰۴ تعطیل، روز نمونه',
    'شنبه ۱ آذر ۱۴۰۴ روز رسیدن',
    'یکشنبه ۲ آذر ۱۴۰۴ روز ۱ از ۲',
    'دوشنبه ۳ آذر ۱۴۰۴ شمرده نشد',
    'سه‌شنبه ۴ آذر ۱۴۰۴ روز ۲ از ۲، روز جبرانی',
  ])
    expect(account).toContain(day);
});

test('a letter that waits for no answer says nothing of a deadline', async () => {
  const { id, sender } = await site.letterIn('rejected');
  expect(await read(`/letters/${id}`, sender)).not.toContain('data-deadline');
});

test('where no deadline is promised nothing is said of one, and there is no account of it', async () => {
  const { id, sender } = await site.letterIn('pending');
  const other = await site.beside({ ANSWER_WORKING_DAYS: '0' });
  const page = await other.get(`/letters/${id}`, as(sender));
  expect(await page.text()).not.toContain('data-deadline');
  for (const [path, who] of [
    [`/letters/${id}/deadline`, sender],
    [`/staff/letters/${id}/deadline`, people.reviewer],
  ] as const)
    expect((await other.get(path, as(who))).status).toBe(404);
  await other.stop();
});

test('what has passed and what stands still say so in words, to sender and staff', async () => {
  const paused = await site.letterIn('returned');
  for (const [path, whose] of [
    ['/letters', undefined],
    ['/staff/letters', people.reviewer],
  ] as const) {
    const page = (letter: SiteLetter) => read(`${path}/${letter.id}`, whose ?? letter.sender);
    expect(plain(await page(late))).toContain('مهلت گذشته');
    expect(plain(await page(paused))).toContain(
      'شمارش مهلت پاسخ سازمان تا اقدام فرستنده متوقف است؛ پس از آن ۲ روز کاری می‌ماند',
    );
  }
  const queue = await read('/staff?filter=pending', people.reviewer);
  expect(plain(queue)).toContain('۴ آذر ۱۴۰۴ مهلت گذشته');
  expect(queue).toContain('data-deadline="overdue"');
});

test('the queue has an order of deadlines and a part for overdue letters, and keeps what was asked', async () => {
  const recent = await site.letterIn('pending');
  const overdue = await read('/staff?filter=pending&order=due&overdue=1', people.reviewer);
  expect(overdue).toContain(`/staff/letters/${late.id}`);
  expect(overdue).not.toContain(`/staff/letters/${recent.id}`);
  expect(overdue).toContain('<input type="hidden" name="overdue" value="1"/>');
  expect(overdue).toContain('href="/staff?filter=pending&amp;order=due"');
  const byDeadline = await read('/staff?filter=pending&order=due', people.reviewer);
  const [first, second] = [late, recent].map(({ id }) => byDeadline.indexOf(`/letters/${id}`));
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(second ?? 0);
  const none = await read('/staff?filter=with_unit&overdue=1', people.reviewer);
  expect(plain(none)).toContain('مهلت هیچ نامه‌ای در این دسته نگذشته است.');
  const all = await read('/staff?filter=pending', people.reviewer);
  expect(all).toContain('href="/staff?filter=pending&amp;overdue=1"');
  const rejected = await read('/staff?filter=rejected', people.reviewer);
  expect(rejected).not.toContain('overdue=1');
});

test('an administrator adds a day, and is led to the year in which it is', async () => {
  const response = await addDay({ day: '۱۴۰۶/۱/۱', kind: 'holiday', name: 'نوروز' });
  expect([response.status, response.headers.get('location')]).toEqual([
    303,
    `${HOME}?year=1406&notice=calendar_day_added`,
  ]);
  const html = plain(await read(`${HOME}?year=1406`, people.admin));
  expect(html).toContain('یکشنبه ۱ فروردین ۱۴۰۶ تعطیل نوروز');
});

test('what is wrong comes back with its problems and all that was typed', async () => {
  const day = await addDay({ day: '1405/13/1', kind: 'holiday', name: '' });
  expect(day.status).toBe(422);
  const html = await day.text();
  expect(html).toContain('value="1405/13/1"');
  expect(html).toContain('<option value="holiday" selected="">');
  for (const field of ['day', 'name']) expect(html).toContain(`href="#${field}"`);
  const wrongHours = { version: await version(), opens6: '16:00', closes6: '08:00' };
  const hours = await post('hours', wrongHours);
  expect(hours.status).toBe(422);
  const wrong = await hours.text();
  expect(wrong).toContain('href="#opens6"');
  expect(wrong).toMatch(/id="opens6"[^>]*value="16:00"/);
});

test('a calendar that somebody else has changed since is shown as it is, with what was typed', async () => {
  const day = { day: '1405/9/8', kind: 'holiday', name: 'آلودگی هوا' };
  const response = await post('days', { version: '999', ...day });
  expect(response.status).toBe(409);
  const html = await response.text();
  expect(html).toContain('value="آلودگی هوا"');
  expect(plain(html)).toContain('کس دیگری همین حالا این‌جا را تغییر داده');
});

test('an auditor reads the calendar and has nothing to change', async () => {
  const html = await read(HOME, people.auditor);
  expect(html).not.toContain(`action="${HOME}`);
  expect(plain(html)).toMatch(/شنبه ۰[۷۸]:[۰-۹]{2} تا ۱[۴-۶]:[۰-۹]{2}/);
});

test('a day that is not in the calendar cannot be removed', async () => {
  for (const day of ['2026-01-01', 'x', ''])
    expect((await post('removal', { version: await version(), day })).status).toBe(404);
  await addDay({ day: '1405/1/1', kind: 'holiday', name: 'عید نوروز' });
  const removed = await post('removal', { version: await version(), day: '2026-03-21' });
  expect(removed.headers.get('location')).toBe(`${HOME}?year=1405&notice=calendar_day_removed`);
});

test('the hours of every weekday come to the desk, in the order of each language', async () => {
  const stored = () => site.db`select weekday, opens, closes from working_hours order by weekday`;
  const before = [...(await stored())];
  expect(before).toHaveLength(7);
  for (const lang of ['fa', 'en']) {
    const html = await read(`${HOME}?lang=${lang}`, people.admin);
    const [, inside = ''] = /action="[^"]*\/hours"([\s\S]*?)<\/form>/.exec(html) ?? [];
    const shown: Record<string, string> = {};
    for (const [input] of inside.matchAll(/<input[^>]*>/g)) {
      const value = (name: string): string =>
        new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? '';
      shown[value('name')] = value('value');
    }
    expect((await post('hours', shown)).status).toBe(303);
    expect([...(await stored())]).toEqual(before);
  }
});
