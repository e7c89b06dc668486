import { COUNTS } from '../../src/desk/letters/letter-counts.ts';
import type { LetterCounts } from '../../src/desk/letters/letter-counts.ts';
import type { Statistics, StatisticsMonth } from '../../src/desk/letters/statistics.ts';
import { csvOf } from '../http/csv.ts';

const HEADS = [
  'jalali_month',
  'first_day',
  'last_day',
  'unit',
  ...COUNTS,
  'decision_hours_median',
  'decision_hours_p90',
  'reply_hours_median',
  'reply_hours_p90',
  'sms_delivered',
  'sms_undelivered',
  'sms_unheard',
  'sms_unsent',
];

const hours = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Math.round(seconds / 36) / 100;

const monthCells = ({ year, month, firstDay, lastDay }: StatisticsMonth): string[] => [
  `${year}/${String(month).padStart(2, '0')}`,
  firstDay,
  lastDay,
];

const countCells = (counts: LetterCounts): (number | null)[] => [
  ...COUNTS.map((name) => counts[name]),
  hours(counts.decision?.median),
  hours(counts.decision?.p90),
  hours(counts.reply?.median),
  hours(counts.reply?.p90),
];

// A row for each month without a unit, then one for each unit and month. Days are Gregorian.
export const statisticsTable = ({ months, units }: Statistics): string =>
  csvOf([
    HEADS,
    ...months.map(({ messages: { delivered, undelivered, unheard, unsent }, ...month }) => [
      ...monthCells(month),
      '',
      ...countCells(month),
      delivered,
      undelivered,
      unheard,
      unsent,
    ]),
    ...units.flatMap(({ name, months: own }) =>
      own.map((month) => [...monthCells(month), name, ...countCells(month), '', '', '', '']),
    ),
  ]);
