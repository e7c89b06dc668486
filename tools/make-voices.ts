/**
 * Makes the spoken digits of the security code again, with `espeak-ng` and `sox`:
 *
 *     node --import tsx tools/make-voices.ts
 *
 * Into src/desk/applicants/captcha/voices/{fa,en}/N.wav: 8 kHz, mono, µ-law, a few kB each.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OUT = fileURLToPath(new URL('../src/desk/applicants/captcha/voices/', import.meta.url));
const VOICES = { fa: 'fa', en: 'en-us' };
const WORDS_PER_MINUTE = '115';
const MAX_BYTES = 8_000;

// `f` and `s` have little energy below 4 kHz, and Persian 7 and 8 differ only in such a sound.
const BRIGHTER = ['treble', '+6', '2500'];
// Cut below 0.3 % of full scale, with a breath left around it.
const TRIM = ['silence', '1', '0.005', '0.3%', 'reverse'];
const EFFECTS = ['gain', '-9', 'highpass', '90', ...BRIGHTER, ...TRIM, ...TRIM];
const FINISH = ['pad', '0.01', '0.02', 'norm', '-2'];

for (const [language, voice] of Object.entries(VOICES)) {
  mkdirSync(`${OUT}${language}`, { recursive: true });
  for (let digit = 0; digit <= 9; digit += 1) {
    // A figure, not its word: the Persian word for 9 is spelled like another one.
    const spoken = execFileSync('espeak-ng', [
      '-v',
      voice,
      '-s',
      WORDS_PER_MINUTE,
      '-p',
      '45',
      '--stdout',
      String(digit),
    ]);
    const file = `${OUT}${language}/${digit}.wav`;
    const format = ['-r', '8000', '-c', '1', '-e', 'mu-law', '-b', '8'];
    // -R: the same noise of rounding each time, so the same file.
    execFileSync('sox', ['-R', '-t', 'wav', '-', ...format, file, ...EFFECTS, ...FINISH], {
      input: spoken,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MAX_BYTES}`);
    console.log(`${language}/${digit}.wav  ${size} bytes`);
  }
}
