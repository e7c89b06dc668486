import type { Child } from 'hono/jsx';
import type { View } from '../view.ts';
import { subjectOf } from './erased.tsx';
import { StatusBadge } from './status-badge.tsx';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import type { Letter } from '../../src/desk/letters/letter-detail.ts';

interface LetterHeadProps {
  view: View;
  letter: Pick<
    LetterSummary,
    'subject' | 'status' | 'step' | 'annulledAt' | 'erasedAt' | 'damaged'
  >;
  children?: Child;
}

export const LetterHead = ({ view, letter, children }: LetterHeadProps) => (
  <div class="letter__head">
    <h1 id="subject">
      <bdi>{subjectOf(view, letter)}</bdi>
    </h1>
    <p class="letter__state">
      <StatusBadge view={view} status={letter.status} annulled={letter.annulledAt !== null} />
      {letter.step !== null && letter.annulledAt === null && (
        <span class="step">
          {view.text.steps[letter.step]}
          {children}
        </span>
      )}
    </p>
  </div>
);

export const EndReason = ({ view, letter }: { view: View; letter: Letter }) => {
  const { facts } = view.text;
  if (letter.step !== 'closed') return null;
  const end = letter.annulledAt === null ? 'closed' : 'annulled';
  const reason = letter.timeline.findLast(({ action }) => action === end)?.details.text || null;
  const heading = end === 'closed' ? facts.closeReason : facts.annulReason;
  return <Reason heading={heading} reason={reason} ofReturn />;
};

// What its sender wrote when they reopened it, while the unit goes on with it.
export const FollowUp = ({ view, letter }: { view: View; letter: Letter }) => {
  if (letter.step !== 'with_unit') return null;
  const reopened = letter.timeline.findLast(({ action }) => action === 'reopened');
  const heading = view.text.followUp.heading;
  return <Reason heading={heading} reason={reopened?.details.text || null} ofReturn />;
};

interface ReasonProps {
  heading: string;
  reason: string | null;
  ofReturn?: boolean;
  children?: Child;
}

export const Reason = ({ heading, reason, ofReturn = false, children }: ReasonProps) =>
  reason === null ? null : (
    <div class={ofReturn ? 'reason reason--return' : 'reason'}>
      <h2>{heading}</h2>
      <p class="user-text" dir="auto">
        {reason}
      </p>
      {children}
    </div>
  );
