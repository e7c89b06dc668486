import { toLatinDigits } from './digits.ts';

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LINE_BREAKS = /[\t\n\r\u0085\u2028\u2029]+/g;
const ZWNJ_RUN = /\u200c{2,}/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const OTHER_LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;
const INVISIBLE = /[\s\u200b\u200c\ufeff]/;
// Invisible characters, including the blank of braille and the null notehead.
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{M}\p{C}\p{Z}\s\u2800\u{1d159}]/gu;
const hasVisible = (text: string): boolean => text.replace(UNSEEN, '') !== '';

// Linear in the length of the text, unlike `[…]+$`.
export const trimSigns = (text: string, sign: RegExp): string => {
  let start = 0;
  let end = text.length;
  while (start < end && sign.test(text.charAt(start))) start += 1;
  while (start < end && sign.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
};

// What is copied from a PDF may hold each letter as the shape that it had there.
const SHAPES = /[\ufb50-\ufbb1\ufbfc-\ufbff\ufe80-\ufefc]/g;
const plainLetters = (text: string): string =>
  text.replace(SHAPES, (shape) => shape.normalize('NFKC'));

// Arabic keyboards type other code points for two letters.
const persianLetters = (text: string): string =>
  plainLetters(text)
    .replace(/[\u064a\u0649]/g, 'ی')
    .replace(/\u0643/g, 'ک');

const visible = (text: string): string => (hasVisible(text) ? text : '');

/**
 * NFC, one line, no control characters, white space folded; '' when nothing visible is left. Keeps
 * Arabic letters, as in file names.
 */
export const cleanPlainLine = (text: string): string =>
  visible(
    trimSigns(
      text
        .replace(LONE_SURROGATES, '\ufffd')
        .replace(LINE_BREAKS, ' ')
        .replace(CONTROLS, '')
        .replace(BIDI_CONTROLS, '')
        .replace(ZWNJ_RUN, '\u200c')
        .replace(/ {2,}/g, ' '),
      INVISIBLE,
    )
      // Last: what was taken away may have stood between a letter and its mark.
      .normalize('NFC'),
  );

export const cleanLine = (text: string): string =>
  persianLetters(cleanPlainLine(text)).normalize('NFC');

/** NFC, LF line ends, no control characters; '' when nothing visible is left. */
export const cleanText = (text: string): string =>
  visible(
    trimSigns(
      text
        .replace(LONE_SURROGATES, '\ufffd')
        .replace(OTHER_LINE_ENDS, '\n')
        .replace(CONTROLS, '')
        .replace(ZWNJ_RUN, '\u200c')
        .replace(/\n{3,}/g, '\n\n'),
      INVISIBLE,
    ).normalize('NFC'),
  );

/** For comparison only: ignores ي/ی, ك/ک, digit script, ZWNJ, tatweel and harakat. */
export const foldText = (text: string): string =>
  toLatinDigits(plainLetters(text).normalize('NFC'))
    .replace(/[يى]/g, 'ی')
    .replace(/ك/g, 'ک')
    .replace(/[ةۀ]/g, 'ه')
    .replace(/[أإآٱ]/g, 'ا')
    .replace(/[\u064b-\u065f\u0670\u0640]/g, '')
    .replace(/\u200c/g, '')
    .replace(BIDI_CONTROLS, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
    .normalize('NFC');
