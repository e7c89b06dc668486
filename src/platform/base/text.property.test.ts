import * as fc from 'fast-check';
import { test } from 'vitest';
import { createProperties, hostileText } from '../../testing/property.ts';
import { cleanLine, cleanPlainLine, cleanText, foldText } from './text.ts';

const { holds } = createProperties('text');
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

// Cheap, and what goes wrong needs three rare characters in a row.
const SHARE = 20;
const cases = { cleanLine, cleanText, foldText };

test('a normaliser applied twice is the same as once', async () => {
  for (const clean of Object.values(cases))
    await holds(
      fc.property(hostileText(), (text) => clean(clean(text)) === clean(text)),
      SHARE,
    );
});

test('a normaliser never makes a text longer than its NFC form', async () => {
  // A shape of lam with alef becomes its two letters. Not `foldText`: it is never stored, and a few small letters are two where the capital is one.
  for (const clean of [cleanLine, cleanText])
    await holds(
      fc.property(hostileText(), (text) => {
        const lams = text.match(/[\ufef5-\ufefc]/g)?.length ?? 0;
        return clean(text).length <= text.normalize('NFC').length + lams;
      }),
      SHARE,
    );
});

test('what is kept is NFC, with no control character and no half of a character', async () => {
  for (const clean of [cleanLine, cleanText])
    await holds(
      fc.property(hostileText(), (text) => {
        const kept = clean(text);
        return (
          !FORBIDDEN.test(kept) && kept === kept.normalize('NFC') && !kept.includes('\u200c\u200c')
        );
      }),
      SHARE,
    );
});

test('one line has no line break, no tab and no bidi control', async () => {
  await holds(
    fc.property(hostileText(), (text) => {
      const kept = cleanLine(text);
      return !/[\t\n\r]| {2}/.test(kept) && !BIDI.test(kept) && kept === kept.trim();
    }),
    SHARE,
  );
});

/** Every character that is to be ignored where it cannot be shown, and other blanks. */
const UNSEEN = Array.from({ length: 0x110000 }, (_, point) => point)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point))
  .filter((sign) => /[\p{Default_Ignorable_Code_Point}\p{M}\p{Cc}\p{Cf}\p{Z}\u2800]/u.test(sign));

test('a text of which nothing is seen is none, whatever it is made of', async () => {
  const blanks = fc.array(fc.constantFrom(...UNSEEN), { maxLength: 40 }).map((all) => all.join(''));
  for (const clean of [cleanLine, cleanPlainLine, cleanText]) {
    for (const sign of UNSEEN) if (clean(sign) !== '') throw new Error(JSON.stringify(sign));
    await holds(
      fc.property(blanks, (text) => clean(text) === ''),
      SHARE,
    );
    await holds(
      fc.property(blanks, blanks, (one, other) => clean(`${one}الف${other}`).includes('ا')),
      SHARE,
    );
  }
});

test('no letter of an Arabic keyboard stays in a name', async () => {
  await holds(
    fc.property(hostileText(), (text) => !/[\u0643\u0649\u064a]/.test(cleanLine(text))),
    SHARE,
  );
});

test('letters that a Persian reader takes for the same fold to the same', async () => {
  const twins: [RegExp, string][] = [
    [/ی/g, 'ي'],
    [/ک/g, 'ك'],
    [/[0-9]/g, '۳'],
    [/ا/g, 'آ'],
  ];
  await holds(
    fc.property(hostileText(), fc.constantFrom(...twins), (text, [from, to]) => {
      // A digit keeps its value only when it is the same digit.
      const plain = text.replace(/[0-9۰-۹٠-٩]/g, '3');
      return foldText(plain) === foldText(plain.replace(from, to));
    }),
    SHARE,
  );
});
