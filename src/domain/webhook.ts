/** What other systems can be told of: the public part of a letter's audit trail. */
export const WEBHOOK_EVENTS = [
  'submitted',
  'returned',
  'resubmitted',
  'approved',
  'rejected',
  'withdrawn',
  'noted',
  'referred',
  'replied',
  'closed',
] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
