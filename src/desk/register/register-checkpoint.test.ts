import { expect, test } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from './register-checkpoint.ts';

const checkpoint = {
  at: '2026-08-22T20:30:04.123Z',
  register: 'main',
  year: 1405,
  serial: 217,
  hash: '9f'.repeat(32),
};

test('a published checkpoint is one line and is read back from it', () => {
  expect(formatCheckpoint(checkpoint)).toBe(
    `2026-08-22T20:30:04.123Z main 1405 217 ${'9f'.repeat(32)}`,
  );
  expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
});

test.each([
  ['cut', formatCheckpoint(checkpoint).slice(0, -1)],
  ['with an upper-case hash', formatCheckpoint(checkpoint).replace('9f', '9F')],
  ['with more behind it', `${formatCheckpoint(checkpoint)} x`],
  ['empty', ''],
])('a line that is %s is no checkpoint', (_how, line) => {
  expect(parseCheckpoint(line)).toBeUndefined();
});
