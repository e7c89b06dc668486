import { expect, test } from 'vitest';
import { DomainError, isCertainlyNotStored } from './errors.ts';

test('a refusal left nothing behind, unless it says so', () => {
  expect(isCertainlyNotStored(new DomainError('unit_not_available'))).toBe(true);
  expect(isCertainlyNotStored(new DomainError('not_open', { stored: 'yes' }))).toBe(false);
});

test('a database that was away may have stored something, unless it certainly did not', () => {
  expect(isCertainlyNotStored(new DomainError('unavailable'))).toBe(false);
  expect(isCertainlyNotStored(new DomainError('unavailable', { stored: 'no' }))).toBe(true);
});

test('a fault leaves everything open', () => {
  expect(isCertainlyNotStored(new Error('broken'))).toBe(false);
});
