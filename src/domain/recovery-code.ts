import { toLatinDigits } from './digits.ts';

/**
 * Recovery code of a staff member: 16 characters of Crockford's base 32, 80 random bits. Good once,
 * when the telephone or the passkey is lost.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
export const RECOVERY_CODES = 10;

/** `random`: at least 16 random bytes. */
export const makeRecoveryCode = (random: Uint8Array): string => {
  if (random.length < LENGTH) throw new RangeError('16 random bytes are needed');
  return [...random.subarray(0, LENGTH)].map((byte) => ALPHABET.charAt(byte & 31)).join('');
};

/** Any case, digit script, spaces and hyphens; O is 0, I and L are 1. Undefined: not a code. */
export const parseRecoveryCode = (typed: string): string | undefined => {
  const code = toLatinDigits(typed)
    .toUpperCase()
    .replace(/[\s\-‐–—_.]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  const isCode = code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter));
  return isCode ? code : undefined;
};

/** In groups of four, as it is shown: `7K3M-9QRT-2XAB-0F4G`. */
export const formatRecoveryCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1-');
