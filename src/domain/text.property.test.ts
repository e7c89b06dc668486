import * as fc from 'fast-check';
import { test } from 'vitest';
import { createProperties, hostileText } from '../testing/property.ts';
import { cleanLine, cleanText, foldText } from './text.ts';

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
  // Not `foldText`: it is never stored, and a few small letters are two where the capital is one.
  for (const clean of [cleanLine, cleanText])
    await holds(
      fc.property(hostileText(), (text) => clean(text).length <= text.normalize('NFC').length),
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
