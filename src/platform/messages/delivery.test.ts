import { expect, test } from 'vitest';
import { DELIVERY_STATES, deliveryOf, isFurther } from './delivery.ts';

test('the words of gateways lead to three states', () => {
  expect(deliveryOf('sent')).toBe('sent');
  expect(deliveryOf('DELIVERED')).toBe('delivered');
  for (const word of ['failed', 'undelivered', 'Rejected', 'expired', ' blocked '])
    expect(deliveryOf(word)).toBe('undelivered');
});

test('a word that tells nothing of the delivery is no state', () => {
  for (const word of ['queued', 'accepted', '', 'constructor'])
    expect(deliveryOf(word)).toBe(undefined);
});

test('nothing is further than delivered, and no state than itself', () => {
  for (const state of DELIVERY_STATES) {
    expect(isFurther(state, 'delivered')).toBe(false);
    expect(isFurther(state, state)).toBe(false);
  }
  expect(isFurther('delivered', 'undelivered')).toBe(true);
  expect(isFurther('undelivered', 'sent')).toBe(true);
  expect(isFurther('sent', 'undelivered')).toBe(false);
});
