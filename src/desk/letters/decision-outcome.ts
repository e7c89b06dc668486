import { isDatabaseAway } from '../../platform/base/database.ts';
import type { StaffLetter } from './staff-letter.ts';

export type DecisionOutcome =
  /** `letter` is null when it has left this member's sight, as by a referral. */
  | { outcome: 'applied'; letter: StaffLetter | null }
  /** The workflow takes it up when the engine is back. */
  | { outcome: 'recorded' }
  /** Applied when its undo window is over. */
  | { outcome: 'undoable' };

/** What was committed is never answered as not received, though the database is away by now. */
export const recordedWhenAway = (error: unknown): DecisionOutcome => {
  if (isDatabaseAway(error)) return { outcome: 'recorded' };
  throw error;
};
