import { readFileSync } from 'node:fs';
import { create } from '@cantoo/fontkit';
import type { Font } from '@cantoo/fontkit';
import { expect, test } from 'vitest';
import { en } from '../web/text/en.ts';
import { fa } from '../web/text/fa.ts';
import { FONT_FILE, makeFont } from './make-font.ts';

/** Every sentence of a catalogue; of one that is a function, its source holds the words. */
const sentences = (part: unknown): string[] => {
  if (typeof part === 'string' || typeof part === 'function') return [String(part)];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(sentences) : [];
};

test('the typeface in web/fonts is the one that `npm run font` makes', async () => {
  expect(Buffer.compare(readFileSync(FONT_FILE), await makeFont())).toBe(0);
});

test('it writes every word of the pages, and any digits', () => {
  const font = create(readFileSync(FONT_FILE)) as Font;
  const text = [...sentences(fa), ...sentences(en), '0123456789۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩'].join('');
  const missing = [...new Set(text)].filter(
    (character) =>
      // Isolates have no glyph: browsers apply them.
      !/[\s\u2066-\u2069]/.test(character) &&
      !font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0),
  );
  expect(missing).toEqual([]);
});
