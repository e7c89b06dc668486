import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { decrypt, encrypt } from './encryption.ts';

const key = randomBytes(32);
const content = Buffer.from('نامه');
const REFUSED = /unable to authenticate data|Invalid (authentication tag|initialization vector)/;
const encrypted = encrypt(key, content, 'here');

test('what was encrypted is read again, by its key and in its place only', () => {
  expect(decrypt(key, encrypted, 'here')).toEqual(content);
  expect(encrypt(key, content, 'here')).not.toEqual(encrypted);
  expect(() => decrypt(key, encrypted, 'elsewhere')).toThrow(REFUSED);
  expect(() => decrypt(randomBytes(32), encrypted, 'here')).toThrow(REFUSED);
});

test('no byte of it may change, and none may be missing', () => {
  for (let at = 0; at < encrypted.length; at += 1) {
    const changed = Buffer.from(encrypted);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => decrypt(key, changed, 'here')).toThrow(REFUSED);
    expect(() => decrypt(key, encrypted.subarray(0, at), 'here')).toThrow(REFUSED);
  }
});
