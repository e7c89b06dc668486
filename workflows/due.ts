import type { LetterActivities, LetterState } from './letter.contract.ts';

interface Due {
  act: keyof Pick<LetterActivities, 'closeAnswered' | 'endReopening'>;
  /** ISO 8601, UTC. */
  at: string;
}

/** What is asked of the record when nothing has happened to a registered letter until then. */
export const dueOf = ({ step, closesAt, reopenUntil }: LetterState): Due | undefined => {
  if (step === 'answered' && closesAt) return { act: 'closeAnswered', at: closesAt };
  if (step === 'closed' && reopenUntil) return { act: 'endReopening', at: reopenUntil };
  return undefined;
};
