import { expect, test } from 'vitest';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import {
  addWorkingDays,
  countWorkingDays,
  dayIn,
  formatMinutes,
  instantIn,
  parseMinutes,
  solarHolidays,
} from './working-time.ts';
import type { CalendarDay, WorkingCalendar } from './working-time.ts';

const HOURS = { opens: 8 * 60, closes: 16 * 60 };
/** Saturday to Wednesday. */
const WEEK = [HOURS, HOURS, HOURS, HOURS, null, null, HOURS];

const calendarWith = (
  days: CalendarDay[] = [],
  rest: Partial<WorkingCalendar> = {},
): WorkingCalendar => ({
  timeZone: 'Asia/Tehran',
  week: WEEK,
  days: new Map(days.map(({ day, ...one }) => [day, one])),
  ...rest,
});

/** `1405/09/01 16:00` in Tehran. */
const shown = (instant: Date | null): string =>
  instant === null
    ? 'none'
    : `${formatJalaliDate(toJalali(instant, 'Asia/Tehran'))} ${new Date(instant.getTime() + 12_600_000).toISOString().slice(11, 16)}`;

const tehran = (day: string, time: string): Date => new Date(`${day}T${time}:00+03:30`);

// 2026-11-25 is Wednesday, 4 Azar 1405.
test.each([
  [
    'Wednesday 15:00 arrives that day, and Saturday is the first',
    '2026-11-25',
    '15:00',
    1,
    '1405/09/07 16:00',
  ],
  ['ten days from it are two weeks', '2026-11-25', '15:00', 10, '1405/09/18 16:00'],
  ['the minute before closing is in time', '2026-11-25', '15:59', 1, '1405/09/07 16:00'],
  [
    'at closing it is too late: Saturday is the day of arrival',
    '2026-11-25',
    '16:00',
    1,
    '1405/09/08 16:00',
  ],
  ['before opening it arrives that day', '2026-11-25', '00:10', 1, '1405/09/07 16:00'],
  ['on a day off it arrives on the next working day', '2026-11-26', '10:00', 1, '1405/09/08 16:00'],
  ['no days: the end of the day of arrival', '2026-11-25', '15:00', 0, '1405/09/04 16:00'],
])('%s', (_, day, time, workingDays, due) => {
  expect(shown(addWorkingDays(tehran(day, time), workingDays, calendarWith()))).toBe(due);
});

test('Nowruz is not counted, and each of its days says so by name', () => {
  // Wednesday, 27 Esfand 1404; 29 Esfand to 4 Farvardin are Friday to Tuesday.
  const from = tehran('2026-03-18', '10:00');
  const calendar = calendarWith([...solarHolidays(1404, 'fa'), ...solarHolidays(1405, 'fa')]);
  const { dueAt, days } = countWorkingDays({ from, pauses: [] }, 2, calendar);
  expect(shown(dueAt)).toBe('1405/01/08 16:00');
  expect(days.map(({ day, count, name = '' }) => `${day} ${count} ${name}`.trim())).toEqual([
    '2026-03-18 arrival',
    '2026-03-19 weekend',
    '2026-03-20 holiday ملی شدن صنعت نفت',
    '2026-03-21 holiday عید نوروز',
    '2026-03-22 holiday عید نوروز',
    '2026-03-23 holiday عید نوروز',
    '2026-03-24 holiday عید نوروز',
    '2026-03-25 counted',
    '2026-03-26 weekend',
    '2026-03-27 weekend',
    '2026-03-28 counted',
  ]);
});

test('a holiday that is added while a deadline runs moves it one working day', () => {
  const from = tehran('2026-11-25', '15:00');
  const closed: CalendarDay = { day: '2026-11-29', hours: null, name: 'آلودگی هوا' };
  expect(shown(addWorkingDays(from, 3, calendarWith()))).toBe('1405/09/09 16:00');
  expect(shown(addWorkingDays(from, 3, calendarWith([closed])))).toBe('1405/09/10 16:00');
});

test('a working Thursday counts, and closes when the calendar says', () => {
  const from = tehran('2026-11-25', '10:00');
  const thursday = { day: '2026-11-26', hours: { opens: 480, closes: 720 }, name: 'جبرانی' };
  expect(shown(addWorkingDays(from, 1, calendarWith([thursday])))).toBe('1405/09/05 12:00');
});

test('while it is with its sender the clock stands still, and says how many days are left', () => {
  const from = tehran('2026-11-21', '09:00');
  const pause = { from: tehran('2026-11-23', '11:00'), until: null };
  const open = countWorkingDays({ from, pauses: [pause] }, 5, calendarWith());
  expect(open).toMatchObject({ dueAt: null, left: 4 });
  expect(open.days.at(-1)).toEqual({ day: '2026-11-23', count: 'paused' });
  const until = tehran('2026-11-25', '09:00');
  const { dueAt, days } = countWorkingDays(
    { from, pauses: [{ ...pause, until }] },
    5,
    calendarWith(),
  );
  expect(days.filter(({ count }) => count === 'paused').map(({ day }) => day)).toEqual([
    '2026-11-23',
    '2026-11-24',
  ]);
  // Two of its working days were not counted.
  expect(shown(addWorkingDays(from, 5, calendarWith()))).toBe('1405/09/07 16:00');
  expect(shown(dueAt)).toBe('1405/09/09 16:00');
});

test('a letter that comes back within the same day loses none', () => {
  const from = tehran('2026-11-21', '09:00');
  const pauses = [{ from: tehran('2026-11-22', '10:00'), until: tehran('2026-11-22', '12:00') }];
  const calendar = calendarWith();
  expect(countWorkingDays({ from, pauses }, 2, calendar).dueAt).toEqual(
    addWorkingDays(from, 2, calendar),
  );
});

test('a calendar without working days has no answer, and ends', () => {
  const none = calendarWith([], { week: [null, null, null, null, null, null, null] });
  expect(addWorkingDays(new Date(), 1, none)).toBeNull();
});

test('the solar holidays of a year stand on their days, whatever the year', () => {
  for (const year of [1404, 1405, 1408, 1409]) {
    const days = solarHolidays(year, 'en').map(({ day }) =>
      formatJalaliDate(toJalali(new Date(`${day}T12:00:00Z`), 'UTC')).slice(5),
    );
    expect(days.join(' ')).toBe('01/01 01/02 01/03 01/04 01/12 01/13 03/14 03/15 11/22 12/29');
  }
  expect(solarHolidays(1405, 'fa')[0]).toEqual({
    day: '2026-03-21',
    hours: null,
    name: 'عید نوروز',
  });
});

test('times of day are read as they are typed, and nothing else is one', () => {
  expect(['08:00', '8:30', '24:00', '16:00:00'].map(parseMinutes)).toEqual([480, 510, 1440, 960]);
  for (const typed of ['', '8', '08:60', '24:01', '25:00', 'صبح', '-1:00'])
    expect([typed, parseMinutes(typed)]).toEqual([typed, undefined]);
  expect([formatMinutes(480), formatMinutes(1435)]).toEqual(['08:00', '23:55']);
});

test('where the clocks are put forward and back, a working day ends when they show its end', () => {
  // Berlin: 29 March and 25 October 2026.
  for (const [day, end] of [
    ['2026-03-28', '2026-03-28T16:00:00.000Z'],
    ['2026-03-29', '2026-03-29T15:00:00.000Z'],
    ['2026-10-24', '2026-10-24T15:00:00.000Z'],
    ['2026-10-25', '2026-10-25T16:00:00.000Z'],
  ] as const)
    expect([day, instantIn(day, 17 * 60, 'Europe/Berlin').toISOString()]).toEqual([day, end]);
  expect(dayIn(new Date('2026-03-20T20:30:00Z'), 'Asia/Tehran')).toBe('2026-03-21');
});

test('a working day of an automated run has its seconds, whatever the calendar says', () => {
  const from = tehran('2026-11-27', '03:00');
  const closed = calendarWith([], { week: Array.from({ length: 7 }, () => null) });
  const calendar = { ...closed, testDaySeconds: 10 };
  const after = (seconds: number): Date => new Date(from.getTime() + seconds * 1000);
  expect(addWorkingDays(from, 0, calendar)).toEqual(from);
  expect(addWorkingDays(from, 3, calendar)).toEqual(after(30));
  const open = { from: after(15), until: null };
  expect(countWorkingDays({ from, pauses: [open] }, 3, calendar)).toMatchObject({
    dueAt: null,
    left: 2,
  });
  const pauses = [{ from: after(15), until: after(41) }];
  const { dueAt, days } = countWorkingDays({ from, pauses }, 3, calendar);
  expect(dueAt).toEqual(after(60));
  expect(days.map(({ count }) => count).join(' ')).toBe('arrival counted paused counted counted');
  const missed = [{ from: after(11), until: after(19) }];
  expect(countWorkingDays({ from, pauses: missed }, 3, calendar).dueAt).toEqual(after(30));
});
