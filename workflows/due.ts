import type { LetterActivities, LetterState } from './letter.contract.ts';

interface Due {
  act: keyof Pick<LetterActivities, 'closeAnswered' | 'endReopening'>;
  at: string;
}

export const dueOf = ({ step, closesAt, reopenUntil }: LetterState): Due | undefined => {
  if (step === 'answered' && closesAt) return { act: 'closeAnswered', at: closesAt };
  if (step === 'closed' && reopenUntil) return { act: 'endReopening', at: reopenUntil };
  return undefined;
};
