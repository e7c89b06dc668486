/**
 * `npm run font` reduces the typeface to the scripts and weights of the pages, into web/fonts.
 * Other scripts are shown in a font of the user's system.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

export const FONT_FILE = fileURLToPath(new URL('../web/fonts/vazirmatn.woff2', import.meta.url));

// The weights in web/public/styles.
const WEIGHTS = { min: 400, max: 750, default: 400 };

const between = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).join(
    '',
  );

const CHARACTERS = [
  between(0x20, 0x7e),
  '\u00A0«»·×÷–—‘’“”•…−﷼',
  // Arabic script, with the letters of Persian and its neighbours
  between(0x600, 0x6ff),
  // Joiners, marks and isolates of direction
  between(0x200b, 0x200f),
  between(0x2066, 0x2069),
].join('');

// Deterministic: a test compares the bytes.
export const makeFont = (): Promise<Buffer> => {
  const source = createRequire(import.meta.url).resolve(
    'vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2',
  );
  return subsetFont(readFileSync(source), CHARACTERS, {
    targetFormat: 'woff2',
    variationAxes: { wght: WEIGHTS },
  });
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const font = await makeFont();
  writeFileSync(FONT_FILE, font);
  process.stdout.write(`${FONT_FILE}: ${font.length} bytes\n`);
}
