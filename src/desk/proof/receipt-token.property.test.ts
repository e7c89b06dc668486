import { createPublicKey, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { createProperties, hostileText } from '../../testing/property.ts';
import {
  isSignedBy,
  makeReceiptToken,
  pemOf,
  readReceiptToken,
  signingKeyOf,
} from './receipt-token.ts';

const { holds } = createProperties('receipt-token');
const KEY = signingKeyOf(Buffer.alloc(32, 7));
const OTHER = signingKeyOf(Buffer.alloc(32, 8));

const statement = fc.record({
  kind: fc.constantFrom('submitted' as const, 'registered' as const),
  letterId: fc.uuid(),
  round: fc.integer({ min: 1, max: 65_535 }),
  at: fc.date({ min: new Date(0), max: new Date('2500-01-01'), noInvalidDate: true }),
  files: fc.array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 2 ** 40 }),
      sha256: fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((b) => Buffer.from(b).toString('hex')),
    }),
    { minLength: 1, maxLength: 10 },
  ),
});

/** Undefined: it is no genuine receipt. */
const judge = (token: string, publicKey = KEY.publicKey) => {
  const read = readReceiptToken(token);
  return read && isSignedBy(read, publicKey) ? read.statement : undefined;
};

test('a receipt says again what was signed, the same each time, of one file in 182 characters', async () => {
  await holds(
    fc.property(statement, (said) => {
      const token = makeReceiptToken(KEY, said);
      return (
        JSON.stringify(judge(token)) === JSON.stringify(said) &&
        token === makeReceiptToken(KEY, said) &&
        (said.files.length > 1 || token.length === 182)
      );
    }),
  );
});

test('with any bit changed it is not genuine', async () => {
  await holds(
    fc.property(statement, fc.nat(), (said, any) => {
      const bytes = Buffer.from(makeReceiptToken(KEY, said), 'base64url');
      const bit = any % (bytes.length * 8);
      const at = bit >> 3;
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit & 7)), at);
      return judge(bytes.toString('base64url')) === undefined;
    }),
  );
});

test('no second spelling of a receipt is taken, nor anything else', async () => {
  const spellings = [
    (token: string) => `${token}=`,
    (token: string) => `${token}==`,
    (token: string) => `${token} `,
    (token: string) => `${token}AA`,
    (token: string) => token.slice(0, -1),
    (token: string) => Buffer.from(token, 'base64url').toString('base64'),
    (token: string) => `${token.slice(0, 90)}.${token.slice(90)}`,
    // The last character holds four bits that nothing is read from.
    (token: string) =>
      `${token.slice(0, -1)}${({ A: 'B', Q: 'R', g: 'h', w: 'x' } as Record<string, string>)[token.at(-1) ?? ''] ?? '!'}`,
  ];
  await holds(
    fc.property(statement, fc.constantFrom(...spellings), (said, spell) => {
      const token = makeReceiptToken(KEY, said);
      return spell(token) === token || judge(spell(token)) === undefined;
    }),
  );
  await holds(fc.property(hostileText(300), (text) => judge(text) === undefined));
});

test('of another key it is not genuine, even under its name', async () => {
  await holds(
    fc.property(statement, (said) => {
      const token = makeReceiptToken(OTHER, said);
      const renamed = Buffer.from(token, 'base64url');
      KEY.id.copy(renamed, 2);
      return (
        judge(token) === undefined &&
        judge(renamed.toString('base64url')) === undefined &&
        judge(token, OTHER.publicKey) !== undefined
      );
    }),
    0.3,
  );
});

test('whoever has the public key checks it without the desk: files, and 64 bytes of signature', async () => {
  const key = createPublicKey(pemOf(KEY.publicKey));
  await holds(
    fc.property(statement, (said) => {
      const bytes = Buffer.from(makeReceiptToken(KEY, said), 'base64url');
      return (
        verify(null, bytes.subarray(0, -64), key, bytes.subarray(-64)) &&
        said.files.every(
          ({ sha256 }, n) => bytes.toString('hex', 40 + n * 38, 72 + n * 38) === sha256,
        )
      );
    }),
    0.3,
  );
});
