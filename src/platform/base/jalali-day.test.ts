import { expect, test } from 'vitest';
import { formatJalaliDate, toJalali } from './jalali.ts';
import { gregorianDayOf } from './jalali-day.ts';

test('every day of sixty years comes back from its Jalali date', () => {
  for (let at = Date.UTC(2000, 0, 1, 12); at < Date.UTC(2060, 0, 1); at += 86_400_000) {
    const day = new Date(at);
    const jalali = formatJalaliDate(toJalali(day, 'UTC'));
    if (gregorianDayOf(jalali) !== day.toISOString().slice(0, 10)) expect.fail(jalali);
  }
  expect(gregorianDayOf('۱۴۰۵/۹/۱')).toBe('2026-11-22');
});

test('what is no day of the calendar is undefined', () => {
  for (const typed of ['', 'امروز', '1405', '1405/13/1', '1405/12/30', '1405/7/31', '1405/0/1'])
    expect([typed, gregorianDayOf(typed)]).toEqual([typed, undefined]);
});
