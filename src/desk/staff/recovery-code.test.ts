import { expect, test } from 'vitest';
import { formatRecoveryCode, makeRecoveryCode, parseRecoveryCode } from './recovery-code.ts';

test('a recovery code is read as it was shown, and as people type it', () => {
  const code = makeRecoveryCode(Uint8Array.from({ length: 24 }, (_, i) => i * 37));
  const shown = formatRecoveryCode(code);
  expect(shown).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(parseRecoveryCode(shown)).toBe(code);
  expect(parseRecoveryCode(` ${shown.toLowerCase().replaceAll('-', '  ')} `)).toBe(code);
  expect(parseRecoveryCode('oil0-0000-0000-0000-0000-۱۲۳۴')).toBe('011000000000000000001234');
});

test('a code of sixteen characters, as they were made before, is read too', () => {
  expect(parseRecoveryCode('7K3M-9QRT-2XAB-0F4G')).toBe('7K3M9QRT2XAB0F4G');
});

test('what is too short, too long or not of the alphabet is no recovery code', () => {
  for (const typed of [
    '',
    '123456',
    '0000-0000-0000-000',
    '0000-0000-0000-00000',
    '0000-0000-0000-0000-0000-000',
    '0000-0000-0000-0000-0000-00000',
    'UUUU-0000-0000-0000',
  ])
    expect(parseRecoveryCode(typed)).toBeUndefined();
});

test('each of the 32 characters is as likely as the others', () => {
  const seen = new Set(
    Array.from({ length: 256 }, (_, byte) => makeRecoveryCode(new Uint8Array(24).fill(byte))[0]),
  );
  expect(seen.size).toBe(32);
  expect(() => makeRecoveryCode(new Uint8Array(23))).toThrow(RangeError);
});
