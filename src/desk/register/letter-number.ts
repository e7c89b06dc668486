import { toLatinDigits } from '../../platform/base/digits.ts';

/**
 * Templates: `{year}` (four digits), `{yy}` (two), `{serial}`, `{serial:5}` (padded with zeros);
 * `{year}/{serial}` gives `1405/123`.
 */
export const formatLetterNumber = (
  template: string,
  { year, serial }: { year: number; serial: number },
): string =>
  template
    .replaceAll('{year}', String(year))
    .replaceAll('{yy}', String(year % 100).padStart(2, '0'))
    .replace(/\{serial(?::(\d{1,2}))?\}/g, (_all, width?: string) =>
      String(serial).padStart(Number(width ?? 0), '0'),
    );

const MAX_TEMPLATE_LENGTH = 40;
const PLACES = /\{(year|yy|serial(?::\d{1,2})?)\}/g;

const skeletonOf = (template: string): string =>
  template.replaceAll('14{yy}', '{year}').replaceAll(PLACES, '#');

const withoutWidth = (template: string): string => template.replace(/\{serial:\d+\}/, '{serial}');

/**
 * `{yy}/{serial}` and `{serial}/{yy}` both give `06/05`: templates are told apart by what stands between
 * their places. Another width of the serial is safe within one register, whose years differ.
 */
export const mayCollide = (
  one: { id: string; template: string },
  other: { id: string; template: string },
): boolean =>
  skeletonOf(one.template) === skeletonOf(other.template) &&
  (one.id !== other.id || withoutWidth(one.template) !== withoutWidth(other.template));

/**
 * The serial stands in it once, and the year too: serials restart every year, and no two letters
 * share a number.
 */
export const templateProblem = (template: string): string | undefined => {
  const places = [...template.matchAll(PLACES)].map(([, place = '']) => place);
  const rest = template.replace(PLACES, '');
  if (template.length > MAX_TEMPLATE_LENGTH)
    return `a template has at most ${MAX_TEMPLATE_LENGTH} characters`;
  if (/[{}]/.test(rest)) return 'a template knows {year}, {yy}, {serial} and {serial:5}';
  if (/[\s\p{C}]/u.test(rest)) return 'a template has no spaces and no invisible characters';
  if (/\p{Nd}$/u.test(template.split('{serial')[0] ?? ''))
    return 'a digit may not stand right before the serial';
  if (places.filter((place) => place.startsWith('serial')).length !== 1)
    return 'a template needs {serial} once';
  if (places.every((place) => place.startsWith('serial')))
    return 'a template needs {year} or {yy}: serials start at 1 again every year';
  return undefined;
};

const UNSEEN = /[\p{Cf}\s]/gu;
const SLASHES = /[\\\u2044\u2215\u29f8]/g;

/**
 * Likeliest first: digits of any script, bidi marks and spaces ignored, and also with its parts
 * reversed, as they are seen from the other side.
 */
export const readLetterNumber = (typed: string): string[] => {
  const number = toLatinDigits(typed.normalize('NFKC')).replace(UNSEEN, '').replace(SLASHES, '/');
  if (!/\d/.test(number) || number.length > MAX_TEMPLATE_LENGTH) return [];
  return [...new Set([number, number.split('/').reverse().join('/')])];
};
