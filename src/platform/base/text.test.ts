import { expect, test } from 'vitest';
import { cleanLine, cleanPlainLine, cleanText, foldText } from './text.ts';

test('a line loses controls, bidi controls and line breaks, and keeps its letters', () => {
  expect(cleanLine('  درخواست\u0000\u0007 \t\r\nپروانه  ')).toBe('درخواست پروانه');
  expect(cleanLine('\u202eexe\u202c.\u2066a\u2069\u200f')).toBe('exe.a');
  expect(cleanLine('👩‍💼 👍🏽')).toBe('👩‍💼 👍🏽');
  expect(cleanLine(`<script>' OR 1=1--{{7*7}}`)).toBe(`<script>' OR 1=1--{{7*7}}`);
});

test('a name is kept in the letters of Persian, and everything else in it as it was typed', () => {
  expect(cleanLine('علي كريمي')).toBe('علی کریمی');
  expect(cleanLine('مصطفى موسى‌پور')).toBe('مصطفی موسی‌پور');
  expect(cleanLine('فاطمة رئيسي ۱۲ ٣')).toBe('فاطمة رئیسی ۱۲ ٣');
  expect(cleanLine('ﻋﻠﻲ ﻏﻼﻣﻲ ﮐﺮﯾﻤﯽ')).toBe('علی غلامی کریمی');
  // Of a text and of a file's name it may be Arabic that is quoted.
  expect(cleanText('قال النبي ك')).toBe('قال النبي ك');
  expect(cleanPlainLine('كتاب علي.pdf')).toBe('كتاب علي.pdf');
});

test('a run of ZWNJ becomes one, and a line of nothing visible is empty', () => {
  expect(cleanLine(`نامه${'\u200c'.repeat(50)}ها`)).toBe('نامه\u200cها');
  expect(cleanLine('\u200c \u200b\ufeff\u200e')).toBe('');
  expect(cleanLine('\u200cنامه\u200c')).toBe('نامه');
});

test('a lone surrogate becomes the replacement character', () => {
  expect(cleanLine('a\ud800b')).toBe('a\ufffdb');
  expect(cleanText('a\udc00b😀')).toBe('a\ufffdb😀');
});

test('composed and decomposed letters are stored the same', () => {
  expect(cleanLine('\u0627\u0653')).toBe('\u0622');
  expect(cleanText('\u0627\u0653')).toBe('\u0622');
});

test('a text keeps its lines and loses controls', () => {
  expect(cleanText(' یک\r\nدو\rسه\u2028چهار\u0085پنج\u0000 ')).toBe('یک\nدو\nسه\nچهار\nپنج');
  expect(cleanText('الف\n\n\n\n\nب')).toBe('الف\n\nب');
  expect(cleanText('الف\tب')).toBe('الف\tب');
  expect(cleanText('\u200c\n\u200b')).toBe('');
});

test.each([
  ['علي', 'علی'],
  ['عليى', 'علیی'],
  ['كتاب', 'کتاب'],
  ['شمارهٔ ۱۲', 'شماره 12'],
  ['شمارۀ ٣', 'شماره ۳'],
  ['جامعة', 'جامعه'],
  ['ﻏﻼﻣﻲ ﻛﺮﯾﻤﯽ', 'غلامی کریمی'],
  ['أحمد إيران آب', 'احمد ایران اب'],
  ['نامه\u200cها', 'نامهها'],
  ['مـــدرسه', 'مدرسه'],
  ['مُحَمَّد', 'محمد'],
  ['\u202bنامه\u202c', 'نامه'],
  ['ABC  def', 'abc def'],
])('%j and %j are the same to a reader', (one, other) => {
  expect(foldText(one)).toBe(foldText(other));
});

test('different words stay different', () => {
  expect(foldText('نامه')).not.toBe(foldText('نام'));
  expect(foldText('۱۲')).not.toBe(foldText('۱۳'));
});

test.each(['\u200b', '\u00a0', '\n ', '\u200c '])(
  'a long run of %j within a text costs no time',
  (sign) => {
    // So long that a search which grows as the square of it takes minutes.
    const text = `a${sign.repeat(500_000 / sign.length)}b`;
    for (const clean of [cleanText(text), cleanLine(text)]) expect(clean).toMatch(/^a[^]*b$/);
  },
);
