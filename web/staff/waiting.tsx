import type { View } from '../view.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

const waitingSince = (letter: LetterSummary): Date | undefined => {
  if (letter.status === 'pending')
    return letter.round > 1 ? (letter.objectedAt ?? undefined) : letter.submittedAt;
  if (letter.status === 'returned') return letter.returnedAt ?? undefined;
  return letter.step === 'with_unit' ? (letter.registeredAt ?? undefined) : undefined;
};

const agePart = (since: Date): { unit: 'days' | 'hours' | 'new'; count: number } => {
  const hours = Math.floor((Date.now() - since.getTime()) / HOUR_MS);
  const days = Math.floor(hours / DAY_HOURS);
  if (days >= 1) return { unit: 'days', count: days };
  return hours >= 1 ? { unit: 'hours', count: hours } : { unit: 'new', count: 0 };
};

const ageIn = (view: View, words: View['text']['queue']['age'], since: Date): string => {
  const { unit, count } = agePart(since);
  return unit === 'new' ? words.new : words[unit](view.digits(count));
};

export const Waiting = ({ view, letter }: { view: View; letter: LetterSummary }) => {
  const words = view.text.queue.waited;
  if (letter.hasOpenDecision) return <span class="waited">{words.decided}</span>;
  const since = waitingSince(letter);
  return since ? <span class="waited">{ageIn(view, words, since)}</span> : null;
};

export const Age = ({ view, letter }: { view: View; letter: LetterSummary }) => {
  const since = waitingSince(letter);
  return (
    <>
      <time datetime={letter.submittedAt.toISOString()} title={view.dateTime(letter.submittedAt)}>
        <bdi>{view.date(letter.submittedAt)}</bdi>
      </time>
      {since && <bdi class="triage__age">{ageIn(view, view.text.queue.age, since)}</bdi>}
    </>
  );
};
