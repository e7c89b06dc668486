/** The working calendar, as administrators keep it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestStaff } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { Administrator } from './administrator.ts';
import type { Deps } from '../../platform/deps.ts';
import { testDeps } from '../../testing/test-deps.ts';
import {
  addCalendarDay,
  addSolarHolidays,
  changeWorkingHours,
  readWorkingCalendar,
  removeCalendarDay,
} from './working-calendar.ts';
import type { TypedHours } from './working-calendar.ts';
import type { StaffMember } from '../staff/staff-member.ts';

const HOURS = { opens: 480, closes: 960 };
const TYPED = { opens: '08:00', closes: '16:00' };
const NONE = { opens: '', closes: '' };
const WEEK: TypedHours[] = [TYPED, TYPED, TYPED, TYPED, NONE, NONE, TYPED];
const HOLIDAY = { day: '1405/9/8', kind: 'holiday', hours: NONE, name: 'آلودگی هوا' };

let database: TestDatabase;
let db: Db;
let deps: Deps;
let admin: StaffMember;
let by: Administrator & { kind: 'staff' };

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('calendar');
  db = createDb({ url: database.url, max: 8, log, name: 'test', seals: testSeals });
  deps = testDeps(db, { limits: { maxNameLength: 20, calendarDays: 12 } });
  admin = await addTestStaff(db, { role: 'admin' });
  by = { kind: 'staff', id: admin.id, from: 'a-hash', proven: false };
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`delete from calendar_days`;
  await changeWorkingHours(deps, by, { week: WEEK, version: await version() });
});

const version = async (): Promise<number> => (await readWorkingCalendar(deps, admin)).version;
const told = (action: string) =>
  db`
    select actor, details, from_hash from audit_entries where action = ${action}
    order by id desc limit 1`;

test('a fresh desk works from Saturday to Wednesday', async () => {
  const { week, days } = await readWorkingCalendar(deps, admin);
  expect(week).toEqual([HOURS, HOURS, HOURS, HOURS, null, null, HOURS]);
  expect(days).toEqual([]);
});

test('hours are changed, in any digits, and told with before and after', async () => {
  const week = WEEK.with(4, { opens: '۸:۰۰', closes: '12:30' });
  expect(await changeWorkingHours(deps, by, { week, version: await version() })).toEqual({
    outcome: 'done',
  });
  expect((await readWorkingCalendar(deps, admin)).week[4]).toEqual({ opens: 480, closes: 750 });
  const weekday = 'sun 08:00–16:00, mon 08:00–16:00, tue 08:00–16:00, wed 08:00–16:00';
  expect((await told('working_hours_changed'))[0]).toEqual({
    actor: by.id,
    fromHash: 'a-hash',
    details: {
      wordingBefore: `${weekday}, sat 08:00–16:00`,
      wording: `${weekday}, thu 08:00–12:30, sat 08:00–16:00`,
    },
  });
});

test('hours that are none are named by their weekday, and somebody has to work', async () => {
  const wrong = WEEK.with(1, { opens: '16:00', closes: '08:00' }).with(3, {
    opens: '8',
    closes: '',
  });
  expect(await changeWorkingHours(deps, by, { week: wrong, version: await version() })).toEqual({
    outcome: 'invalid',
    fields: { weekdays: [1, 3] },
  });
  const none = WEEK.map(() => NONE);
  expect(await changeWorkingHours(deps, by, { week: none, version: await version() })).toEqual({
    outcome: 'invalid',
    fields: { week: 'none' },
  });
});

test('a day is added by its Jalali date and removed, and both are told', async () => {
  await addCalendarDay(deps, by, { ...HOLIDAY, version: await version() });
  expect((await readWorkingCalendar(deps, admin)).days).toEqual([
    { day: '2026-11-29', hours: null, name: 'آلودگی هوا' },
  ]);
  expect((await told('calendar_day_added'))[0]).toMatchObject({
    details: { day: '1405/09/08', name: 'آلودگی هوا' },
  });
  await removeCalendarDay(deps, by, { day: '2026-11-29', version: await version() });
  expect((await readWorkingCalendar(deps, admin)).days).toEqual([]);
  expect((await told('calendar_day_removed'))[0]).toMatchObject({
    actor: by.id,
    details: { day: '1405/09/08', name: 'آلودگی هوا' },
  });
  await expect(
    removeCalendarDay(deps, by, { day: '2026-11-29', version: await version() }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('a working day has hours of its own', async () => {
  const hours = { opens: '08:00', closes: '۱۲:۰۰' };
  const day = { ...HOLIDAY, day: '1405/09/05', kind: 'working', hours };
  expect(await addCalendarDay(deps, by, { ...day, version: await version() })).toEqual({
    outcome: 'done',
  });
  expect((await readWorkingCalendar(deps, admin)).days).toMatchObject([
    { day: '2026-11-26', hours: { opens: 480, closes: 720 } },
  ]);
});

test.each([
  [{ day: '' }, { day: 'missing' }],
  [{ day: '1405/13/1' }, { day: 'malformed' }],
  [{ kind: '' }, { kind: 'missing' }],
  [{ kind: 'working' }, { hours: 'malformed' }],
  [{ name: ' ' }, { name: 'missing' }],
  [{ name: 'ن'.repeat(21) }, { name: 'too_long' }],
])('a day with %o is refused: %o', async (wrong, fields) => {
  expect(
    await addCalendarDay(deps, by, { ...HOLIDAY, ...wrong, version: await version() }),
  ).toEqual({
    outcome: 'invalid',
    fields,
  });
});

test('a day is there once, and a calendar has an end', async () => {
  await addCalendarDay(deps, by, { ...HOLIDAY, version: await version() });
  expect(await addCalendarDay(deps, by, { ...HOLIDAY, version: await version() })).toEqual({
    outcome: 'invalid',
    fields: { day: 'taken' },
  });
  await addSolarHolidays(deps, by, { year: 1405, version: await version() });
  const more = { ...HOLIDAY, day: '1405/09/09' };
  expect(await addCalendarDay(deps, by, { ...more, version: await version() })).toEqual({
    outcome: 'done',
  });
  const beyond = { ...HOLIDAY, day: '1405/09/10' };
  expect(await addCalendarDay(deps, by, { ...beyond, version: await version() })).toEqual({
    outcome: 'invalid',
    fields: { day: 'too_many' },
  });
  expect(await addSolarHolidays(deps, by, { year: 1406, version: await version() })).toEqual({
    outcome: 'invalid',
    fields: { year: 'too_many' },
  });
});

test('the fixed holidays of a year are added once, and what is there stays', async () => {
  const nowruz = { ...HOLIDAY, day: '1405/1/1', name: 'نوروز ما' };
  await addCalendarDay(deps, by, { ...nowruz, version: await version() });
  for (let times = 0; times < 2; times += 1)
    expect(await addSolarHolidays(deps, by, { year: 1405, version: await version() })).toEqual({
      outcome: 'done',
    });
  const { days } = await readWorkingCalendar(deps, admin);
  expect(days).toHaveLength(10);
  expect(days[0]).toEqual({ day: '2026-03-21', hours: null, name: 'نوروز ما' });
});

test('of two who change what they saw at once, one is told that it is not so any more', async () => {
  const seen = await version();
  const days = ['1405/9/8', '1405/9/9'].map((day) => ({ ...HOLIDAY, day }));
  const results = await Promise.all(
    days.map((day) => addCalendarDay(deps, by, { ...day, version: seen })),
  );
  expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'stale']);
  expect((await readWorkingCalendar(deps, admin)).days).toHaveLength(1);
  expect(await changeWorkingHours(deps, by, { week: WEEK, version: seen })).toEqual({
    outcome: 'stale',
  });
});
