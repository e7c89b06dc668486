import { readFileSync } from 'node:fs';
import { commonWords, WALKS } from './common-passwords.ts';
import { foldText } from '../../platform/base/text.ts';

/**
 * The 5,000 most used passwords of at least 12 characters, in lower case, from
 * `10-million-password-list-top-1000000` of OWASP SecLists (MIT, © Daniel Miessler), made of the
 * ten million that Mark Burnett gave to the public domain in 2015.
 */
const LISTED_PASSWORDS = new Set(
  readFileSync(new URL('./listed-passwords.txt', import.meta.url), 'utf8').split('\n'),
);

export const MIN_PASSWORD = 12;
/** A password of fewer common pieces is among those that are tried first. */
const FEWEST_PIECES = 5;
const SHORTEST_WALK = 3;
/** Anything longer is no common password, and would take long to judge. */
const LONGEST_JUDGED = 64;
const SHORTEST_PERSONAL = 4;

export type PasswordProblem = 'too_short' | 'common' | 'personal';

const SIGNS: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '3': 'e',
  '6': 'g',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};

const fold = (text: string): string => foldText(text.normalize('NFKC')).replace(/\s/g, '');
const unsign = (text: string): string =>
  [...text].map((character) => SIGNS[character] ?? character).join('');

const reversed = (text: string): string => [...text].reverse().join('');

const piecesAt = (
  text: string,
  plain: string,
  at: number,
  known: { words: Set<string>; longest: number; walks: string[] },
): number[] => {
  const lengths: number[] = [];
  const rest = text.slice(at);
  for (let length = 2; length <= Math.min(known.longest, rest.length); length += 1)
    if (
      known.words.has(text.slice(at, at + length)) ||
      known.words.has(plain.slice(at, at + length))
    )
      lengths.push(length);
  for (const walk of known.walks) {
    const start = rest.slice(0, SHORTEST_WALK);
    for (let from = walk.indexOf(start); from >= 0; from = walk.indexOf(start, from + 1)) {
      let length = SHORTEST_WALK;
      while (length < rest.length && walk[from + length] === rest[length]) length += 1;
      lengths.push(length);
    }
  }
  // A year, and the same piece over and over: aaaa, abcabcabc.
  if (/^(19|20|13|14)\d\d/.test(rest)) lengths.push(4);
  for (let size = 1; size <= rest.length / 2; size += 1) {
    const piece = rest.slice(0, size);
    let length = size;
    while (rest.startsWith(piece, length)) length += size;
    if (length > size) lengths.push(length);
  }
  return lengths;
};

const countPieces = (text: string): number => {
  const words = commonWords();
  const known = {
    words,
    longest: Math.max(...[...words].map(({ length }) => length)),
    walks: [...WALKS, ...WALKS.map(reversed)],
  };
  const plain = unsign(text);
  const fewest: number[] = [0];
  for (let at = 0; at < text.length; at += 1) {
    const soFar = fewest[at] ?? Infinity;
    for (const length of [1, ...piecesAt(text, plain, at, known)])
      fewest[at + length] = Math.min(fewest[at + length] ?? Infinity, soFar + 1);
  }
  return fewest[text.length] ?? Infinity;
};

const isListed = (text: string): boolean => LISTED_PASSWORDS.has(text);

/**
 * In a published list of the most used ones, or put together from few common pieces (ASVS 5.0,
 * 6.2.4).
 */
export const isCommonPassword = (password: string): boolean => {
  const text = fold(password);
  if (text.length > LONGEST_JUDGED) return false;
  return isListed(text) || countPieces(text) < FEWEST_PIECES;
};

/**
 * Length counts characters as people see them. NIST SP 800-63B-4, 3.1.1.2: no composition rules,
 * but a list of what is tried first.
 * @param personal user name, names of the member and of the organisation
 */
export const passwordProblem = (
  password: string,
  personal: readonly string[],
): PasswordProblem | undefined => {
  if ([...password].length < MIN_PASSWORD) return 'too_short';
  const text = fold(password);
  const names = personal
    .flatMap((name) => [name, ...name.split(/[\s\u200c._-]+/)])
    .map(fold)
    .filter(({ length }) => length >= SHORTEST_PERSONAL);
  if (names.some((name) => text.includes(name) || unsign(text).includes(name))) return 'personal';
  return isCommonPassword(password) ? 'common' : undefined;
};
