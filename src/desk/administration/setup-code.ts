import { toLatinDigits } from '../../platform/base/digits.ts';

/** Crockford's base 32. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;

/** Of at least 12 random bytes, in groups of four: `7K3M-9QRT-2XAB`. */
export const formatSetupCode = (random: Uint8Array): string =>
  [...random.subarray(0, LENGTH)]
    .map((byte) => ALPHABET.charAt(byte & 31))
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');

/** Any case, digits, spaces and hyphens; O is 0, I and L are 1. */
export const cleanSetupCode = (typed: string): string =>
  toLatinDigits(typed)
    .toUpperCase()
    .replace(/[\s\-‐–—_.]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
    .replace(/(.{4})(?=.)/g, '$1-');
