import { sharp } from '../../../platform/base/sharp.ts';

const LARGEST = { width: 720, height: 240, fit: 'inside' } as const;
const DENSITY = 300;

/** Text is drawn in whatever typeface a machine has, or in none, so it is refused. */
const LETTERS = /<text[\s>]/i;

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

/** The reader accepts SVG for this one picture only. */
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
