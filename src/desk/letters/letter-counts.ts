/** Days at which the next band of ages of open letters begins. */
export const AGE_BANDS = [1, 3, 7, 30] as const;

/** Where a letter waits for somebody, or may still be acted on. */
export type OpenState = 'pending' | 'returned' | 'with_unit' | 'answered';

/** In seconds: half of them took no longer than the one, nine of ten no longer than the other. */
export interface Spread {
  median: number;
  p90: number;
}

/**
 * `annulled`: letters whose number was annulled then, whenever it was registered. `replied`: letters
 * that got their first reply.
 */
export const COUNTS = [
  'received',
  'approved',
  'rejected',
  'returned',
  'withdrawn',
  'annulled',
  'replied',
] as const;

/** What came and was done in some time. */
export interface LetterCounts extends Record<(typeof COUNTS)[number], number> {
  /** Of what was approved or rejected: since it was last sent. Null: there was none. */
  decision: Spread | null;
  /** Of what was replied: since it was registered. */
  reply: Spread | null;
}
