/**
 * Delivery of a message after the gateway took it. Only moves forward, since receipts come twice,
 * late and in any order: `delivered` is final, and overrides a failure, because the person has the
 * message.
 */
export type DeliveryState = 'sent' | 'undelivered' | 'delivered';

export const DELIVERY_STATES: readonly DeliveryState[] = ['sent', 'undelivered', 'delivered'];

const SENT = ['sent', 'enroute', 'en_route', 'dispatched', 'submitted'];
const UNDELIVERED = [
  'undelivered',
  'failed',
  'undeliverable',
  'rejected',
  'expired',
  'blocked',
  'filtered',
  'cancelled',
  'canceled',
  'deleted',
];

/** Undefined for a word that says nothing of the delivery, such as `queued`. */
export const deliveryOf = (status: string): DeliveryState | undefined => {
  const word = status.trim().toLowerCase();
  if (word === 'delivered') return 'delivered';
  if (SENT.includes(word)) return 'sent';
  return UNDELIVERED.includes(word) ? 'undelivered' : undefined;
};

export const isFurther = (state: DeliveryState, than: DeliveryState): boolean =>
  DELIVERY_STATES.indexOf(state) > DELIVERY_STATES.indexOf(than);
