import { expect, test } from 'vitest';
import { formatJalaliDate, toJalali } from './jalali.ts';

test.each([
  ['2025-03-20T20:29:59Z', '1403/12/30'],
  ['2025-03-20T20:30:00Z', '1404/01/01'],
  ['2026-03-20T20:29:59Z', '1404/12/29'],
  ['2026-03-20T20:30:00Z', '1405/01/01'],
  ['2028-03-19T20:30:00Z', '1407/01/01'],
  // 1408 is a leap year: its last day is 30 Esfand.
  ['2030-03-20T12:00:00Z', '1408/12/30'],
  ['2030-03-20T20:30:00Z', '1409/01/01'],
  // Daylight saving still held in 2022: midnight in Tehran was at 19:30 UTC.
  ['2022-07-31T19:29:59Z', '1401/05/09'],
  ['2022-07-31T19:30:00Z', '1401/05/10'],
  ['2026-11-22T09:00:00Z', '1405/09/01'],
])('%s is %s in Tehran', (instant, date) => {
  expect(formatJalaliDate(toJalali(new Date(instant), 'Asia/Tehran'))).toBe(date);
});

test('the same instant has another date in another zone', () => {
  const instant = new Date('2026-03-20T20:30:00Z');
  expect(toJalali(instant, 'Asia/Tehran')).toEqual({ year: 1405, month: 1, day: 1 });
  expect(toJalali(instant, 'UTC')).toEqual({ year: 1404, month: 12, day: 29 });
});
