import type { Sharp } from 'sharp';
import { isPlainYcbcr } from './tiff-tags.ts';

// libvips takes YCbCr of a TIFF for RGB, unless it is compressed as JPEG or subsampled; then it has
// already added a channel.
export const asRgb = async (
  picture: Sharp,
  { type, bytes, page }: { type: string; bytes: Buffer; page: number },
): Promise<Sharp> => {
  if (type !== 'tiff' || !(await isPlainYcbcr(bytes, page))) return picture;
  return (await picture.metadata()).channels === 3 ? rgbOfYcbcr(picture) : picture;
};

// BT.601 in full range, the default of TIFF.
const rgbOfYcbcr = (picture: Sharp): Sharp =>
  picture
    .recomb([
      [1, 0, 1.402],
      [1, -0.344136, -0.714136],
      [1, 1.772, 0],
    ])
    .linear([1, 1, 1], [-179.456, 135.458816, -226.816]);
