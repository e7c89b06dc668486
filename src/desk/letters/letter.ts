/** The words of a letter's life. `status` is what was decided, `step` where an approved letter stands. */
export type LetterStatus = 'pending' | 'approved' | 'rejected' | 'returned' | 'withdrawn';

/** Only an approved letter has a step. */
export type LetterStep = 'with_unit' | 'answered' | 'closed';

/** `return`: back to its sender to be corrected; `withdraw`: by its sender. */
export type DecisionKind = 'approve' | 'reject' | 'return' | 'withdraw';

/** What is done with a registered letter; `answer` and `reopen`: by its sender, the rest by unit staff. */
export const UNIT_ACTIONS = [
  'update',
  'note',
  'refer',
  'reply',
  'close',
  'ask',
  'unask',
  'answer',
  'reopen',
] as const;
export type UnitActionKind = (typeof UNIT_ACTIONS)[number];
