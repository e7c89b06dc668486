/** Whether a picture says where it was taken (Exif 2.3, 4.6.6), read with a bound on everything. */
import { withBytes } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';

const GPS = 0x8825;
const LATITUDE = 2;
const MAX_ENTRIES = 1000;
const ENTRY_BYTES = 12;

/** @param tiff a TIFF file, or the Exif block of another picture, which is one */
export const hasLocation = (tiff: ByteSource | Buffer): Promise<boolean> =>
  Buffer.isBuffer(tiff)
    ? withBytes(tiff.toString('latin1', 0, 4) === 'Exif' ? tiff.subarray(6) : tiff, look)
    : look(tiff);

const look = async (source: ByteSource): Promise<boolean> => {
  const head = await source.read(0, 8);
  const order = head.toString('latin1', 0, 2);
  if (head.length < 8 || (order !== 'II' && order !== 'MM')) return false;
  const isLittle = order === 'II';
  const u16 = (bytes: Buffer, at: number): number =>
    isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const u32 = (bytes: Buffer, at: number): number =>
    isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

  /** The value field of a tag; undefined: the directory does not have it. */
  const find = async (directory: number, tag: number): Promise<number | undefined> => {
    const length = await source.read(directory, 2);
    if (length.length < 2) return undefined;
    const bytes = Math.min(u16(length, 0), MAX_ENTRIES) * ENTRY_BYTES;
    const entries = await source.read(directory + 2, bytes);
    for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES)
      if (u16(entries, at) === tag) return u32(entries, at + 8);
    return undefined;
  };

  const directory = await find(u32(head, 4), GPS);
  return directory !== undefined && (await find(directory, LATITUDE)) !== undefined;
};

/** XMP is text; these are its words for the same. */
export const isLocationInXmp = (xmp: string): boolean => /GPSLatitude|GPSLongitude/.test(xmp);
