import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { isCommonPassword, MIN_PASSWORD, passwordProblem } from './password.ts';

const NOBODY: string[] = [];

test('a password has at least 12 characters, of any script', () => {
  expect(passwordProblem('k7#vQ9z!mT2', NOBODY)).toBe('too_short');
  expect(passwordProblem('k7#vQ9z!mT2x', NOBODY)).toBeUndefined();
  expect(passwordProblem('باران نرم ص', NOBODY)).toBe('too_short');
  // Eleven characters that are two code units each.
  expect(passwordProblem('🦩'.repeat(11), NOBODY)).toBe('too_short');
});

const COMMON = [
  'password1234',
  'Password123!',
  'P@ssw0rd2026',
  'passwordpassword',
  '123456789012',
  '1234567890123456',
  '098765432109',
  'qwertyuiop123',
  'QwertyUiop12!',
  '1q2w3e4r5t6y',
  'qazwsxedcrfv',
  '1qaz2wsx3edc',
  'aaaaaaaaaaaa',
  'abcabcabcabc',
  'iloveyou1234',
  'iloveyouforever',
  'letmein-2024',
  'Admin@123456',
  'administrator1',
  'welcome2026!!',
  'unbelievable',
  'christopher1',
  'Tehran1405!!',
  'perspolis1234',
  'alireza13651365',
  'khodaya123456',
  'رمز عبور ۱۲۳۴۵۶',
  'سلام سلام سلام',
  'ضصثقفغعهخحجچ',
  '!@#$%^&*()_+',
  'changeme1234',
  'manchesterunited',
];

test.each(COMMON)('%s is one of those that are tried first', (password) => {
  expect(passwordProblem(password, NOBODY)).toBe('common');
});

test('every password of a published list of the most used ones is refused, however it is written', () => {
  const listed = readFileSync(new URL('./listed-passwords.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  expect(listed.length).toBeGreaterThanOrEqual(3_000);
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.filter((password) => password.length < MIN_PASSWORD)).toEqual([]);
  expect(listed.filter((password) => !isCommonPassword(password))).toEqual([]);
  // Of no common piece, and leaked so often that it is tried.
  for (const password of ['Mailcreated5240', 'ghbdtnrfrltkf', 'SUPERNATURAL', 'super natural'])
    expect(passwordProblem(password, NOBODY)).toBe('common');
});

const GOOD = [
  'correct horse battery staple',
  'correct horse battery',
  'gav-abi-19-parande-tond',
  'vK3mq8RtZ1xW',
  'باران نرم روی شیروانی',
  'گاو آبی روی پشت‌بام نمی‌خوابد',
  'x'.repeat(11) + 'kdjfhgqpwz!9',
];

test.each(GOOD)('%s is taken', (password) => {
  expect(passwordProblem(password, NOBODY)).toBeUndefined();
});

test('the names of the member and of the organisation have no place in it', () => {
  const personal = ['maryam.rezaei', 'مریم رضایی', 'شهرداری نمونه'];
  for (const password of [
    'maryam.rezaei!9xq',
    'kd83-MARYAM-z91',
    'باغ شهرداري سبز ۷۳',
    'm@ry@m-kq81-zpt',
  ])
    expect(passwordProblem(password, personal)).toBe('personal');
  expect(passwordProblem('vK3mq8RtZ1xW', personal)).toBeUndefined();
  // A name of three letters stands in too many words.
  expect(passwordProblem('validate-kq81-zpt', ['ali'])).toBeUndefined();
});

test('a very long password is judged without looking at every piece of it', () => {
  // So long that every piece of it takes minutes to look for.
  expect(passwordProblem('kq81 zpt '.repeat(20_000), NOBODY)).toBeUndefined();
  expect(passwordProblem('a'.repeat(64), NOBODY)).toBe('common');
});
