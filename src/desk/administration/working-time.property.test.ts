import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProperties } from '../../testing/property.ts';
import { addWorkingDays, countWorkingDays, dayIn } from './working-time.ts';
import type { WorkingCalendar } from './working-time.ts';

const { holds } = createProperties('working time');

const HOUR_MS = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 1);

const hours = fc
  .record({ opens: fc.integer({ min: 0, max: 700 }), length: fc.integer({ min: 1, max: 700 }) })
  .map(({ opens, length }) => ({ opens, closes: opens + length }));
const calendars: fc.Arbitrary<WorkingCalendar> = fc.record({
  timeZone: fc.constantFrom('Asia/Tehran', 'UTC', 'Europe/Berlin', 'Pacific/Chatham'),
  week: fc
    .array(fc.option(hours, { freq: 3 }), { minLength: 7, maxLength: 7 })
    .map((week) =>
      week.every((one) => one === null) ? [...week.slice(1), { opens: 480, closes: 960 }] : week,
    ),
  days: fc
    .array(
      fc.record({ offset: fc.integer({ min: 0, max: 90 }), hours: fc.option(hours, { freq: 1 }) }),
      { maxLength: 12 },
    )
    .map(
      (all) =>
        new Map(
          all.map(({ offset, hours: own }) => [
            new Date(BEGIN + offset * 24 * HOUR_MS).toISOString().slice(0, 10),
            { hours: own, name: 'دلیل' },
          ]),
        ),
    ),
});
const instants = fc
  .integer({ min: 0, max: 60 * 24 * 60 })
  .map((at) => new Date(BEGIN + at * 60_000));
const counts = fc.integer({ min: 0, max: 20 });

test('a deadline is after the arrival, and one day more is later', async () => {
  await holds(
    fc.property(calendars, instants, counts, (calendar, from, days) => {
      const due = addWorkingDays(from, days, calendar);
      const later = addWorkingDays(from, days + 1, calendar);
      expect(due && later && from < due && due < later).toBe(true);
    }),
  );
});

test('who sends later is not answered earlier', async () => {
  await holds(
    fc.property(calendars, instants, instants, counts, (calendar, one, other, days) => {
      const [first, second] = one <= other ? [one, other] : [other, one];
      const dues = [first, second].map((from) => addWorkingDays(from, days, calendar)?.getTime());
      expect(dues[0]).toBeLessThanOrEqual(dues[1] ?? 0);
    }),
  );
});

test('every day from arrival to deadline is told once, in order, and as many are counted as asked', async () => {
  await holds(
    fc.property(calendars, instants, counts, (calendar, from, asked) => {
      const { dueAt, days } = countWorkingDays({ from, pauses: [] }, asked, calendar);
      const first = Date.parse(days[0]?.day ?? '');
      expect(days.map(({ day }) => Date.parse(day))).toEqual(
        days.map((_, index) => first + index * 24 * HOUR_MS),
      );
      expect(days[0]?.day).toBe(dayIn(from, calendar.timeZone));
      expect(days.at(-1)?.day).toBe(
        dayIn(new Date((dueAt?.getTime() ?? 0) - 1), calendar.timeZone),
      );
      expect(days.flatMap(({ number }) => number ?? [])).toEqual(
        Array.from({ length: asked }, (_, index) => index + 1),
      );
    }),
  );
});

test('a pause never brings a deadline forward, and takes away no more days than it says', async () => {
  await holds(
    fc.property(
      calendars,
      instants,
      fc.tuple(instants, instants),
      counts,
      (calendar, from, [one, other], asked) => {
        const [begins, until] = one <= other ? [one, other] : [other, one];
        const pauses = [{ from: begins, until }];
        const paused = countWorkingDays({ from, pauses }, asked, calendar);
        const lost = paused.days.filter(({ count }) => count === 'paused').length;
        expect(paused.dueAt).toEqual(addWorkingDays(from, asked + lost, calendar));
      },
    ),
  );
});

test('a holiday more never brings a deadline forward', async () => {
  await holds(
    fc.property(calendars, instants, counts, fc.nat(90), (calendar, from, asked, offset) => {
      const day = new Date(BEGIN + offset * 24 * HOUR_MS).toISOString().slice(0, 10);
      const days = new Map(calendar.days).set(day, { hours: null, name: 'تعطیل' });
      const before = addWorkingDays(from, asked, calendar)?.getTime() ?? 0;
      const after = addWorkingDays(from, asked, { ...calendar, days })?.getTime() ?? 0;
      expect(after).toBeGreaterThanOrEqual(before);
    }),
  );
});
