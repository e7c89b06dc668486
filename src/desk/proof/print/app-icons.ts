import { readFile } from 'node:fs/promises';
import { sharp } from '../../../platform/base/sharp.ts';

export interface AppIconPicture {
  body: Buffer;
  size: number;
  maskable: boolean;
}

const SIZES = [192, 512] as const;
/** Apple's size; iOS takes no SVG and rounds the corners itself. */
const TOUCH_SIZE = 180;
/** Safe share of the width of a picture whose edge a phone may cut. */
const SAFE = 0.66;
const PLAIN = 0.8;
const EMBLEM = new URL('./emblem.png', import.meta.url);

export const pngSize = async (png: Uint8Array): Promise<{ width: number; height: number }> => {
  const picture = sharp(png, { failOn: 'error', limitInputPixels: 25_000_000 });
  const { format, width, height } = await picture.metadata();
  if (format !== 'png') throw new Error(`it is ${format}, not PNG`);
  await picture.stats();
  return { width, height };
};

export const drawAppIcons = (
  logo: Uint8Array | undefined,
  colour: string,
): Promise<AppIconPicture[]> =>
  Promise.all([
    ...SIZES.map((size) => draw(logo, colour, size, false)),
    draw(logo, colour, SIZES[1], true),
  ]);

export const drawTouchIcon = (
  logo: Uint8Array | undefined,
  colour: string,
): Promise<AppIconPicture> => draw(logo, colour, TOUCH_SIZE, true);

const draw = async (
  logo: Uint8Array | undefined,
  colour: string,
  size: number,
  maskable: boolean,
): Promise<AppIconPicture> => {
  const inner = Math.round(size * (maskable ? SAFE : PLAIN));
  const mark = await sharp(logo ?? (await readFile(EMBLEM)))
    .resize({ width: inner, height: inner, fit: 'contain', background: '#00000000' })
    .png()
    .toBuffer();
  const body = await sharp({
    create: { width: size, height: size, channels: 3, background: logo ? '#ffffff' : colour },
  })
    .composite([{ input: mark, gravity: 'centre' }])
    .png({ palette: true })
    .toBuffer();
  return { body, size, maskable };
};
