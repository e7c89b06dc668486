import { readFileSync } from 'node:fs';

/**
 * One line a kind: words of published lists of leaked passwords, and Persian ones as people write
 * them. Most long common passwords combine such words with digits, signs and keyboard rows; the
 * others are in `listed-passwords.txt`.
 */
const WORDS = readFileSync(new URL('./common-words.txt', import.meta.url), 'utf8');

export const WALKS: readonly string[] = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '12345678901234567890',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'qwertzuiop',
  'azertyuiop',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1a2b3c4d5e6f7g8h9i',
  'a1b2c3d4e5f6g7h8i9',
  '!@#$%^&*()_+',
  '147258369',
  '789456123',
  '159753',
  'ضصثقفغعهخحجچ',
  'شسیبلاتنمکگ',
  'ظطزرذدپو',
  'ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی',
];

export const commonWords = (): Set<string> =>
  new Set(WORDS.split(/\s+/).filter((word) => word.length >= 2));
