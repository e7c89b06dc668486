import type { Child } from 'hono/jsx';
import type { LetterSummary } from '../../src/usecases/desk.ts';
import type { View } from '../view.ts';
import { subjectOf } from './erased.tsx';
import { StatusBadge } from './status-badge.tsx';

interface LetterHeadProps {
  view: View;
  letter: Pick<LetterSummary, 'subject' | 'status' | 'step' | 'erasedAt' | 'damaged'>;
  /** After the step. */
  children?: Child;
}

/** The subject, as the heading of the page, and the state. */
export const LetterHead = ({ view, letter, children }: LetterHeadProps) => (
  <div class="letter__head">
    <h1 id="subject">
      <bdi>{subjectOf(view, letter)}</bdi>
    </h1>
    <p class="letter__state">
      <StatusBadge view={view} status={letter.status} />
      {letter.step !== null && (
        <span class="step">
          {view.text.steps[letter.step]}
          {children}
        </span>
      )}
    </p>
  </div>
);

interface ReasonProps {
  heading: string;
  /** As a person wrote it; nothing is shown without one. */
  reason: string | null;
  ofReturn?: boolean;
  children?: Child;
}

/** Why a letter was rejected, or what its sender has to correct. */
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
