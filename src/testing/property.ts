/**
 * Properties: what holds for any input, tried with inputs made by fast-check. `PROPERTY_RUNS` is
 * the number of cases of a cheap property (200 unless set); `PROPERTY_SEED` runs a failure again.
 */
import * as fc from 'fast-check';
import { afterAll, expect } from 'vitest';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 200);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() & 0x7fffffff);

export interface Properties {
  /**
   * Fails with the seed, the path and the smallest case found.
   * @param share of `PROPERTY_RUNS`, for a property that costs more than others
   * @param examples tried first: what chance alone may miss
   */
  holds: <Case>(
    property: fc.IAsyncProperty<Case> | fc.IProperty<Case>,
    share?: number,
    examples?: Case[],
  ) => Promise<void>;
}

/** Prints one line of figures when the file is done. */
export const createProperties = (file: string): Properties => {
  const begun = performance.now();
  let [properties, cases] = [0, 0];
  afterAll(() => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(
      `properties of ${file}: ${properties} held in ${cases} cases, ${seconds} s, seed ${SEED}`,
    );
  });
  return {
    async holds(property, share = 1, examples = []) {
      const numRuns = examples.length + Math.max(1, Math.round(RUNS * share));
      const details = await fc.check(property, { numRuns, seed: SEED, examples });
      expect(details.failed ? await fc.asyncDefaultReportMessage(details) : '').toBe('');
      properties += 1;
      cases += details.numRuns;
    },
  };
};

const SPECIAL = [
  ...'ي ی ك ک ة ه أ إ آ ا ۀ ۱ ١ 1 a Z < > & " \' % = + - \\ / .'.split(' '),
  ...Array.from('\0\u0007\t\n\r\u000b\u007f\u0085\u00a0\u2028\u2029'),
  ...Array.from(
    '\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff',
  ),
  ...Array.from('\u0301\u0308\u064b\u0651\u0670\u0640\u0344\u0958\u1e9b\u0323\ufb2c\uac00'),
  '\ud800',
  '\udfff',
  '😀',
  '👨‍👩‍👧',
  ' ',
];

/** Strings of code units, most of them of the kinds that normalisers stumble over. */
export const hostileText = (maxLength = 60): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...SPECIAL) },
        {
          weight: 2,
          arbitrary: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)),
        },
        { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
      ),
      { maxLength },
    )
    .map((parts) => parts.join(''));

/** One change of some bytes: what a broken disk, a cut line or a liar does to a file. */
export type Mutation =
  | { kind: 'set'; at: number; byte: number }
  | { kind: 'number'; at: number; value: number }
  /** Bytes from the end, where a zip has its directory; or from the begin. */
  | { kind: 'field'; from: 'begin' | 'end'; offset: number; value: number }
  | { kind: 'cut'; at: number }
  | { kind: 'repeat'; at: number; length: number }
  | { kind: 'drop'; at: number; length: number }
  | { kind: 'add'; at: number; bytes: Uint8Array };

/** Where formats keep their numbers: near the begin, near the end, or anywhere, as parts of 1. */
const place = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 0.05, noNaN: true }),
  fc.double({ min: 0.95, max: 1, noNaN: true }),
);
const NUMBERS = [0, 1, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xfffffffa, 0xfffffffe, 0xffffffff];

export const mutations = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('set' as const),
      at: place,
      byte: fc.integer({ max: 255, min: 0 }),
    }),
    fc.record({
      kind: fc.constant('number' as const),
      at: place,
      value: fc.oneof(fc.constantFrom(...NUMBERS), fc.integer({ min: 0, max: 0xffffffff })),
    }),
    fc.record({
      kind: fc.constant('field' as const),
      from: fc.constantFrom('begin' as const, 'end' as const),
      offset: fc.nat(120),
      value: fc.oneof(
        fc.constantFrom(...NUMBERS),
        // Two fields of two bytes that say the same.
        fc.nat(20).map((count) => count * 0x10001),
        fc.nat(4096),
      ),
    }),
    fc.record({ kind: fc.constant('cut' as const), at: place }),
    fc.record({
      kind: fc.constant('repeat' as const),
      at: place,
      length: fc.integer({ min: 1, max: 2000 }),
    }),
    fc.record({
      kind: fc.constant('drop' as const),
      at: place,
      length: fc.integer({ min: 1, max: 2000 }),
    }),
    fc.record({
      kind: fc.constant('add' as const),
      at: place,
      bytes: fc.uint8Array({ maxLength: 64 }),
    }),
  ),
  { minLength: 1, maxLength: 6 },
);

/** A changed copy. */
export const mutate = (good: Buffer, changes: Mutation[]): Buffer => {
  let bytes = Buffer.from(good);
  for (const change of changes) {
    if (bytes.length === 0) return bytes;
    const at =
      change.kind !== 'field'
        ? Math.min(Math.floor(change.at * bytes.length), bytes.length - 1)
        : change.from === 'begin'
          ? change.offset
          : Math.max(0, bytes.length - change.offset);
    switch (change.kind) {
      case 'set':
        bytes[at] = change.byte;
        break;
      case 'number':
      case 'field':
        if (at + 4 <= bytes.length) bytes.writeUInt32LE(change.value, at);
        break;
      case 'cut':
        bytes = bytes.subarray(0, at);
        break;
      case 'repeat':
        bytes = Buffer.concat([bytes.subarray(0, at + change.length), bytes.subarray(at)]);
        break;
      case 'drop':
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
        break;
      case 'add':
        bytes = Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]);
        break;
      default:
        change satisfies never;
    }
  }
  return bytes;
};
