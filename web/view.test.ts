import { expect, test } from 'vitest';
import { createViews } from './view.ts';
import { en } from './text/en.ts';
import { fa } from './text/fa.ts';

const viewIn = createViews(
  { orgName: 'سازمان', timeZone: 'Asia/Tehran', maxFileBytes: 10 * 1024 * 1024 },
  { style: '', font: '', icon: '', proof: '', proofWorker: '' },
);
const instant = new Date('2026-11-22T10:00:00Z');

test('a Persian date is Jalali, day first, in the time zone of the organisation', () => {
  const view = viewIn('fa', '/');
  expect(view.dateTime(instant)).toBe('یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰');
  expect(view.date(instant)).toBe('۱ آذر ۱۴۰۵');
  expect(view.dateTime(new Date('2026-11-22T20:35:00Z'))).toBe('دوشنبه ۲ آذر ۱۴۰۵، ساعت ۰۰:۰۵');
});

test('an English date is Gregorian', () => {
  expect(viewIn('en', '/').dateTime(instant)).toBe('Sunday 22 November 2026, 13:30');
});

test('sizes and digits are written in the language of the page', () => {
  expect(viewIn('fa', '/').fileSize(1_572_864)).toBe('۱٫۵ مگابایت');
  expect(viewIn('en', '/').fileSize(1_572_864)).toBe('1.5 MB');
  expect(viewIn('fa', '/').fileSize(900)).toBe('۹۰۰ بایت');
  expect(viewIn('fa', '/').maxFileMegabytes).toBe('۱۰');
});

const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, shape(inner)]),
  );
};

test('English has every sentence that Persian has', () => {
  expect(shape(en)).toEqual(shape(fa));
});
