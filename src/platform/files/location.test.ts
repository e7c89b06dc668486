import { expect, test } from 'vitest';
import { hasLocation } from './location.ts';

const LONG = 4;
const RATIONAL = 5;

/** A BigTIFF of one directory with one entry, which leads to another such directory. */
const bigTiff = (order: 'II' | 'MM', tag: number): Buffer => {
  const bytes = Buffer.alloc(88);
  const put = (value: number, length: number, at: number): void => {
    const number = Buffer.alloc(length);
    number.writeUIntBE(value, Math.max(0, length - 6), Math.min(6, length));
    (order === 'II' ? number.reverse() : number).copy(bytes, at);
  };
  bytes.write(order, 'latin1');
  put(43, 2, 2);
  put(8, 2, 4);
  put(16, 8, 8);
  for (const [at, entry] of [
    [16, { tag, type: LONG, value: 52 }],
    [52, { tag: 2, type: RATIONAL, value: 0 }],
  ] as const) {
    put(1, 8, at);
    put(entry.tag, 2, at + 8);
    put(entry.type, 2, at + 10);
    put(1, 8, at + 12);
    put(entry.value, 4, at + 20);
  }
  return bytes;
};

test.each(['II', 'MM'] as const)('a BigTIFF (%s) tells where it was taken', async (order) => {
  expect(await hasLocation(bigTiff(order, 0x8825))).toBe(true);
  expect(await hasLocation(bigTiff(order, 0x8769))).toBe(false);
});
