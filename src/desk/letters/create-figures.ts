import type { Db } from '../../platform/base/database.ts';
import {
  countLetters,
  countMessages,
  countOpenLetters,
  countRegisterEntries,
  listRejectionReasons,
  startsOfDays,
} from './figures.sql.ts';
import type { CountedLetters, CountedOpen } from './figures.sql.ts';
import { listStockReasons } from '../administration/stock-reasons.sql.ts';
import { listUnits } from '../administration/units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { AGE_BANDS } from './figure-bands.ts';
import type { LetterCounts, OpenState } from './figure-bands.ts';
import { lastJalaliMonths } from '../../platform/base/jalali-month.ts';
import { foldText } from '../../platform/base/text.ts';
import { mayAdminister } from '../administration/administration.ts';
import type { Figures, FiguresMonth, MessageCounts, ReadsFigures } from './figures.ts';

const MONTHS = 12;
const DAY_MS = 86_400_000;
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

export const createFigures = ({
  db,
  timeZone,
  rejections: limit,
  now = () => new Date(),
}: {
  db: Db;
  timeZone: string;
  /** Of so many rejections the reasons are looked at. */
  rejections: number;
  now?: () => Date;
}): ReadsFigures => ({
  async readFigures({ staff }) {
    if (!mayAdminister(staff)) throw new DomainError('not_allowed');
    const at = now();
    const asked = lastJalaliMonths(at, timeZone, MONTHS);
    // One moment of the record, so that the tables agree with each other.
    return db.begin('isolation level repeatable read read only', async (tx): Promise<Figures> => {
      const starts = await startsOfDays(tx, {
        days: asked.map(({ firstDay }) => firstDay),
        timeZone,
      });
      const months = asked
        .slice(0, MONTHS)
        .map(({ year, month, firstDay }, place): FiguresMonth => {
          const [from, until, next] = [starts[place], starts[place + 1], asked[place + 1]];
          if (!from || !until || !next) throw new Error('a month without a beginning');
          return { year, month, firstDay, lastDay: dayBefore(next.firstDay), from, until };
        });
      const [from, until] = [months[0]?.from ?? at, months.at(-1)?.until ?? at];
      const counted = await countLetters(tx, starts);
      const messages = await countMessages(tx, starts);
      const units = await listUnits(tx);
      const open = await countOpenLetters(tx, at);
      const reasons = await listRejectionReasons(tx, { from, until, limit: limit + 1 });
      const stock = await listStockReasons(tx);
      const inMonth = (place: number, unitId: string | null): LetterCounts =>
        countsIn(counted, { month: place, unitId });
      return {
        at,
        months: months.map((month, place) => {
          const { month: _place, ...sent } = messages.find((one) => one.month === place) ?? {
            ...NO_MESSAGES,
            month: place,
          };
          return { ...month, ...inMonth(place, null), messages: sent };
        }),
        total: countsIn(counted, { month: null, unitId: null }),
        units: units
          .filter(({ id }) => counted.some(({ unitId }) => unitId === id))
          .map(({ id, name }) => ({
            name,
            ...countsIn(counted, { month: null, unitId: id }),
            months: months.map((month, place) => ({ ...month, ...inMonth(place, id) })),
          })),
        registers: await countRegisterEntries(tx, starts),
        open: STATES.map((state) => ({ state, ages: agesOf(open, state) })),
        rejections: {
          ...sortReasons(
            reasons.slice(0, limit),
            stock.filter(({ kind }) => kind === 'reject').map(({ text }) => text),
          ),
          whole: reasons.length <= limit,
        },
      };
    });
  },
});

const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);

const agesOf = (open: CountedOpen[], state: OpenState): number[] =>
  [0, ...AGE_BANDS].map(
    (_days, place) => open.find((one) => one.state === state && one.band === place)?.count ?? 0,
  );

/** A text of a reviewer's own is counted and never shown: it may be about a person. */
const sortReasons = (reasons: string[], stock: string[]): Omit<Figures['rejections'], 'whole'> => {
  const texts = new Map(stock.toReversed().map((text) => [foldText(text), text]));
  const counts = new Map<string, number>();
  let own = 0;
  let gone = 0;
  for (const reason of reasons) {
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
  };
};
