import { toLatinDigits } from '../../platform/base/digits.ts';

/**
 * 24 characters of Crockford's base 32: 120 random bits, so that a plain keyed hash keeps it (ASVS
 * 5.0, 6.5.2).
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 24;
/** Earlier codes of 80 bits stay valid. */
const EARLIER_LENGTH = 16;
export const RECOVERY_CODES = 10;

export const makeRecoveryCode = (random: Uint8Array): string => {
  if (random.length < LENGTH) throw new RangeError('24 random bytes are needed');
  return [...random.subarray(0, LENGTH)].map((byte) => ALPHABET.charAt(byte & 31)).join('');
};

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

export const formatRecoveryCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1-');
