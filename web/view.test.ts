import { expect, test } from 'vitest';
import { plainIdentity } from './identity.ts';
import { loadStaticFiles } from './http/static-files.ts';
import { createViews } from './view.ts';
import { en } from './text/en.ts';
import { fa } from './text/fa.ts';
import { LANGUAGES } from './text/languages.ts';

const identity = plainIdentity('سازمان');
const viewIn = createViews(
  {
    identity: () => identity,
    timeZone: 'Asia/Tehran',
    maxFileBytes: 10 * 1024 * 1024,
    maxFiles: 10,
    facts: {
      retainDays: { rejected: 0, withdrawn: 0, closed: 0, messages: 0, applicants: 0 },
      heldMinutes: 60,
      presenceSeconds: 90,
      answerWorkingDays: 10,
      sessionIdleMinutes: 30,
      sessionHours: 12,
    },
  },
  loadStaticFiles(() => identity, LANGUAGES),
);
const here = (): string => '/';
const instant = new Date('2026-11-22T10:00:00Z');

test('a Persian date is Jalali, day first, in the time zone of the organisation', () => {
  const view = viewIn('fa', here);
  expect(view.dateTime(instant)).toBe('یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰');
  expect(view.date(instant)).toBe('۱ آذر ۱۴۰۵');
  expect(view.dateTime(new Date('2026-11-22T20:35:00Z'))).toBe('دوشنبه ۲ آذر ۱۴۰۵، ساعت ۰۰:۰۵');
});

test('an English date is Gregorian', () => {
  expect(viewIn('en', here).dateTime(instant)).toBe('Sunday 22 November 2026, 13:30');
});

test('sizes and digits are written in the language of the page', () => {
  expect(viewIn('fa', here).fileSize(1_572_864)).toBe('۱٫۵ مگابایت');
  expect(viewIn('en', here).fileSize(1_572_864)).toBe('1.5 MB');
  expect(viewIn('fa', here).fileSize(900)).toBe('۹۰۰ بایت');
  expect(viewIn('fa', here).maxFileMegabytes).toBe('۱۰');
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
