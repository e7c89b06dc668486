/** `status` is what was decided, `step` where an approved letter stands. */
export type LetterStatus = 'pending' | 'approved' | 'rejected' | 'returned' | 'withdrawn';

export type LetterStep = 'with_unit' | 'answered' | 'closed';

export type DecisionKind = 'approve' | 'reject' | 'return' | 'withdraw';

export const UNIT_ACTIONS = [
  'update',
  'note',
  'refer',
  'recall',
  'reply',
  'release',
  'rework',
  'close',
  'ask',
  'unask',
  'answer',
  'reopen',
  'consult',
  'opine',
  'unconsult',
] as const;
export type UnitActionKind = (typeof UNIT_ACTIONS)[number];

/** To an earlier letter. `reference`: «عطف به»; `sequel`: «پیرو». */
export const RELATIONS = ['reference', 'sequel'] as const;
export type RelationKind = (typeof RELATIONS)[number];
