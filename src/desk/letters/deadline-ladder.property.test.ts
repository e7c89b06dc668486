import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProperties } from '../../testing/property.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';
import { rungsOf } from './due-rungs.ts';

const { holds } = createProperties('deadline ladder');

const DAY_MS = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);

const settings = fc.record({
  answerDays: fc.integer({ min: 1, max: 30 }),
  remindDays: fc.integer({ min: 0, max: 10 }),
  escalateDays: fc.integer({ min: 0, max: 10 }),
});
const offsets = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 12 });
const dayOf = (offset: number): string =>
  new Date(BEGIN + offset * DAY_MS).toISOString().slice(0, 10);
const calendarWith = (holidays: number[]): WorkingCalendar => ({
  timeZone: 'Asia/Tehran',
  week: Array.from({ length: 7 }, (_, day) => (day === 5 ? null : { opens: 480, closes: 960 })),
  days: new Map(holidays.map((offset) => [dayOf(offset), { hours: null, name: 'تعطیل' }])),
});
const instants = fc
  .integer({ min: 0, max: 30 * 24 * 60 })
  .map((minutes) => new Date(BEGIN + minutes * 60_000));

test('rungs are in their order, and those that are switched off are missing', async () => {
  await holds(
    fc.property(settings, offsets, instants, (days, holidays, submittedAt) => {
      const rungs = rungsOf(days, { submittedAt, turns: [] }, calendarWith(holidays));
      expect(rungs.map(({ rung }) => rung)).toEqual([
        ...(days.remindDays > 0 ? ['reminded'] : []),
        'overdue',
        ...(days.escalateDays > 0 ? ['escalated'] : []),
      ]);
      const instantsOf = rungs.map(({ dueAt }) => dueAt.getTime());
      expect(instantsOf).toEqual([...new Set(instantsOf)].toSorted((a, b) => a - b));
    }),
  );
});

test('a holiday more makes no rung earlier', async () => {
  await holds(
    fc.property(settings, offsets, fc.nat(60), instants, (days, holidays, added, submittedAt) => {
      const clock = { submittedAt, turns: [] };
      const before = rungsOf(days, clock, calendarWith(holidays));
      const after = rungsOf(days, clock, calendarWith([...holidays, added]));
      for (const [at, { dueAt }] of before.entries())
        expect(after[at]?.dueAt.getTime()).toBeGreaterThanOrEqual(dueAt.getTime());
    }),
  );
});

test('a clock that stands still keeps the rungs that it has passed, and has no later ones', async () => {
  await holds(
    fc.property(settings, instants, fc.nat(40), (given, submittedAt, passed) => {
      // A reminder on the day of arrival is no working day that a pause could take away.
      const days = {
        ...given,
        remindDays: Math.min(given.remindDays, given.answerDays - 1),
      };
      const at = new Date(submittedAt.getTime() + passed * DAY_MS);
      const running = rungsOf(days, { submittedAt, turns: [] }, calendarWith([]));
      const turns = [{ action: 'returned' as const, at }];
      const paused = rungsOf(days, { submittedAt, turns }, calendarWith([]));
      expect(paused).toEqual(running.filter(({ dueAt }) => dueAt < at));
    }),
  );
});
