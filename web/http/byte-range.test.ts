import { expect, test } from 'vitest';
import { readByteRange } from './byte-range.ts';

test.each([
  ['bytes=0-1', { from: 0, to: 1 }],
  ['bytes=0-', { from: 0, to: 99 }],
  ['bytes=40-', { from: 40, to: 99 }],
  ['bytes=90-500', { from: 90, to: 99 }],
  ['bytes=-10', { from: 90, to: 99 }],
  ['bytes=-500', { from: 0, to: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  [undefined, 'none'],
  ['', 'none'],
  ['bytes=-', 'none'],
  ['bytes=5-2', 'none'],
  ['bytes=0-1,5-6', 'none'],
  ['letters=0-1', 'none'],
  ['bytes=-1-5', 'none'],
])('of 100 bytes %j is %j', (header, range) => {
  expect(readByteRange(header, 100)).toEqual(range);
});
