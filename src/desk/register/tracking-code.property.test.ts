import * as fc from 'fast-check';
import { test } from 'vitest';
import { createProperties, hostileText } from '../../testing/property.ts';
import { toPersianDigits } from '../../platform/base/digits.ts';
import { formatTrackingCode, makeTrackingCode, parseTrackingCode } from './tracking-code.ts';

const { holds } = createProperties('tracking-code');
const code = fc.uint8Array({ minLength: 11, maxLength: 16 }).map(makeTrackingCode);
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.split('');

test('a code is found again however it is typed', async () => {
  const ways = [
    (text: string) => text,
    formatTrackingCode,
    (text: string) => text.toLowerCase(),
    (text: string) => toPersianDigits(text),
    (text: string) => text.replaceAll('0', 'O').replaceAll('1', 'l'),
    (text: string) => text.replaceAll('0', 'o').replaceAll('1', 'I'),
    (text: string) => ` ${[...text].join(' ')}\u200f`,
  ];
  await holds(
    fc.property(
      code,
      fc.constantFrom(...ways),
      (made, way) => parseTrackingCode(way(made)) === made,
    ),
  );
});

test('one wrong character and two that changed places are never another code', async () => {
  await holds(
    fc.property(code, fc.nat(11), fc.constantFrom(...ALPHABET), (made, at, wrong) => {
      if (made[at] === wrong) return true;
      return parseTrackingCode(made.slice(0, at) + wrong + made.slice(at + 1)) === undefined;
    }),
    3,
  );
  await holds(
    fc.property(code, fc.nat(10), (made, at) => {
      const [one = '', other = ''] = made.slice(at, at + 2);
      if (one === other) return true;
      const swapped = made.slice(0, at) + other + one + made.slice(at + 2);
      return parseTrackingCode(swapped) === undefined;
    }),
    3,
  );
});

test('whatever is typed, the answer is a code that reads back as itself, or none', async () => {
  await holds(
    fc.property(hostileText(), (typed) => {
      const parsed = parseTrackingCode(typed);
      return (
        parsed === undefined ||
        (/^[0-9A-HJKMNP-TV-Z]{12}$/.test(parsed) && parseTrackingCode(parsed) === parsed)
      );
    }),
  );
});
