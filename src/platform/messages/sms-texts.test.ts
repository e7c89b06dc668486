import { expect, test } from 'vitest';
import { smsParts } from './sms-length.ts';
import { approvedSms, codeSms, rejectedSms, returnedSms } from './sms-texts.ts';

const org = 'سازمان نمونه';

test('a code ends with the line that autofill reads', () => {
  for (const locale of ['fa', 'en'] as const)
    expect(codeSms(locale, { org, code: '012345', host: 'desk.example.org' })).toMatch(
      /\n@desk\.example\.org #012345$/,
    );
});

test('number, date and tracking code stand on lines of their own in Latin digits', () => {
  const text = approvedSms('fa', {
    org,
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
    const text = rejectedSms('fa', { org, rejectedOn: '1405/09/01', reason, maxParts });
    expect(smsParts(text)).toBe(maxParts);
    expect(text).toMatch(/…$/);
    expect(text).toContain('1405/09/01');
  }
});

test('a reason brings neither a new line nor an address into the message', () => {
  const reason = 'کامل نیست\r\nبه https://evil.example/x بروید';
  const text = rejectedSms('fa', { org, rejectedOn: '1405/09/01', reason, maxParts: 3 });
  expect(text.split('\n').at(-1)).toBe('کامل نیست به بروید');
});

test('what has to be corrected is cut so that the address behind it stays', () => {
  const reason = 'صفحه‌ی دوم امضا ندارد و تصویر کارت ملی پیوست نشده است. '.repeat(40);
  const origin = 'https://desk.example.org';
  for (const locale of ['fa', 'en'] as const) {
    const text = returnedSms(locale, { org, origin, reason, maxParts: 3 });
    expect(smsParts(text)).toBe(3);
    expect(text.split('\n').at(-1)).toBe(origin);
    expect(text).toContain('…');
  }
});
