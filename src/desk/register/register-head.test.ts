import { expect, test } from 'vitest';
import { formatHead, parseHead } from './register-head.ts';

const head = {
  at: '2026-08-22T20:30:04.123Z',
  register: 'main',
  year: 1405,
  serial: 217,
  hash: '9f'.repeat(32),
};

test('a published head is one line and is read back from it', () => {
  expect(formatHead(head)).toBe(`2026-08-22T20:30:04.123Z main 1405 217 ${'9f'.repeat(32)}`);
  expect(parseHead(formatHead(head))).toEqual(head);
});

test.each([
  ['cut', formatHead(head).slice(0, -1)],
  ['with an upper-case hash', formatHead(head).replace('9f', '9F')],
  ['with more behind it', `${formatHead(head)} x`],
  ['empty', ''],
])('a line that is %s is no head', (_how, line) => {
  expect(parseHead(line)).toBeUndefined();
});
