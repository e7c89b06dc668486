import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { deriveKeys } from '../sealing/secrets.ts';
import type { Handle } from './database.ts';
import {
  createRecordSeals,
  ERASED_TEXT,
  letterSeal,
  newLetterKey,
  subkeyOf,
} from './record-seals.sql.ts';

const keysOf = (master: string) => deriveKeys(master.padEnd(32, '.')).record;
const seals = createRecordSeals({ keys: [keysOf('one')] });
const db = { seals } as Handle;
const LETTER = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';

test('a text is sealed differently each time, opens where it was sealed, and nowhere else', () => {
  const first = seals.seal('سارا احمدی', 'one place');
  expect(first).toMatch(/^s1:[\w-]+$/);
  expect(seals.seal('سارا احمدی', 'one place')).not.toBe(first);
  expect(seals.open(first, 'one place')).toBe('سارا احمدی');
  expect(() => seals.open(first, 'another place')).toThrow(/authenticate/);
});

test('one flipped bit anywhere is found', () => {
  const sealed = Buffer.from(seals.seal('متن', 'place').slice(3), 'base64url');
  for (let at = 0; at < sealed.length; at += 1) {
    const flipped = Buffer.from(sealed);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    expect(() => seals.open(`s1:${flipped.toString('base64url')}`, 'place')).toThrow(Error);
  }
});

test('a text without a seal is damaged, whoever typed it', () => {
  const { seal } = newLetterKey(db, LETTER);
  for (const typed of ['موضوع', '', 's1:boom']) {
    expect(() => seals.open(typed, 'place')).toThrow('is not sealed');
    expect(() => seal.open(typed, 'letters.subject')).toThrow('is not sealed');
    expect(seals.isStale(typed)).toBe(true);
  }
});

test('each letter has a key of its own, which opens nothing of another', () => {
  const { sealedKey, seal } = newLetterKey(db, LETTER);
  const stored = seal.seal('درخواست', 'letters.subject');
  const reader = letterSeal(db, { letterId: LETTER, sealedKey });
  expect(reader.open(stored, 'letters.subject')).toBe('درخواست');
  expect(() => reader.open(stored, 'letters.sender_name')).toThrow(/authenticate/);
  const other = newLetterKey(db, OTHER);
  expect(() => other.seal.open(stored, 'letters.subject')).toThrow(/authenticate/);
  expect(() => seals.unwrapLetterKey(sealedKey, OTHER)).toThrow(/authenticate/);
});

test('without its key a text reads as erased, and nothing can be written with it', () => {
  const { seal } = newLetterKey(db, LETTER);
  const stored = seal.seal('درخواست', 'letters.subject');
  const erased = letterSeal(db, { letterId: LETTER, sealedKey: null });
  expect(erased.open(stored, 'letters.subject')).toBe('');
  expect(erased.open(ERASED_TEXT, 'letters.subject')).toBe('');
  expect(erased.seal('تازه', 'letters.subject')).toBe(ERASED_TEXT);
});

test('after the master secret was replaced the old one still opens, and the new one seals', () => {
  const both = createRecordSeals({ keys: [keysOf('two'), keysOf('one')] });
  const two = createRecordSeals({ keys: [keysOf('two')] });
  const { sealedKey } = newLetterKey(db, LETTER);
  const key = both.unwrapLetterKey(sealedKey, LETTER);
  expect(both.isWrappedBefore(sealedKey)).toBe(true);
  const anew = both.wrapLetterKey(key, LETTER);
  expect(both.isWrappedBefore(anew)).toBe(false);
  expect(two.unwrapLetterKey(anew, LETTER)).toEqual(key);
  expect(() => two.unwrapLetterKey(sealedKey, LETTER)).toThrow('another master secret');
  expect(both.open(seals.seal('متن', 'place'), 'place')).toBe('متن');
  expect(both.mobileHashes('+989123456789')).toEqual([
    ...two.mobileHashes('+989123456789'),
    ...seals.mobileHashes('+989123456789'),
  ]);
});

test('the key of the audit trail is not the letter’s, and does not lead back to it', () => {
  const key = randomBytes(32);
  expect(subkeyOf(key, 'audit')).toHaveLength(32);
  expect(subkeyOf(key, 'audit')).not.toEqual(key);
});
