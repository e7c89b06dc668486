/** In days: where the next age band of open letters begins. */
export const AGE_BANDS = [1, 3, 7, 30] as const;

export type OpenState = 'pending' | 'returned' | 'with_unit' | 'answered';

/** In seconds. */
export interface Spread {
  median: number;
  p90: number;
}

/**
 * `annulled`: letters annulled then, whenever registered. `replied`: letters that got their first
 * reply.
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

export interface LetterCounts extends Record<(typeof COUNTS)[number], number> {
  decision: Spread | null;
  reply: Spread | null;
}
