/** Counts only: nothing here is about a person. */
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { lastJalaliMonths } from '../../platform/base/jalali-month.ts';
import { foldText } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import { mayAdminister } from '../administration/administrator.ts';
import { listStockReasonRows } from '../administration/stock-reasons.sql.ts';
import { listUnitRows } from '../administration/units.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { listDue } from './deadlines.ts';
import { AGE_BANDS } from './letter-counts.ts';
import type { LetterCounts, OpenState } from './letter-counts.ts';
import {
  countByUnit,
  countLetters,
  countMessages,
  countOpenLetters,
  countRegisterEntries,
  countWaiting,
  listRejectionReasons,
  startsOfDays,
} from './statistics.sql.ts';
import type {
  CountedLetters,
  CountedMessages,
  CountedOpen,
  CountedRegister,
} from './statistics.sql.ts';

const MONTHS = 12;
const DAY_MS = 86_400_000;
const WITH_DEADLINE = ['pending', 'with_unit'] as const;
const STATES: readonly OpenState[] = ['pending', 'returned', 'with_unit', 'answered'];

const NO_LETTERS: LetterCounts = {
  received: 0,
  approved: 0,
  rejected: 0,
  returned: 0,
  withdrawn: 0,
  annulled: 0,
  replied: 0,
  decision: null,
  reply: null,
};
const NO_MESSAGES: MessageCounts = { delivered: 0, undelivered: 0, unheard: 0, unsent: 0 };

/** Jalali, in the organisation's time zone. */
export interface StatisticsMonth {
  year: number;
  month: number;
  firstDay: string;
  lastDay: string;
  from: Date;
  until: Date;
}

export type MessageCounts = Omit<CountedMessages, 'month'>;

export interface Statistics {
  at: Date;
  /** `waiting`: undecided at its end, or now. */
  months: (StatisticsMonth & LetterCounts & { messages: MessageCounts; waiting: number })[];
  late: { name: string; count: number }[];
  total: LetterCounts;
  units: (LetterCounts & { name: string; months: (StatisticsMonth & LetterCounts)[] })[];
  registers: CountedRegister[];
  /** `ages`: how many are younger than the first of `AGE_BANDS`, than the second, …, and older. */
  open: { state: OpenState; ages: number[] }[];
  rejections: {
    picked: { text: string; count: number }[];
    own: number;
    gone: number;
    /** False: only the newest `statisticsRejections` were examined. */
    whole: boolean;
  };
}

export const readStatistics = async (
  deps: Deps,
  { staff }: { staff: StaffMember },
): Promise<Statistics> => {
  if (!mayAdminister(staff)) throw new DomainError('not_allowed');
  const { db, config } = deps;
  const at = new Date();
  const late = await Promise.all(
    WITH_DEADLINE.map((queue) => listDue(deps, { queue, overdue: true })),
  );
  const timeZone = config.ORG_TIME_ZONE;
  // One moment of the record, so that the tables agree with each other.
  return db.begin('isolation level repeatable read read only', async (tx): Promise<Statistics> => {
    const { months, starts } = await monthsUntil(tx, at, timeZone);
    const [from, until] = [months[0]?.from ?? at, months.at(-1)?.until ?? at];
    const counted = await countLetters(tx, starts);
    const messages = await countMessages(tx, starts);
    const open = await countOpenLetters(tx, at);
    const ends = months.map(({ until: end }) => (end < at ? end : at));
    const waiting = await countWaiting(tx, ends);
    return {
      at,
      months: months.map((month, place) => ({
        ...month,
        ...countsIn(counted, { month: place, unitId: null }),
        messages: messagesIn(messages, place),
        waiting: waiting[place] ?? 0,
      })),
      total: countsIn(counted, { month: null, unitId: null }),
      units: await unitsOf(tx, counted, months),
      late: await countByUnit(tx, late.flat()),
      registers: await countRegisterEntries(tx, starts),
      open: STATES.map((state) => ({ state, ages: agesOf(open, state) })),
      rejections: await countRejections(tx, {
        from,
        until,
        max: config.limits.statisticsRejections,
      }),
    };
  });
};

const monthsUntil = async (
  tx: Tx,
  at: Date,
  timeZone: string,
): Promise<{ months: StatisticsMonth[]; starts: Date[] }> => {
  const asked = lastJalaliMonths(at, timeZone, MONTHS);
  const starts = await startsOfDays(tx, { days: asked.map(({ firstDay }) => firstDay), timeZone });
  const months = asked.slice(0, MONTHS).map(({ year, month, firstDay }, place): StatisticsMonth => {
    const [from, until, next] = [starts[place], starts[place + 1], asked[place + 1]];
    if (!from || !until || !next) throw new Error('a month without a beginning');
    return { year, month, firstDay, lastDay: dayBefore(next.firstDay), from, until };
  });
  return { months, starts };
};

const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);

const countsIn = (
  counted: CountedLetters[],
  where: Pick<CountedLetters, 'month' | 'unitId'>,
): LetterCounts => {
  const found = counted.find(
    ({ month, unitId }) => month === where.month && unitId === where.unitId,
  );
  if (!found) return NO_LETTERS;
  const { month: _month, unitId: _unitId, ...counts } = found;
  return counts;
};

const messagesIn = (counted: CountedMessages[], place: number): MessageCounts => {
  const { month: _month, ...counts } = counted.find(({ month }) => month === place) ?? {
    month: place,
    ...NO_MESSAGES,
  };
  return counts;
};

const unitsOf = async (
  tx: Tx,
  counted: CountedLetters[],
  months: StatisticsMonth[],
): Promise<Statistics['units']> =>
  (await listUnitRows(tx))
    .filter(({ id }) => counted.some(({ unitId }) => unitId === id))
    .map(({ id, name }) => ({
      name,
      ...countsIn(counted, { month: null, unitId: id }),
      months: months.map((month, place) => ({
        ...month,
        ...countsIn(counted, { month: place, unitId: id }),
      })),
    }));

const agesOf = (open: CountedOpen[], state: OpenState): number[] =>
  [0, ...AGE_BANDS].map(
    (_days, place) => open.find((one) => one.state === state && one.band === place)?.count ?? 0,
  );

/** A reviewer's own text is counted and never shown: it may be about a person. */
const countRejections = async (
  tx: Tx,
  { from, until, max }: { from: Date; until: Date; max: number },
): Promise<Statistics['rejections']> => {
  const reasons = await listRejectionReasons(tx, { from, until, limit: max + 1 });
  const stock = (await listStockReasonRows(tx)).filter(({ kind }) => kind === 'reject');
  const texts = new Map(stock.toReversed().map(({ text }) => [foldText(text), text]));
  const counts = new Map<string, number>();
  let own = 0;
  let gone = 0;
  for (const reason of reasons.slice(0, max)) {
    const text = texts.get(foldText(reason));
    if (reason === '') gone += 1;
    else if (text === undefined) own += 1;
    else counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return {
    picked: [...counts]
      .map(([text, count]) => ({ text, count }))
      .toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)),
    own,
    gone,
    whole: reasons.length <= max,
  };
};
