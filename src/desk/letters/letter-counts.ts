/** Days at which the next band of ages of open letters begins. */
export const AGE_BANDS = [1, 3, 7, 30] as const;

/** Where a letter waits for somebody, or may still be acted on. */
export type OpenState = 'pending' | 'returned' | 'with_unit' | 'answered';

/** In seconds: half of them took no longer than the one, nine of ten no longer than the other. */
export interface Spread {
  median: number;
  p90: number;
}

/** What came and was done in some time. */
export interface LetterCounts {
  received: number;
  approved: number;
  rejected: number;
  returned: number;
  withdrawn: number;
  /** Whose number was annulled then, whenever it was registered. */
  annulled: number;
  /** Letters that got their first reply. */
  replied: number;
  /** Of what was approved or rejected: since it was last sent. Null: there was none. */
  decision: Spread | null;
  /** Of what was replied: since it was registered. */
  reply: Spread | null;
}
