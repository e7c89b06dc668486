import { describe, expect, test } from 'vitest';
import { formatMobileLocal, maskMobile, parseMobile } from './mobile.ts';

describe('parseMobile', () => {
  test.each([
    '09123456789',
    '9123456789',
    '+989123456789',
    '00989123456789',
    '989123456789',
    '۰۹۱۲۳۴۵۶۷۸۹',
    '٠٩١٢٣٤٥٦٧٨٩',
    '０９１２３４５６７８９',
    '＋989123456789',
    '۰۹۱۲ ۳۴۵ ۶۷۸۹',
    '0912-345-6789',
    '0912–345–6789',
    '0912.345.6789',
    '(0912) 345 6789',
    '+98 (0)912 345 6789',
    '\u202a0912\u202c345\u200e6789',
    '\u2066+98 912 345 6789\u2069',
    '  09123456789\n',
  ])('reads %j as the same number', (typed) => {
    expect(parseMobile(typed)).toBe('+989123456789');
  });

  test.each([
    '',
    '   ',
    'abc',
    '02122334455',
    '+447911123456',
    '0912345678',
    '091234567890',
    '98989123456789',
    '0912345678a',
    '09123456789 ext 5',
    '09123456789,09123456788',
    'tel:+989123456789',
    '٠١',
    '+'.repeat(5000),
    '9'.repeat(5000),
  ])('refuses %j', (typed) => {
    expect(parseMobile(typed)).toBeUndefined();
  });
});

test('a mobile is shown with its middle hidden', () => {
  expect(maskMobile('+989123456789')).toBe('+98912•••6789');
});

test('a mobile is written the local way', () => {
  expect(formatMobileLocal('+989123456789')).toBe('09123456789');
});
