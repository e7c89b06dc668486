/**
 * How a message fared after the gateway took it, as its receipts tell. It only moves forward, so
 * receipts may come twice, late and in any order: `delivered` is never left, and a delivery after a
 * failure is believed, because the person has the message.
 */
export type DeliveryState = 'sent' | 'undelivered' | 'delivered';

/** Each further than the one before. */
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

/** Undefined: the word tells nothing of the delivery, as `queued` does. */
export const deliveryOf = (status: string): DeliveryState | undefined => {
  const word = status.trim().toLowerCase();
  if (word === 'delivered') return 'delivered';
  if (SENT.includes(word)) return 'sent';
  return UNDELIVERED.includes(word) ? 'undelivered' : undefined;
};

export const isFurther = (state: DeliveryState, than: DeliveryState): boolean =>
  DELIVERY_STATES.indexOf(state) > DELIVERY_STATES.indexOf(than);
