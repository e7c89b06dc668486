import { expect, test } from 'vitest';
import { toJalali } from './jalali.ts';
import { lastJalaliMonths } from './jalali-month.ts';

test('twelve months go back over the turn of the year, and end with the month after', () => {
  const months = lastJalaliMonths(new Date('2026-04-25T08:00:00Z'), 'Asia/Tehran', 12);
  expect(months.map(({ year, month }) => `${year}/${month}`)).toEqual([
    ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => `1404/${month}`),
    '1405/1',
    '1405/2',
    '1405/3',
  ]);
  expect(months.at(-3)?.firstDay).toBe('2026-03-21');
  expect(months.at(0)?.firstDay).toBe('2025-05-22');
});

test('the year turns at midnight of the time zone, not of UTC', () => {
  // 1405/01/01 begins in Tehran at 20:30 UTC of the day before.
  const last = (instant: string, timeZone: string) => {
    const month = lastJalaliMonths(new Date(instant), timeZone, 1)[0];
    return `${month?.year}/${month?.month}`;
  };
  expect(last('2026-03-20T20:29:59Z', 'Asia/Tehran')).toBe('1404/12');
  expect(last('2026-03-20T20:30:00Z', 'Asia/Tehran')).toBe('1405/1');
  expect(last('2026-03-20T20:30:00Z', 'UTC')).toBe('1404/12');
});

test('each month begins on its first day, in leap years too', () => {
  for (const { year, month, firstDay } of lastJalaliMonths(
    new Date('2030-04-01T08:00:00Z'),
    'Asia/Tehran',
    120,
  ))
    expect(toJalali(new Date(`${firstDay}T12:00:00Z`), 'UTC')).toEqual({ year, month, day: 1 });
});
