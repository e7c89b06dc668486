import { expect, test } from 'vitest';
import { toLatinDigits, toPersianDigits } from './digits.ts';

test('Persian and Arabic digits become Latin and the rest stays', () => {
  expect(toLatinDigits('۰۱۲۳۴۵۶۷۸۹')).toBe('0123456789');
  expect(toLatinDigits('٠١٢٣٤٥٦٧٨٩')).toBe('0123456789');
  expect(toLatinDigits('نامهٔ ۱۲٣4 از A')).toBe('نامهٔ 1234 از A');
});

test('Latin digits are shown as Persian and the rest stays', () => {
  expect(toPersianDigits('1405/09/10 الف')).toBe('۱۴۰۵/۰۹/۱۰ الف');
  expect(toPersianDigits('۷٧')).toBe('۷٧');
});
