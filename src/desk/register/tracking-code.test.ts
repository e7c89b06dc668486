import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  formatTrackingCode,
  makeTrackingCode,
  parseTrackingCode,
  TRACKING_CODE_LENGTH,
} from './tracking-code.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const code = makeTrackingCode(Uint8Array.from([1, 0, 17, 31, 255, 64, 9, 20, 22, 5, 128]));

test('a new code has twelve characters and is read back', () => {
  for (let round = 0; round < 200; round += 1) {
    const made = makeTrackingCode(randomBytes(11));
    expect(made).toMatch(/^[0-9A-HJKMNP-TV-Z]{12}$/);
    expect(parseTrackingCode(made)).toBe(made);
  }
});

test('eleven random bytes are needed', () => {
  expect(() => makeTrackingCode(randomBytes(10))).toThrow(RangeError);
});

test('case, hyphens, spaces, digit script and look-alikes make no difference', () => {
  expect(code).toContain('0');
  expect(code).toContain('1');
  const typed = [
    code.toLowerCase(),
    formatTrackingCode(code),
    ` ${code.slice(0, 5)} ${code.slice(5)}\u200f `,
    code.replace(/\d/g, (digit) => String.fromCodePoint(0x06f0 + Number(digit))),
    code.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))),
    code.replaceAll('0', 'O').replaceAll('1', 'l'),
    code.replaceAll('0', 'o').replaceAll('1', 'I'),
  ];
  expect(typed.map(parseTrackingCode)).toEqual(typed.map(() => code));
});

test('any one wrong character is noticed', () => {
  for (let at = 0; at < TRACKING_CODE_LENGTH; at += 1)
    for (const wrong of ALPHABET)
      if (wrong !== code[at])
        expect(parseTrackingCode(code.slice(0, at) + wrong + code.slice(at + 1))).toBeUndefined();
});

test('any swap of two different neighbours is noticed', () => {
  for (let round = 0; round < 500; round += 1) {
    const made = makeTrackingCode(randomBytes(11));
    for (let at = 0; at + 1 < TRACKING_CODE_LENGTH; at += 1) {
      const swapped = made.slice(0, at) + made[at + 1] + made[at] + made.slice(at + 2);
      if (swapped !== made) expect(parseTrackingCode(swapped)).toBeUndefined();
    }
  }
});

test.each(['', 'ABC', code.slice(1), `${code}0`, 'UUUUUUUUUUUU', 'نامه', '1405/123'])(
  '%j is no tracking code',
  (typed) => {
    expect(parseTrackingCode(typed)).toBeUndefined();
  },
);

test('a code is shown in groups of four', () => {
  expect(formatTrackingCode('7K3M9QRT2XAB')).toBe('7K3M-9QRT-2XAB');
});
