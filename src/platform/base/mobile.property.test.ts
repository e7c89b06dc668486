import * as fc from 'fast-check';
import { test } from 'vitest';
import { createProperties, hostileText } from '../../testing/property.ts';
import { toPersianDigits } from './digits.ts';
import { formatMobileLocal, maskMobile, parseMobile } from './mobile.ts';

const { holds } = createProperties('mobile');
const E164 = /^\+989\d{9}$/;

const toArabicDigits = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x0660 + Number(digit)));

/** The ten digits after the country code. */
const national = fc
  .tuple(fc.constantFrom('91', '90', '93', '99', '92'), fc.integer({ min: 0, max: 99_999_999 }))
  .map(([start, rest]) => `${start}${String(rest).padStart(8, '0')}`);

const WAYS: ((digits: string) => string)[] = [
  (digits) => `0${digits}`,
  (digits) => digits,
  (digits) => `+98${digits}`,
  (digits) => `0098${digits}`,
  (digits) => `98${digits}`,
  (digits) => `+98 (0)${digits}`.replace('(0)', ''),
];
const SCRIPTS = [(text: string) => text, toPersianDigits, toArabicDigits];

test('a number is the same number however it is written', async () => {
  await holds(
    fc.property(
      national,
      fc.constantFrom(...WAYS),
      fc.constantFrom(...SCRIPTS),
      fc.array(fc.tuple(fc.nat(12), fc.constantFrom(' ', '-', '\u200e', '\u202a', '\u00a0')), {
        maxLength: 4,
      }),
      (digits, write, script, noise) => {
        const parsed = parseMobile(`0${digits}`);
        if (parsed === undefined) return true;
        let typed = script(write(digits));
        for (const [at, mark] of noise) {
          // Between digits: before the plus nobody writes a dash.
          const place = Math.min(typed.length, Math.max(at, 3));
          typed = typed.slice(0, place) + mark + typed.slice(place);
        }
        return parsed === `+98${digits}` && parseMobile(typed) === parsed;
      },
    ),
  );
});

test('whatever is typed, the answer is an Iranian mobile number in E.164 or none', async () => {
  await holds(
    fc.property(
      fc.oneof(hostileText(), fc.stringMatching(/^[+0-9 ()-]{0,20}$/), fc.string()),
      (typed) => {
        const parsed = parseMobile(typed);
        return parsed === undefined || (E164.test(parsed) && parseMobile(parsed) === parsed);
      },
    ),
    2,
  );
});

test('a masked number shows no more than eight of its digits, a local one is read back', async () => {
  await holds(
    fc.property(national, (digits) => {
      const e164 = `+98${digits}`;
      const shown = maskMobile(e164).replace(/\D/g, '');
      const isReadBack = [e164, undefined].includes(parseMobile(formatMobileLocal(e164)));
      return shown.length <= 9 && !maskMobile(e164).includes(digits) && isReadBack;
    }),
  );
});
