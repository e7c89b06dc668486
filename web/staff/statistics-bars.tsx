import type { View } from '../view.ts';

export interface Bar {
  label: string;
  value: number;
}

// In units of the view box.
const WIDTH = 288;
const VALUE = 34;
const ROW = 34;
const LINE = 14;
const BAR = 12;

interface StatisticsBarsProps {
  view: View;
  id: string;
  heading: string;
  text: string;
  bars: Bar[];
}

// Labels stand above their bars: the name of a unit may be long.
export const StatisticsBars = ({ view, id, heading, text, bars }: StatisticsBarsProps) => {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const isRtl = view.direction === 'rtl';
  const x = (from: number, width = 0): number => (isRtl ? WIDTH - from - width : from);
  return (
    <figure class="chart">
      <figcaption id={id}>
        <strong>{heading}</strong>
        <br />
        <span class="muted">{text}</span>
      </figcaption>
      <ul class="chart__bars" aria-labelledby={id}>
        {bars.map(({ label, value }) => {
          const width = Math.round((value / most) * (WIDTH - VALUE) * 10) / 10;
          return (
            <li>
              <bdi>{label}</bdi>
              {view.text.punctuation.comma}
              <span class="chart__number">{view.digits(value)}</span>
              <svg
                class="chart__picture"
                viewBox={`0 0 ${WIDTH} ${ROW - LINE}`}
                aria-hidden="true"
                focusable="false"
              >
                {value > 0 && (
                  <rect
                    class="chart__bar chart__bar--received"
                    x={x(0, width)}
                    y={2}
                    width={width}
                    height={BAR}
                  />
                )}
              </svg>
            </li>
          );
        })}
      </ul>
    </figure>
  );
};
