import type { Statistics } from '../../src/desk/letters/statistics.ts';
import type { View } from '../view.ts';
import { durationText } from './statistics-durations.ts';

const UNANSWERED = ['pending', 'returned', 'with_unit'];

interface StatisticsFiguresProps {
  view: View;
  statistics: Statistics;
}

export const StatisticsFigures = ({
  view,
  statistics: { open, late, months, total },
}: StatisticsFiguresProps) => {
  const words = view.text.statistics.figures;
  const sum = (counts: number[]): number => counts.reduce((all, count) => all + count, 0);
  const waiting = sum(
    open.filter(({ state }) => UNANSWERED.includes(state)).flatMap(({ ages }) => ages),
  );
  const figures = [
    [words.open, view.digits(waiting)],
    [words.late, view.digits(sum(late.map(({ count }) => count)))],
    [words.received, view.digits(months.at(-1)?.received ?? 0)],
    [words.decision, total.decision && durationText(view, total.decision.median)],
    [words.reply, total.reply && durationText(view, total.reply.median)],
  ];
  return (
    <dl class="figures">
      {figures.map(([label, value]) => (
        <div>
          <dt>{label}</dt>
          <dd>{value ?? '—'}</dd>
        </div>
      ))}
    </dl>
  );
};
