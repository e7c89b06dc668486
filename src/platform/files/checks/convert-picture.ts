/**
 * Converts HEIF, as phones write it, and WebP to an upright JPEG without metadata, because few
 * programs show them.
 */
import { readFile } from 'node:fs/promises';
import { HELD_PIXELS } from '../file-checks.ts';
import { sharp } from '../../base/sharp.ts';
import type { ConvertedKind } from './file-kind.ts';

// A photographed page stays readable, and the JPEG within the size of an upload.
const LONGEST_SIDE = 5000;
const QUALITY = 82;

type Converted = { flags: []; jpeg: Buffer } | { problem: 'too_many_pixels' | 'broken' };

export const convertPicture = async (
  kind: ConvertedKind,
  file: string | Buffer,
): Promise<Converted> => {
  try {
    const bytes = typeof file === 'string' ? await readFile(file) : file;
    const picture =
      kind === 'heif' ? await readHeif(bytes, HELD_PIXELS) : await readWebp(bytes, HELD_PIXELS);
    if (!picture) return { problem: 'too_many_pixels' };
    const jpeg = await picture
      .resize({
        width: LONGEST_SIDE,
        height: LONGEST_SIDE,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .flatten({ background: '#fff' })
      .jpeg({ quality: QUALITY })
      .toBuffer();
    return { flags: [], jpeg };
  } catch {
    return { problem: 'broken' };
  }
};

type Picture = ReturnType<typeof sharp>;

const readWebp = async (bytes: Buffer, pixels: number): Promise<Picture | undefined> => {
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  if (width * height > pixels) return undefined;
  return sharp(bytes, { limitInputPixels: pixels, failOn: 'error' }).autoOrient();
};

interface HeifImage {
  get_width(): number;
  get_height(): number;
  is_primary(): boolean;
  display(target: ImageLike, done: (drawn: ImageLike | null) => void): void;
  free(): void;
}
interface ImageLike {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}
interface Libheif {
  HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] };
}

const readHeif = async (bytes: Buffer, pixels: number): Promise<Picture | undefined> => {
  // Two megabytes of WebAssembly, for those who send such a picture.
  const { default: libheif } = (await import('libheif-js/wasm-bundle.js')) as { default: Libheif };
  const images = new libheif.HeifDecoder().decode(bytes);
  try {
    const image = images.find((one) => one.is_primary()) ?? images[0];
    if (!image) throw new Error('no picture in it');
    const [width, height] = [image.get_width(), image.get_height()];
    if (width * height > pixels) return undefined;
    const data = new Uint8ClampedArray(width * height * 4);
    const drawn = await new Promise<ImageLike | null>((resolve) =>
      image.display({ data, width, height }, resolve),
    );
    if (!drawn) throw new Error('it cannot be decoded');
    return sharp(data, { raw: { width, height, channels: 4 } });
  } finally {
    for (const image of images) image.free();
  }
};
