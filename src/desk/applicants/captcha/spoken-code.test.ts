import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRandom } from './seeded-random.ts';
import {
  assembleSpeech,
  loadVoices,
  planSpeech,
  readClip,
  SAMPLE_RATE,
  stretch,
  toWav,
} from './spoken-code.ts';
import type { Voice } from './spoken-code.ts';

const voices = loadVoices();
const random = (seed: string) => createRandom(Buffer.from(seed));
const speak = (answer: string, voice: Voice, seed = answer) => {
  const dice = random(seed);
  const plan = planSpeech(answer, dice);
  return { plan, speech: assembleSpeech(plan, voice, dice) };
};

/** How much two sounds are alike, from -1 to 1; the shorter one counts. */
const likeness = (a: Float32Array, b: Float32Array): number => {
  let [both, first, second] = [0, 0, 0];
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return both / Math.sqrt(first * second);
};

/** As an ear weighs it: consonants are quiet, and tell digits apart (Persian 7 and 8). */
const brighten = (clip: Float32Array): Float32Array =>
  clip.map((value, index) => value - (clip[index - 1] ?? 0));

test.each(Object.entries(voices))(
  'the voice %s says all ten digits, each in its clip',
  (_, voice) => {
    expect(Object.keys(voice)).toEqual('0123456789'.split(''));
    for (const clip of Object.values(voice)) {
      const seconds = clip.length / SAMPLE_RATE;
      expect(seconds).toBeGreaterThan(0.3);
      expect(seconds).toBeLessThan(0.8);
      expect(Math.max(...clip.map(Math.abs))).toBeGreaterThan(0.5);
    }
    const clips = Object.values(voice).map(brighten);
    for (const [index, clip] of clips.entries())
      for (const other of clips.slice(index + 1)) expect(likeness(clip, other)).toBeLessThan(0.9);
  },
);

test('the plan has the digits of the answer in their order, with time to type each', () => {
  const plan = planSpeech('90417', random('plan'));
  expect(plan.map(({ digit }) => digit).join('')).toBe('90417');
  for (const { pauseMs, tempo, gain } of plan) {
    expect(pauseMs).toBeGreaterThanOrEqual(400);
    expect(Math.abs(tempo - 1)).toBeLessThanOrEqual(0.06);
    expect(gain).toBeLessThan(1);
  }
});

test.each(Object.entries(voices))(
  'in the voice %s each digit is heard at its place',
  (_, voice) => {
    const answer = '3141592653589079';
    const { plan, speech } = speak(answer, voice);
    const heard = speech.starts.map((start, index) => {
      const tempo = plan[index]?.tempo ?? 1;
      const scores = Object.entries(voice).map(([digit, clip]) => {
        const sound = stretch(clip, tempo);
        const said = speech.samples.subarray(start, start + sound.length);
        return { digit, score: likeness(said, sound) };
      });
      return scores.sort((a, b) => b.score - a.score)[0];
    });
    expect(heard.map((best) => best?.digit).join('')).toBe(answer);
    for (const best of heard) expect(best?.score).toBeGreaterThan(0.95);
  },
);

test('the pauses are quiet, and not silent', () => {
  const { speech } = speak('11111', voices.fa);
  const pause = speech.samples.subarray(0, SAMPLE_RATE / 4);
  expect(Math.max(...pause)).toBeLessThan(0.02);
  expect(new Set(pause).size).toBeGreaterThan(100);
});

test('no two codes share their sound, even with the same digits', () => {
  const first = speak('12345', voices.en, 'a').speech;
  const second = speak('12345', voices.en, 'b').speech;
  expect(first.starts).not.toEqual(second.starts);
  expect(toWav(first)).not.toEqual(toWav(second));
  expect(toWav(speak('12345', voices.en, 'a').speech)).toEqual(toWav(first));
});

test('the file is a WAV of 8 kHz, mono, 8 bit, and light', () => {
  for (const voice of Object.values(voices)) {
    const { speech } = speak('44444', voice);
    const wav = toWav(speech);
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
    expect(wav.readUInt32LE(4)).toBe(wav.length - 8);
    expect(wav.toString('latin1', 8, 16)).toBe('WAVEfmt ');
    expect([20, 22, 32, 34].map((at) => wav.readUInt16LE(at))).toEqual([1, 1, 1, 8]);
    expect([24, 28].map((at) => wav.readUInt32LE(at))).toEqual([8000, 8000]);
    expect(wav.toString('latin1', 36, 40)).toBe('data');
    expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
    expect(wav.length % 2).toBe(0);
    expect(wav.length).toBeLessThan(70_000);
  }
});

test('a digit without a clip, and a clip of another kind, are refused', () => {
  expect(() => assembleSpeech(planSpeech('x', random('x')), voices.fa, random('y'))).toThrow(
    'no clip says "x"',
  );
  const clip = readFileSync(new URL('./voices/fa/1.wav', import.meta.url));
  const quicker = Buffer.from(clip);
  quicker.writeUInt32LE(16_000, 24);
  expect(() => readClip(quicker)).toThrow('not 8 kHz');
  expect(() => readClip(clip.subarray(0, 40))).toThrow('no part "data"');
});
