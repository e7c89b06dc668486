import { isDatabaseAway } from '../../platform/base/database.ts';

export type DecisionOutcome =
  | { outcome: 'applied' }
  | { outcome: 'recorded' }
  | { outcome: 'undoable' };

/** A committed decision is never answered as lost, even if the database is away by now. */
export const recordedWhenAway = (error: unknown): DecisionOutcome => {
  if (isDatabaseAway(error)) return { outcome: 'recorded' };
  throw error;
};
