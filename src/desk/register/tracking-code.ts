import { toLatinDigits } from '../../platform/base/digits.ts';

/**
 * Crockford's base 32: 11 random characters (55 bits) and a check character. It locates a letter
 * and is no credential: only the sender's own letters are searched with it.
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

export const makeTrackingCode = (random: Uint8Array): string => {
  if (random.length < PAYLOAD_LENGTH) throw new RangeError('11 random bytes are needed');
  let payload = '';
  for (const byte of random.subarray(0, PAYLOAD_LENGTH)) payload += ALPHABET.charAt(byte & 31);
  return payload + checkCharacter(payload);
};

/** Accepts any case, digit script, spaces and hyphens; O is 0, I and L are 1. */
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

export const formatTrackingCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1-');
