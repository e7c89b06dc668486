import type { Statistics } from '../../src/desk/letters/statistics.ts';
import type { View } from '../view.ts';

type Month = Statistics['months'][number];

// In units of the view box.
const WIDTH = 288;
const LABEL = 100;
const VALUE = 34;
const ROW = 34;
const BAR = 12;

const BARS = ['received', 'decided'] as const;

const valueOf = (month: Month, bar: (typeof BARS)[number]): number =>
  bar === 'received' ? month.received : month.approved + month.rejected;

const labelOf = (view: View, { year, month }: Month, place: number): string => {
  const words = view.text.statistics;
  const name = words.months[month - 1] ?? '';
  return place === 0 || month === 1 ? words.month(name, view.digits(year)) : name;
};

// Two bars a month, filled and outlined, so that no colour is needed. The table beside it has the
// same values.
export const StatisticsChart = ({ view, months }: { view: View; months: Month[] }) => {
  const words = view.text.statistics;
  const most = Math.max(1, ...months.flatMap((month) => BARS.map((bar) => valueOf(month, bar))));
  const room = WIDTH - LABEL - VALUE;
  const isRtl = view.direction === 'rtl';
  // From the side on which lines begin.
  const x = (from: number, width = 0): number => (isRtl ? WIDTH - from - width : from);
  return (
    <figure class="chart">
      <svg
        class="chart__picture"
        viewBox={`0 0 ${WIDTH} ${months.length * ROW}`}
        role="img"
        aria-labelledby="chart-title chart-text"
        focusable="false"
      >
        <title id="chart-title">{words.chart.title}</title>
        <desc id="chart-text">{words.chart.text}</desc>
        {months.map((month, place) => (
          <>
            <text class="chart__label" x={x(0)} y={place * ROW + 20}>
              {labelOf(view, month, place)}
            </text>
            {BARS.map((bar, line) => {
              const value = valueOf(month, bar);
              const width = Math.round((value / most) * room * 10) / 10;
              const top = place * ROW + 3 + line * (BAR + 2);
              return (
                <>
                  {value > 0 && (
                    <rect
                      class={`chart__bar chart__bar--${bar}`}
                      x={x(LABEL, width)}
                      y={top}
                      width={width}
                      height={BAR}
                    />
                  )}
                  <text class="chart__value" x={x(LABEL + width + 5)} y={top + 10}>
                    {view.digits(value)}
                  </text>
                </>
              );
            })}
          </>
        ))}
      </svg>
      <figcaption class="chart__legend">
        {BARS.map((bar) => (
          <span class="chart__key">
            <svg viewBox="0 0 20 12" width="20" height="12" aria-hidden="true" focusable="false">
              <rect class={`chart__bar chart__bar--${bar}`} x="1" y="1" width="18" height="10" />
            </svg>
            {words.chart[bar]}
          </span>
        ))}
      </figcaption>
    </figure>
  );
};
