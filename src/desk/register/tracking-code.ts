import { toLatinDigits } from '../../platform/base/digits.ts';

/**
 * Tracking code: 11 characters of Crockford's base 32 (55 random bits) and one check character.
 * It locates a letter, it is no credential: only the sender's own letters are searched with it.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PAYLOAD_LENGTH = 11;
export const TRACKING_CODE_LENGTH = PAYLOAD_LENGTH + 1;

// Horner evaluation over GF(32), x^5 + x^2 + 1: any one wrong character and any swap of
// neighbours changes the result.
const timesAlpha = (value: number): number => {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
};

const checkCharacter = (payload: string): string => {
  let sum = 0;
  for (const character of payload) sum = timesAlpha(sum ^ ALPHABET.indexOf(character));
  return ALPHABET.charAt(sum);
};

/** `random`: at least 11 random bytes. */
export const makeTrackingCode = (random: Uint8Array): string => {
  if (random.length < PAYLOAD_LENGTH) throw new RangeError('11 random bytes are needed');
  let payload = '';
  for (const byte of random.subarray(0, PAYLOAD_LENGTH)) payload += ALPHABET.charAt(byte & 31);
  return payload + checkCharacter(payload);
};

/** Any case, digit script, spaces and hyphens; O is 0, I and L are 1. Undefined: not a code. */
export const parseTrackingCode = (typed: string): string | undefined => {
  const code = toLatinDigits(typed)
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  if (code.length !== TRACKING_CODE_LENGTH) return undefined;
  for (const character of code) if (!ALPHABET.includes(character)) return undefined;
  return checkCharacter(code.slice(0, PAYLOAD_LENGTH)) === code.slice(PAYLOAD_LENGTH)
    ? code
    : undefined;
};

/** In groups of four, as it is shown and sent: `7K3M-9QRT-2XAB`. */
export const formatTrackingCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1-');
