import { toLatinDigits } from '../../platform/base/digits.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;

export const formatSetupCode = (random: Uint8Array): string =>
  [...random.subarray(0, LENGTH)]
    .map((byte) => ALPHABET.charAt(byte & 31))
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');

export const cleanSetupCode = (typed: string): string =>
  toLatinDigits(typed)
    .toUpperCase()
    .replace(/[\s\-‐–—_.]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
    .replace(/(.{4})(?=.)/g, '$1-');
