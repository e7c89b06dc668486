/**
 * Clips are recorded by tools/make-voices.ts. Clarity comes first: a speech recogniser gets in, as
 * with the picture, and the limits on sending codes carry the weight.
 */
import { readFileSync } from 'node:fs';
import { drawBytes } from './seeded-random.ts';
import type { Random } from './seeded-random.ts';

export type SpokenLanguage = 'fa' | 'en';

export type Voice = Record<string, Float32Array>;
export type Voices = Record<SpokenLanguage, Voice>;

export interface SpokenDigit {
  digit: string;
  pauseMs: number;
  tempo: number;
  gain: number;
}

export interface Speech {
  /** Mono at `SAMPLE_RATE`, from -1 to 1; an even number of samples. */
  samples: Float32Array;
  starts: number[];
}

export const SAMPLE_RATE = 8000;
const WAV_HEADER_BYTES = 44;
const DIGITS = '0123456789'.split('');
const LANGUAGES: SpokenLanguage[] = ['fa', 'en'];
// After pressing play a person needs a moment to listen.
const FIRST_PAUSE_MS = { from: 400, to: 600 };
// Time to type a digit before the next one comes.
const PAUSE_MS = { from: 550, to: 750 };
const LAST_PAUSE_MS = 400;

export const loadVoices = (): Voices => {
  const voiceOf = (language: SpokenLanguage): Voice =>
    Object.fromEntries(
      DIGITS.map((digit) => {
        const clip = new URL(`./voices/${language}/${digit}.wav`, import.meta.url);
        return [digit, readClip(readFileSync(clip))];
      }),
    );
  return Object.fromEntries(LANGUAGES.map((language) => [language, voiceOf(language)])) as Voices;
};

/** 8 kHz, mono, µ-law (G.711). */
export const readClip = (wav: Buffer): Float32Array => {
  const chunk = (name: string): Buffer => {
    for (let at = 12; at + 8 <= wav.length;) {
      const size = wav.readUInt32LE(at + 4);
      if (wav.toString('latin1', at, at + 4) === name) return wav.subarray(at + 8, at + 8 + size);
      at += 8 + size + (size % 2);
    }
    throw new Error(`a clip has no part "${name}"`);
  };
  const format = chunk('fmt ');
  const [coding, channels, rate] = [0, 2, 4].map((at) =>
    at === 4 ? format.readUInt32LE(at) : format.readUInt16LE(at),
  );
  if (coding !== 7 || channels !== 1 || rate !== SAMPLE_RATE)
    throw new Error('a clip is not 8 kHz, mono, µ-law');
  return Float32Array.from(chunk('data'), fromMuLaw);
};

const fromMuLaw = (byte: number): number => {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 0x07)) - 0x84;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
};

export const planSpeech = (answer: string, random: Random): SpokenDigit[] =>
  [...answer].map((digit, index) => {
    const pause = index === 0 ? FIRST_PAUSE_MS : PAUSE_MS;
    return {
      digit,
      pauseMs: Math.round(random(pause.from, pause.to)),
      tempo: random(0.94, 1.06),
      gain: random(0.75, 0.95),
    };
  });

export const stretch = (clip: Float32Array, tempo: number): Float32Array =>
  Float32Array.from({ length: Math.floor((clip.length - 1) / tempo) }, (_, index) => {
    const at = index * tempo;
    const before = Math.floor(at);
    const [left = 0, right = 0] = [clip[before], clip[before + 1]];
    return left + (right - left) * (at - before);
  });

export const assembleSpeech = (plan: SpokenDigit[], voice: Voice, random: Random): Speech => {
  const inSamples = (ms: number): number => Math.round((ms * SAMPLE_RATE) / 1000);
  const starts: number[] = [];
  let length = 0;
  const parts = plan.map(({ digit, pauseMs, tempo, gain }) => {
    const clip = voice[digit];
    if (!clip) throw new Error(`no clip says "${digit}"`);
    const sound = stretch(clip, tempo);
    const start = length + inSamples(pauseMs);
    starts.push(start);
    length = start + sound.length;
    return { start, sound, gain };
  });
  const end = length + inSamples(LAST_PAUSE_MS);
  const mix = makeHiss(end + (end % 2), random);
  for (const { start, sound, gain } of parts)
    for (const [index, value] of sound.entries())
      mix[start + index] = (mix[start + index] ?? 0) + value * gain;
  return { samples: mix, starts };
};

const makeHiss = (length: number, random: Random): Float32Array => {
  const level = random(0.004, 0.007);
  const seed = Buffer.from(`${random(0, 65535)} ${random(0, 65535)}`);
  return Float32Array.from(drawBytes(seed, length), (byte) => (byte / 127.5 - 1) * level);
};

/** 8-bit PCM: half of 16 bits on a slow line; the hiss covers the loss. */
export const toWav = ({ samples }: Pick<Speech, 'samples'>): Buffer => {
  const wav = Buffer.alloc(WAV_HEADER_BYTES + samples.length);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  // PCM, one channel, rate, bytes per second, bytes and bits per sample
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLE_RATE, 24);
  wav.writeUInt32LE(SAMPLE_RATE, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples.length, 40);
  for (const [index, value] of samples.entries())
    wav[WAV_HEADER_BYTES + index] = 128 + Math.round(Math.max(-1, Math.min(1, value)) * 127);
  return wav;
};
