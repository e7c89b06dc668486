import type { View } from '../view.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Undefined when nobody has to act. */
const waitingSince = (letter: LetterSummary): Date | undefined => {
  if (letter.status === 'pending')
    return letter.round > 1 ? (letter.objectedAt ?? undefined) : letter.submittedAt;
  if (letter.status === 'returned') return letter.returnedAt ?? undefined;
  return letter.step === 'with_unit' ? (letter.registeredAt ?? undefined) : undefined;
};

export const Waiting = ({ view, letter }: { view: View; letter: LetterSummary }) => {
  const words = view.text.queue.waited;
  if (letter.hasOpenDecision) return <span class="waited">{words.decided}</span>;
  const since = waitingSince(letter);
  if (!since) return null;
  const hours = Math.floor((Date.now() - since.getTime()) / HOUR_MS);
  const days = Math.floor(hours / DAY_HOURS);
  return (
    <span class="waited">
      {days >= 1
        ? words.days(view.digits(days))
        : hours >= 1
          ? words.hours(view.digits(hours))
          : words.new}
    </span>
  );
};
