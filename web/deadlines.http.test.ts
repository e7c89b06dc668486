/** Until when a letter is to be answered, on the pages of its sender and of staff. */
import { expect, test } from 'vitest';
import type { LetterDeadline } from '../src/usecases/deadlines.ts';
import { APPLICANT, createTestSite, REVIEWER } from '../src/testing/web.ts';

const RUNNING: LetterDeadline = {
  state: 'running',
  dueAt: new Date('2026-12-09T12:30:00Z'),
  dueOn: '2026-12-09',
  left: 0,
};
const OVERDUE: LetterDeadline = { ...RUNNING, state: 'overdue' };
const PAUSED: LetterDeadline = { state: 'paused', dueAt: null, dueOn: null, left: 4 };

const plain = (html: string): string =>
  html
    .replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

test('the sender sees until when an answer is promised, and how it is counted', async () => {
  const { get, fake } = createTestSite();
  const { id } = fake.addLetter({ deadline: RUNNING });
  const html = await (await get(`/letters/${id}`, APPLICANT)).text();
  expect(plain(html)).toContain('پاسخ تا چهارشنبه ۱۸ آذر ۱۴۰۵');
  expect(html).toContain(`href="/letters/${id}/deadline"`);
  const response = await get(`/letters/${id}/deadline`, APPLICANT);
  expect(response.status).toBe(200);
  const account = plain(await response.text());
  expect(account).toContain('این سازمان هر نامه را تا ۲ روز کاری پس از روز رسیدن آن پاسخ می‌دهد.');
  for (const day of [
    'چهارشنبه ۲۷ آبان ۱۴۰۵ رسیده پس از پایان ساعت کاری',
    'پنجشنبه ۲۸ آبان ۱۴۰۵ تعطیل هفتگی',
    'جمعه ۲۹ آبان ۱۴۰۵ تعطیل، روز نمونه',
    'شنبه ۳۰ آبان ۱۴۰۵ روز رسیدن',
    'یکشنبه ۱ آذر ۱۴۰۵ روز ۱ از ۲',
    'دوشنبه ۲ آذر ۱۴۰۵ شمرده نشد',
    'سه‌شنبه ۳ آذر ۱۴۰۵ روز ۲ از ۲، روز جبرانی',
  ])
    expect(account).toContain(day);
});

test('a letter that waits for no answer says nothing of a deadline, and has no account of one', async () => {
  const { get, fake } = createTestSite();
  const { id } = fake.addLetter();
  expect(await (await get(`/letters/${id}`, APPLICANT)).text()).not.toContain('data-deadline');
  for (const [path, who] of [
    [`/letters/${id}/deadline`, APPLICANT],
    [`/staff/letters/${id}/deadline`, REVIEWER],
  ] as const)
    expect((await get(path, who)).status).toBe(404);
});

test('what has passed and what stands still say so in words, to sender and staff', async () => {
  const { get, fake } = createTestSite();
  const late = fake.addLetter({ deadline: OVERDUE });
  const paused = fake.addLetter({ status: 'returned', deadline: PAUSED });
  for (const [path, who] of [
    ['/letters', APPLICANT],
    ['/staff/letters', REVIEWER],
  ] as const) {
    expect(plain(await (await get(`${path}/${late.id}`, who)).text())).toContain('مهلت گذشته');
    expect(plain(await (await get(`${path}/${paused.id}`, who)).text())).toContain(
      'شمارش مهلت ایستاده است؛ ۴ روز کاری مانده است',
    );
  }
  const queue = await (await get('/staff?filter=pending', REVIEWER)).text();
  expect(plain(queue)).toContain('پاسخ تا چهارشنبه ۱۸ آذر ۱۴۰۵ مهلت گذشته');
  expect(queue).toContain('data-deadline="overdue"');
});

test('the queue is asked for the order of deadlines and for overdue letters, and keeps what was asked', async () => {
  const { get, fake } = createTestSite();
  const asked: unknown[] = [];
  const staffQueue = fake.desk.staffQueue.bind(fake.desk);
  fake.desk.staffQueue = (query) => {
    asked.push([query.filter, query.order, query.overdue]);
    return staffQueue(query);
  };
  const html = await (await get('/staff?filter=pending&order=due&overdue=1', REVIEWER)).text();
  expect(asked).toEqual([['pending', 'due', true]]);
  expect(html).toContain('<input type="hidden" name="overdue" value="1"/>');
  expect(html).toContain('href="/staff?filter=pending&amp;order=due"');
  expect(plain(html)).toContain('مهلت هیچ نامه‌ای در این دسته نگذشته است.');
  const all = await (await get('/staff?filter=pending', REVIEWER)).text();
  expect(all).toContain('href="/staff?filter=pending&amp;overdue=1"');
  const rejected = await (await get('/staff?filter=rejected', REVIEWER)).text();
  expect(rejected).not.toContain('overdue=1');
});

const ADMIN = { cookie: 'staff_sid=staff-admin' };
const HOME = '/staff/admin/calendar';
const form = (fields: Record<string, string>): URLSearchParams =>
  new URLSearchParams({ version: '1', year: '1405', ...fields });

test('an administrator adds a day, and is led to the year in which it is', async () => {
  const { post, get } = createTestSite();
  const body = form({ day: '۱۴۰۶/۱/۱', kind: 'holiday', name: 'نوروز' });
  const response = await post(`${HOME}/days`, body, ADMIN);
  expect([response.status, response.headers.get('location')]).toEqual([
    303,
    `${HOME}?year=1406&notice=calendar_day_added`,
  ]);
  const html = plain(await (await get(`${HOME}?year=1406`, ADMIN)).text());
  expect(html).toContain('یکشنبه ۱ فروردین ۱۴۰۶ تعطیل نوروز');
});

test('what is wrong comes back with its problems and all that was typed', async () => {
  const { post } = createTestSite();
  const day = await post(
    `${HOME}/days`,
    form({ day: '1405/13/1', kind: 'holiday', name: '' }),
    ADMIN,
  );
  expect(day.status).toBe(422);
  const html = await day.text();
  expect(html).toContain('value="1405/13/1"');
  expect(html).toContain('<option value="holiday" selected="">');
  for (const field of ['day', 'name']) expect(html).toContain(`href="#${field}"`);
  const hours = await post(`${HOME}/hours`, form({ opens6: '16:00', closes6: '08:00' }), ADMIN);
  expect(hours.status).toBe(422);
  const wrong = await hours.text();
  expect(wrong).toContain('href="#opens6"');
  expect(wrong).toMatch(/id="opens6"[^>]*value="16:00"/);
});

test('a calendar that somebody else has changed since is shown as it is, with what was typed', async () => {
  const { post } = createTestSite();
  const body = form({ version: '9', day: '1405/9/8', kind: 'holiday', name: 'آلودگی هوا' });
  const response = await post(`${HOME}/days`, body, ADMIN);
  expect(response.status).toBe(409);
  const html = await response.text();
  expect(html).toContain('value="آلودگی هوا"');
  expect(plain(html)).toContain('کس دیگری همین حالا این‌جا را تغییر داده');
});

test('an auditor reads the calendar and has nothing to change', async () => {
  const { get } = createTestSite();
  const html = await (await get(HOME, { cookie: 'staff_sid=staff-nasrin' })).text();
  expect(html).not.toContain(`action="${HOME}`);
  expect(plain(html)).toContain('شنبه ۰۸:۰۰ تا ۱۶:۰۰');
});

test('a day that is not in the calendar cannot be removed', async () => {
  const { post } = createTestSite();
  for (const day of ['2026-01-01', 'x', ''])
    expect((await post(`${HOME}/removal`, form({ day }), ADMIN)).status).toBe(404);
  const removed = await post(`${HOME}/removal`, form({ day: '2026-03-21' }), ADMIN);
  expect(removed.headers.get('location')).toBe(`${HOME}?year=1405&notice=calendar_day_removed`);
});

test('the hours of every weekday come to the desk, in the order of each language', async () => {
  const { get, post, fake } = createTestSite();
  const sent: unknown[] = [];
  fake.desk.changeWorkingHours = ({ week }) => {
    sent.push(week.map(({ opens, closes }) => `${opens}-${closes}`).join(' '));
    return Promise.resolve({ outcome: 'done' });
  };
  for (const lang of ['fa', 'en']) {
    const html = await (await get(`${HOME}?lang=${lang}`, ADMIN)).text();
    const [, inside = ''] = /action="[^"]*\/hours"([\s\S]*?)<\/form>/.exec(html) ?? [];
    const shown = new URLSearchParams();
    for (const [input] of inside.matchAll(/<input[^>]*>/g)) {
      const read = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? '';
      shown.set(read('name'), read('value'));
    }
    expect((await post(`${HOME}/hours`, shown, ADMIN)).status).toBe(303);
  }
  const worked = '08:00-16:00';
  const week = [worked, worked, worked, worked, '-', '-', worked].join(' ');
  expect(sent).toEqual([week, week]);
});
