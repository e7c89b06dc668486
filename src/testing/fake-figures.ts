/** Figures on the fake desk: twelve months that go up and down, the same each time. */
import { AGE_BANDS } from '../desk/letters/figure-bands.ts';
import type { LetterCounts } from '../desk/letters/figure-bands.ts';
import { DomainError } from '../platform/base/errors.ts';
import { lastJalaliMonths } from '../platform/base/jalali-month.ts';
import { mayAdminister } from '../desk/administration/administration.ts';
import type { Figures, ReadsFigures } from '../desk/letters/figures.ts';

const HOUR = 3600;
const TIME_ZONE = 'Asia/Tehran';
/** Without a clock change since 2022. */
const OFFSET = '+03:30';

const countsOf = (letters: number): LetterCounts => ({
  received: letters,
  approved: Math.floor(letters * 0.7),
  rejected: Math.floor(letters * 0.2),
  returned: Math.floor(letters * 0.1),
  withdrawn: Math.floor(letters * 0.05),
  annulled: Math.floor(letters * 0.01),
  replied: Math.floor(letters * 0.5),
  decision: letters === 0 ? null : { median: 5 * HOUR, p90: 30 * HOUR },
  reply: letters === 0 ? null : { median: 50 * HOUR, p90: 200 * HOUR },
});

const sumOf = (months: LetterCounts[]): LetterCounts =>
  countsOf(months.reduce((sum, { received }) => sum + received, 0));

export const createFakeFigures = ({
  units,
  now,
}: {
  units: { name: string }[];
  now: () => Date;
}): ReadsFigures => ({
  async readFigures({ staff }) {
    if (!mayAdminister(staff)) throw new DomainError('not_allowed');
    const asked = lastJalaliMonths(now(), TIME_ZONE, 12);
    const months = asked.slice(0, 12).map(({ year, month, firstDay }, place) => ({
      year,
      month,
      firstDay,
      lastDay: new Date(Date.parse(asked[place + 1]?.firstDay ?? firstDay) - 86_400_000)
        .toISOString()
        .slice(0, 10),
      from: new Date(`${firstDay}T00:00:00${OFFSET}`),
      until: new Date(`${asked[place + 1]?.firstDay}T00:00:00${OFFSET}`),
      ...countsOf(place === 0 ? 0 : 40 + ((place * 37) % 60)),
      messages: { delivered: 30 + place, undelivered: place, unheard: 2, unsent: 0 },
    }));
    const figures: Figures = {
      at: now(),
      months,
      total: sumOf(months),
      units: units.map(({ name }, place) => {
        const own = months.map(({ messages: _messages, received, ...month }) => ({
          ...month,
          ...countsOf(Math.floor(received / (place + 2))),
        }));
        return { name, ...sumOf(own), months: own };
      }),
      registers: [{ register: 'main', entries: sumOf(months).approved, annulled: 1 }],
      open: (['pending', 'returned', 'with_unit', 'answered'] as const).map((state, place) => ({
        state,
        ages: [0, ...AGE_BANDS].map((_days, band) => (place + 1) * (AGE_BANDS.length - band)),
      })),
      rejections: {
        picked: [
          { text: 'تصویر نامه خوانا نیست.', count: 31 },
          { text: 'این درخواست در حوزه‌ی کار این سازمان نیست.', count: 12 },
        ],
        own: 9,
        gone: 3,
        whole: false,
      },
    };
    return figures;
  },
});
