/**
 * The displayed security code (guide row 2). An id carries all there is to know and is signed, so
 * nothing is stored until a code is used; that each is used once is the caller's record to keep.
 * It stops only simple programs: the limits on sending codes carry the weight.
 */
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { OutputInfo, OverlayOptions } from 'sharp';
import { toLatinDigits, toPersianDigits } from '../../domain/digits.ts';
import { PERSIAN_FONT_FILE, sharp } from '../images/sharp.ts';
import { createRandom } from './seeded-random.ts';
import type { Random } from './seeded-random.ts';
import { assembleSpeech, loadVoices, planSpeech, toWav } from './spoken-code.ts';
import type { SpokenLanguage, Voices } from './spoken-code.ts';

const DIGITS = 5;
const WIDTH = 200;
const HEIGHT = 72;
const UUID_BYTES = 16;
const EXPIRY_BYTES = 6;
const SIGNATURE_BYTES = 16;
const INKS = ['#1d3557', '#5a189a', '#7f1d1d', '#14532d', '#3b2f2f'];
const SEPARATORS = /[\s\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff-]/g;

export interface CaptchaChallenge {
  /** What the caller keeps to refuse a second use. */
  uuid: string;
  expiresAt: Date;
  /** Latin digits. */
  answer: string;
}

export interface Captcha {
  /** A fresh URL-safe id. */
  issue(): { id: string };
  /** Undefined: forged or expired. */
  read(id: string): CaptchaChallenge | undefined;
  /** PNG, the same for the same id. Undefined: forged or expired. */
  draw(id: string): Promise<Buffer | undefined>;
  /** WAV, the same for the same id and language. Undefined: forged or expired. */
  speak(id: string, language: SpokenLanguage): Buffer | undefined;
  /** Digits of any script; white space and hyphens are ignored. */
  matches(answer: string, typed: string): boolean;
}

/** `testCode`: digits that are the answer to every id; empty outside automated runs. */
export const createCaptcha = ({
  key,
  minutes,
  testCode,
  voices = loadVoices(),
  now = Date.now,
}: {
  key: Buffer;
  minutes: number;
  testCode: string;
  voices?: Voices;
  now?: () => number;
}): Captcha => {
  const mac = (purpose: string, data: Buffer): Buffer =>
    createHmac('sha256', key).update(`captcha ${purpose}\0`).update(data).digest();
  const sign = (payload: Buffer): Buffer => mac('id', payload).subarray(0, SIGNATURE_BYTES);

  const read = (id: string): CaptchaChallenge | undefined => {
    const token = Buffer.from(id, 'base64url');
    const length = UUID_BYTES + EXPIRY_BYTES + SIGNATURE_BYTES;
    // One id has one spelling: otherwise it could be drawn under many addresses.
    if (token.length !== length || token.toString('base64url') !== id) return undefined;
    const payload = token.subarray(0, -SIGNATURE_BYTES);
    if (!timingSafeEqual(sign(payload), token.subarray(-SIGNATURE_BYTES))) return undefined;
    const expiresAt = payload.readUIntBE(UUID_BYTES, EXPIRY_BYTES);
    if (expiresAt <= now()) return undefined;
    const uuid = payload.subarray(0, UUID_BYTES);
    return {
      uuid: formatUuid(uuid),
      expiresAt: new Date(expiresAt),
      answer: testCode || toDigits(mac('answer', uuid)),
    };
  };

  return {
    issue() {
      const payload = Buffer.alloc(UUID_BYTES + EXPIRY_BYTES);
      payload.write(randomUUID().replaceAll('-', ''), 'hex');
      payload.writeUIntBE(now() + minutes * 60_000, UUID_BYTES, EXPIRY_BYTES);
      return { id: Buffer.concat([payload, sign(payload)]).toString('base64url') };
    },
    read,
    async draw(id) {
      const challenge = read(id);
      if (!challenge) return undefined;
      return drawDigits(challenge.answer, mac('picture', Buffer.from(challenge.uuid)));
    },
    speak(id, language) {
      const challenge = read(id);
      if (!challenge) return undefined;
      const random = createRandom(mac(`speech ${language}`, Buffer.from(challenge.uuid)));
      const plan = planSpeech(challenge.answer, random);
      return toWav(assembleSpeech(plan, voices[language], random));
    },
    matches(answer, typed) {
      const digits = toLatinDigits(typed.normalize('NFKC')).replace(SEPARATORS, '');
      const hashes = [answer, digits].map((text) => createHash('sha256').update(text).digest());
      return timingSafeEqual(hashes[0] ?? randomBytes(32), hashes[1] ?? randomBytes(32));
    },
  };
};

const formatUuid = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** 1-9 each, evenly: a Persian zero is a dot that noise can hide. */
const toDigits = (bytes: Buffer): string => {
  const even = [...bytes].filter((byte) => byte < 252);
  return even
    .slice(0, DIGITS)
    .map((byte) => String((byte % 9) + 1))
    .join('');
};

const drawDigits = async (answer: string, seed: Buffer): Promise<Buffer> => {
  const random = createRandom(seed);
  const slot = (WIDTH - 24) / answer.length;
  const layers: OverlayOptions[] = [{ ...drawNoise(random), left: 0, top: 0 }];
  for (const [index, digit] of [...toPersianDigits(answer)].entries()) {
    const glyph = await drawGlyph(digit, random);
    const { width, height } = glyph.raw;
    const left = 12 + slot * (index + 0.5) - width / 2 + random(-4, 4);
    const top = (HEIGHT - height) / 2 + random(-8, 8);
    layers.push({
      ...glyph,
      left: Math.round(Math.min(Math.max(left, 0), WIDTH - width)),
      top: Math.round(Math.min(Math.max(top, 0), HEIGHT - height)),
    });
  }
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#f4f1ea' } })
    .composite(layers)
    .png({ palette: true, colours: 64, effort: 1 })
    .toBuffer();
};

type Raw = NonNullable<OverlayOptions['raw']>;
const toRaw = ({ width, height, channels }: OutputInfo): Raw => ({ width, height, channels });

const drawGlyph = async (digit: string, random: Random): Promise<{ input: Buffer; raw: Raw }> => {
  const ink = INKS[Math.floor(random(0, INKS.length - 0.01))] ?? '#1d3557';
  const text = await sharp({
    text: {
      text: `<span foreground="${ink}">${digit}</span>`,
      font: 'Vazirmatn Bold 42',
      fontfile: PERSIAN_FONT_FILE,
      rgba: true,
      dpi: 96,
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const angle = (random(-16, 16) * Math.PI) / 180;
  const [sine, cosine, shear] = [Math.sin(angle), Math.cos(angle), random(-0.25, 0.25)];
  const bent = await sharp(text.data, { raw: toRaw(text.info) })
    .affine([cosine, shear - sine, sine, cosine], { background: '#0000', interpolator: 'bicubic' })
    .resize({ width: WIDTH, height: HEIGHT - 8, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { input: bent.data, raw: toRaw(bent.info) };
};

/** Thin waves behind the digits and specks: they join the digits, and leave them readable. */
const drawNoise = (random: Random): OverlayOptions => {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 4);
  const dot = (x: number, y: number, alpha: number): void => {
    if (x < 0 || x >= WIDTH || y < 0 || y >= HEIGHT) return;
    const at = (Math.floor(y) * WIDTH + Math.floor(x)) * 4;
    pixels.set([90, 80, 100, alpha], at);
  };
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
  return { input: pixels, raw: { width: WIDTH, height: HEIGHT, channels: 4 } };
};
