import { parsePhoneNumberFromString } from 'libphonenumber-js/mobile';
import { toLatinDigits } from './digits.ts';

const COUNTRY = 'IR';
const INVISIBLE = /[\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
// What people put between digits; a letter or an extension makes it no number of ours.
const DIGITS_AND_SEPARATORS = /^[\d\s+\-.()/‐-―−]+$/;

/**
 * E.164 (`+98` and ten digits) of an Iranian mobile in any usual spelling and digit script.
 * Undefined for anything else, landlines too. Never derive the operator from it: numbers are
 * portable.
 */
export const parseMobile = (typed: string): string | undefined => {
  const plain = toLatinDigits(typed.normalize('NFKC')).replace(INVISIBLE, '').trim();
  if (!DIGITS_AND_SEPARATORS.test(plain)) return undefined;
  const number = parsePhoneNumberFromString(plain, { defaultCountry: COUNTRY, extract: false });
  return number?.country === COUNTRY && number.getType() === 'MOBILE' ? number.number : undefined;
};

/** For pages and logs: `+98912•••6789`. */
export const maskMobile = (e164: string): string =>
  e164 === '' ? '' : `${e164.slice(0, 6)}•••${e164.slice(-4)}`;

/**
 * Groups that SMS pumping rents: the operator (`+98912`), and 10,000 neighbours (all but the last
 * four digits).
 */
export const mobileGroups = (e164: string): { operator: string; prefix: string } => ({
  operator: e164.slice(0, 6),
  prefix: e164.slice(0, -4),
});

export const formatMobileLocal = (e164: string): string => e164.replace(/^\+98/, '0');
