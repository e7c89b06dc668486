/**
 * The id is signed and carries all its data, so nothing is stored until a code is used; the caller
 * records single use. It stops only simple programs: the limits on sending codes carry the weight.
 */
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { keepResults } from '../../../platform/base/kept-results.ts';
import { toLatinDigits, toPersianDigits } from '../../../platform/base/digits.ts';
import { createTurns } from '../../../platform/base/queue-of-jobs.ts';
import { PERSIAN_FONT_FILE, sharp } from '../../../platform/base/sharp.ts';
import { createRandom } from './seeded-random.ts';
import type { Random } from './seeded-random.ts';
import { assembleSpeech, loadVoices, planSpeech, toWav } from './spoken-code.ts';
import type { SpokenLanguage, Voice, Voices } from './spoken-code.ts';
import type { Deps } from '../../../platform/deps.ts';
import type { Keys } from '../../../platform/sealing/secrets.ts';

const DIGITS = 5;
const WIDTH = 200;
const HEIGHT = 72;
const KEPT_PICTURES = 500;
const KEPT_SOUNDS = 50;
const UUID_BYTES = 16;
const EXPIRY_BYTES = 6;
const SIGNATURE_BYTES = 16;
const CHANNELS = 3;
const GROUND = Buffer.from([244, 241, 234]);
const NOISE = [90, 80, 100];
const INKS = [
  [29, 53, 87],
  [90, 24, 154],
  [127, 29, 29],
  [20, 83, 45],
  [59, 47, 47],
];
const SEPARATORS = /[\s\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff-]/g;

export interface CaptchaChallenge {
  uuid: string;
  expiresAt: Date;
  answer: string;
}

type CaptchaDeps = Pick<Deps, 'keys' | 'config'>;

export const newCaptcha = ({ keys, config }: CaptchaDeps): { id: string } => {
  const payload = Buffer.alloc(UUID_BYTES + EXPIRY_BYTES);
  payload.write(randomUUID().replaceAll('-', ''), 'hex');
  payload.writeUIntBE(Date.now() + config.limits.captchaMinutes * 60_000, UUID_BYTES, EXPIRY_BYTES);
  return { id: Buffer.concat([payload, sign(keys, payload)]).toString('base64url') };
};

export const readCaptcha = (
  { keys, config }: CaptchaDeps,
  id: string,
): CaptchaChallenge | undefined => {
  const token = Buffer.from(id, 'base64url');
  const length = UUID_BYTES + EXPIRY_BYTES + SIGNATURE_BYTES;
  // One id has one spelling: otherwise it could be drawn under many addresses.
  if (token.length !== length || token.toString('base64url') !== id) return undefined;
  const payload = token.subarray(0, -SIGNATURE_BYTES);
  if (!timingSafeEqual(sign(keys, payload), token.subarray(-SIGNATURE_BYTES))) return undefined;
  const expiresAt = payload.readUIntBE(UUID_BYTES, EXPIRY_BYTES);
  if (expiresAt <= Date.now()) return undefined;
  const uuid = payload.subarray(0, UUID_BYTES);
  return {
    uuid: formatUuid(uuid),
    expiresAt: new Date(expiresAt),
    answer: config.CAPTCHA_TEST_CODE || toDigits(mac(keys, 'answer', uuid)),
  };
};

export const drawCaptcha = async (deps: CaptchaDeps, id: string): Promise<Buffer | undefined> => {
  const challenge = readCaptcha(deps, id);
  if (!challenge) return undefined;
  const { uuid, answer } = challenge;
  return pictures(id, () =>
    inTurn(() => drawDigits(answer, mac(deps.keys, 'picture', Buffer.from(uuid)))),
  );
};

export const speakCaptcha = async (
  deps: CaptchaDeps,
  { id, language }: { id: string; language: SpokenLanguage },
): Promise<Buffer | undefined> => {
  const challenge = readCaptcha(deps, id);
  if (!challenge) return undefined;
  const { uuid, answer } = challenge;
  return sounds(`${id} ${language}`, () => {
    const random = createRandom(mac(deps.keys, `speech ${language}`, Buffer.from(uuid)));
    return Promise.resolve(
      toWav(assembleSpeech(planSpeech(answer, random), voiceOf(language), random)),
    );
  });
};

export const isRightAnswer = (answer: string, typed: string): boolean => {
  const digits = toLatinDigits(typed.normalize('NFKC')).replace(SEPARATORS, '');
  const hashes = [answer, digits].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(hashes[0] ?? randomBytes(32), hashes[1] ?? randomBytes(32));
};

const inTurn = createTurns({ atOnce: 2, waiting: 100 });
const pictures = keepResults<Buffer>(KEPT_PICTURES);
const sounds = keepResults<Buffer>(KEPT_SOUNDS);

let voices: Voices | undefined;

const voiceOf = (language: SpokenLanguage): Voice => {
  voices ??= loadVoices();
  return voices[language];
};

const mac = (keys: Keys, purpose: string, data: Buffer): Buffer =>
  createHmac('sha256', keys.captcha).update(`captcha ${purpose}\0`).update(data).digest();

const sign = (keys: Keys, payload: Buffer): Buffer =>
  mac(keys, 'id', payload).subarray(0, SIGNATURE_BYTES);

const formatUuid = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** 1–9, uniformly: a Persian zero is a dot that noise can hide. */
const toDigits = (bytes: Buffer): string => {
  const even = [...bytes].filter((byte) => byte < 252);
  return even
    .slice(0, DIGITS)
    .map((byte) => String((byte % 9) + 1))
    .join('');
};

const drawDigits = async (answer: string, seed: Buffer): Promise<Buffer> => {
  const random = createRandom(seed);
  const pixels = Buffer.alloc(WIDTH * HEIGHT * CHANNELS, GROUND);
  drawNoise(pixels, random);
  const slot = (WIDTH - 24) / answer.length;
  for (const [index, digit] of [...answer].entries()) {
    const x = 12 + slot * (index + 0.5) + random(-4, 4);
    drawGlyph(pixels, await glyphOf(digit), { x, y: HEIGHT / 2 + random(-8, 8) }, random);
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: CHANNELS } })
    .png({ palette: true, colours: 64, effort: 1 })
    .toBuffer();
};

interface Glyph {
  ink: Buffer;
  width: number;
  height: number;
}

const drawnGlyphs = new Map<string, Promise<Glyph>>();

/** Cached: typesetting is the expensive part. */
const glyphOf = (digit: string): Promise<Glyph> => {
  const drawn = drawnGlyphs.get(digit) ?? setGlyph(digit);
  drawnGlyphs.set(digit, drawn);
  return drawn;
};

const setGlyph = async (digit: string): Promise<Glyph> => {
  const text = toPersianDigits(digit);
  const { data, info } = await sharp({
    text: { text, font: 'Vazirmatn Bold 42', fontfile: PERSIAN_FONT_FILE, dpi: 96 },
  })
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ink: data, width: info.width, height: info.height };
};

const drawGlyph = (
  pixels: Buffer,
  { ink, width, height }: Glyph,
  at: { x: number; y: number },
  random: Random,
): void => {
  const colour = INKS[Math.floor(random(0, INKS.length - 0.01))] ?? INKS[0];
  const angle = (random(-16, 16) * Math.PI) / 180;
  const shear = random(-0.25, 0.25);
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const reach = Math.ceil(Math.hypot(width, height) / 2) + 2;
  const inkAt = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (ink[y * width + x] ?? 0);
  for (let dy = -reach; dy <= reach; dy += 1)
    for (let dx = -reach; dx <= reach; dx += 1) {
      // Back from the picture into the glyph.
      const u = cosine * dx + sine * dy + shear * dy + width / 2;
      const v = cosine * dy - sine * dx + height / 2;
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, below] = [u - left, v - top];
      const amount =
        (inkAt(left, top) * (1 - right) + inkAt(left + 1, top) * right) * (1 - below) +
        (inkAt(left, top + 1) * (1 - right) + inkAt(left + 1, top + 1) * right) * below;
      if (amount > 0) blend(pixels, at.x + dx, at.y + dy, { colour, alpha: amount / 255 });
    }
};

const blend = (
  pixels: Buffer,
  x: number,
  y: number,
  { colour, alpha }: { colour: readonly number[] | undefined; alpha: number },
): void => {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || column >= WIDTH || row < 0 || row >= HEIGHT) return;
  const at = (row * WIDTH + column) * CHANNELS;
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const ground = pixels[at + channel] ?? 0;
    pixels[at + channel] = Math.round(ground + ((colour?.[channel] ?? 0) - ground) * alpha);
  }
};

const drawNoise = (pixels: Buffer, random: Random): void => {
  const dot = (x: number, y: number, alpha: number): void =>
    blend(pixels, Math.floor(x), Math.floor(y), { colour: NOISE, alpha: alpha / 255 });
  for (let line = 0; line < 4; line += 1) {
    const [middle, height] = [random(12, HEIGHT - 12), random(4, 14)];
    const [length, start] = [random(40, 110), random(0, 6)];
    const drift = random(-0.12, 0.12);
    for (let step = 0; step < WIDTH * 3; step += 1) {
      const x = step / 3;
      const y = middle + height * Math.sin(x / (length / 6) + start) + drift * x;
      dot(x, y, 150);
      dot(x, y + 1, 90);
    }
  }
  for (let speck = 0; speck < 120; speck += 1) dot(random(0, WIDTH), random(0, HEIGHT), 130);
};
