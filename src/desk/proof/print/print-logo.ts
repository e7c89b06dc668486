/** A logo as it is printed on sheets. */
import { sharp } from '../../../platform/base/sharp.ts';

/** Pixels, for some centimetres of paper. */
const LARGEST = { width: 720, height: 240, fit: 'inside' } as const;
/** Of a drawing without a size: large enough to be made smaller. */
const DENSITY = 300;

/** Letters are drawn in whatever typeface a machine has, or in none: on paper that is no logo. */
const LETTERS = /<text[\s>]/i;

/**
 * @param logo a checked one
 * @returns PNG; undefined: an SVG with letters, or one that cannot be drawn
 */
export const drawPrintLogo = async ({
  type,
  body,
}: {
  type: 'image/png' | 'image/svg+xml';
  body: Uint8Array;
}): Promise<Buffer | undefined> => {
  if (type === 'image/png')
    return sharp(body)
      .resize({ ...LARGEST, withoutEnlargement: true })
      .png()
      .toBuffer();
  return LETTERS.test(Buffer.from(body).toString('utf8')) ? undefined : drawSvg(body);
};

/** For this one picture alone the reader is open to SVG. */
const drawSvg = async (svg: Uint8Array): Promise<Buffer | undefined> => {
  const operation = ['VipsForeignLoadSvg'];
  sharp.unblock({ operation });
  try {
    return await sharp(svg, { density: DENSITY, limitInputPixels: 50_000_000 })
      .resize(LARGEST)
      .png()
      .toBuffer();
  } catch {
    return undefined;
  } finally {
    sharp.block({ operation });
  }
};
