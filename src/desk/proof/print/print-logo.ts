import { sharp } from '../../../platform/base/sharp.ts';

const LARGEST = { width: 720, height: 240, fit: 'inside' } as const;

export const drawPrintLogo = (png: Uint8Array): Promise<Buffer> =>
  sharp(png)
    .resize({ ...LARGEST, withoutEnlargement: true })
    .png()
    .toBuffer();

export const copyPixels = async (png: Uint8Array): Promise<Buffer> => {
  const picture = sharp(png);
  const { isPalette } = await picture.metadata();
  return picture.png({ palette: isPalette, compressionLevel: 9 }).toBuffer();
};
