import { toLatinDigits } from '../../platform/base/digits.ts';

/**
 * Recovery code of a staff member: 24 characters of Crockford's base 32, 120 random bits, so that a
 * plain keyed hash keeps it (ASVS 5.0, 6.5.2). Good once, when the telephone or the passkey is lost.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 24;
/** Codes that were made before, of 80 bits, stay good. */
const EARLIER_LENGTH = 16;
export const RECOVERY_CODES = 10;

/** `random`: at least 24 random bytes. */
export const makeRecoveryCode = (random: Uint8Array): string => {
  if (random.length < LENGTH) throw new RangeError('24 random bytes are needed');
  return [...random.subarray(0, LENGTH)].map((byte) => ALPHABET.charAt(byte & 31)).join('');
};

/** Any case, digit script, spaces and hyphens; O is 0, I and L are 1. Undefined: not a code. */
export const parseRecoveryCode = (typed: string): string | undefined => {
  const code = toLatinDigits(typed)
    .toUpperCase()
    .replace(/[\s\-‐–—_.]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  const isCode =
    (code.length === LENGTH || code.length === EARLIER_LENGTH) &&
    [...code].every((letter) => ALPHABET.includes(letter));
  return isCode ? code : undefined;
};

/** In groups of four, as it is shown: `7K3M-9QRT-2XAB-0F4G-8HJN-5WYZ`. */
export const formatRecoveryCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1-');
