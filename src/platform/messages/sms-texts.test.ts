import { expect, test } from 'vitest';
import { publicText } from '../base/audience.ts';
import { smsParts } from './sms-length.ts';
import { fillSms, ORIGINAL_SMS } from './sms-texts.ts';
import type { SmsLocale, SmsText, SmsValues } from './sms-texts.ts';

const LOCALES = ['fa', 'en'] as const;
const sender = {
  organisation: 'سازمان نمونه',
  origin: 'https://desk.example.org',
  maxParts: 3,
};
const original = <Text extends SmsText>(
  locale: SmsLocale,
  text: Text,
  values: SmsValues[Text],
  maxParts = 3,
): string => fillSms(text, ORIGINAL_SMS[locale][text], values, { ...sender, maxParts });

test('a code ends with the line that autofill reads', () => {
  for (const locale of LOCALES)
    expect(original(locale, 'code', { code: '012345' })).toMatch(
      /012345\n\n@desk\.example\.org #012345$/,
    );
});

test('number, date and tracking code stand on lines of their own in Latin digits', () => {
  const text = original('fa', 'approved', {
    letterNumber: '1405/12',
    registeredOn: '1405/09/01',
    trackingCode: '7K3M-9QRT-2XAB',
  });
  for (const line of ['1405/12', '1405/09/01', '7K3M-9QRT-2XAB'])
    expect(text.split('\n')).toContain(line);
});

test('a long reason is cut so that the message stays within its parts', () => {
  const reason = 'مدرک پیوست خوانا نیست و باید دوباره فرستاده شود. '.repeat(40);
  for (const maxParts of [2, 3, 5]) {
    const text = original('fa', 'rejected', { rejectedOn: '1405/09/01', reason }, maxParts);
    expect(smsParts(text)).toBe(maxParts);
    expect(text).toMatch(/…$/);
    expect(text).toContain('1405/09/01');
  }
});

test('a reason brings neither a new line nor an address nor a variable into the message', () => {
  const reason = 'کامل {سازمان} نیست\r\nبه https://evil.example/x بروید';
  const text = original('fa', 'rejected', { rejectedOn: '1405/09/01', reason });
  expect(text.split('\n').at(-1)).toBe('کامل {سازمان} نیست به بروید');
});

test('what has to be corrected is cut so that the address behind it stays', () => {
  const reason = 'صفحه‌ی دوم امضا ندارد و تصویر کارت ملی پیوست نشده است. '.repeat(40);
  for (const locale of LOCALES) {
    const text = original(locale, 'returned', { reason });
    expect(smsParts(text)).toBe(3);
    expect(text.split('\n').at(-1)).toBe(sender.origin);
    expect(text).toContain('…');
  }
});

test('variables are known by their names in both languages, in any case', () => {
  const given = { letterNumber: '1405/12', reason: publicText('رسیدگی شد') };
  const text = fillSms('closed', '{Letter Number}\n{دلیل}\n{organisation}', given, sender);
  expect(text).toBe('1405/12\nرسیدگی شد\nسازمان نمونه');
});
