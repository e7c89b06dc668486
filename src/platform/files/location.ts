// Exif 2.3, 4.6.6
import { withBytes } from './checks/byte-source.ts';
import type { ByteSource } from './checks/byte-source.ts';
import { readTiffTags } from './checks/tiff-tags.ts';

const GPS = 0x8825;
const LATITUDE = 2;

// The Exif block of other pictures is a TIFF too.
export const hasLocation = (tiff: ByteSource | Buffer): Promise<boolean> =>
  Buffer.isBuffer(tiff)
    ? withBytes(tiff.toString('latin1', 0, 4) === 'Exif' ? tiff.subarray(6) : tiff, look)
    : look(tiff);

const look = async (source: ByteSource): Promise<boolean> => {
  const tags = await readTiffTags(source);
  const first = await tags?.page(1);
  const places = first === undefined ? undefined : await tags?.find(first, GPS);
  return places !== undefined && (await tags?.find(places, LATITUDE)) !== undefined;
};

export const isLocationInXmp = (xmp: string): boolean => /GPSLatitude|GPSLongitude/.test(xmp);
