// TIFF 6.0 and BigTIFF, counted from directory to directory without looking at a pixel. Directories
// may name the same bytes again and again.
import type { ByteSource } from './byte-source.ts';

export interface TiffCount {
  pages: number;
  entries: number;
  pieces: number;
  /** Bytes of all values outside their entries; at most the file size in an honest file. */
  valueBytes: number;
}

const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const STRIP_OFFSETS = 273;
const TILE_OFFSETS = 324;

interface Layout {
  first: number;
  lengthBytes: 2 | 8;
  entryBytes: 12 | 20;
  offsetBytes: 4 | 8;
  number: (bytes: Buffer, at: number, length: number) => number;
}

const layoutOf = (head: Buffer): Layout | undefined => {
  const isLittle = head.toString('latin1', 0, 2) === 'II';
  const number = (bytes: Buffer, at: number, length: number): number => {
    if (length < 8) return isLittle ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length);
    return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  };
  if (head.length < 16) return undefined;
  return number(head, 2, 2) === 43
    ? { first: number(head, 8, 8), lengthBytes: 8, entryBytes: 20, offsetBytes: 8, number }
    : { first: number(head, 4, 4), lengthBytes: 2, entryBytes: 12, offsetBytes: 4, number };
};

export const countTiff = async (source: ByteSource, most: TiffCount): Promise<TiffCount> => {
  const found: TiffCount = { pages: 0, entries: 0, pieces: 0, valueBytes: 0 };
  const layout = layoutOf(await source.read(0, 16));
  if (!layout) return found;
  const { lengthBytes, entryBytes, offsetBytes, number } = layout;
  const seen = new Set<number>();
  let at = layout.first;
  while (at > 0 && at < source.size && !seen.has(at) && !isBeyond(found, most)) {
    seen.add(at);
    const length = await source.read(at, lengthBytes);
    if (length.length < lengthBytes) break;
    const entries = number(length, 0, lengthBytes);
    if (entries * entryBytes > source.size) break;
    found.pages += 1;
    found.entries += entries;
    const bytes = await source.read(at + lengthBytes, entries * entryBytes + offsetBytes);
    if (bytes.length < entries * entryBytes + offsetBytes) break;
    for (let entry = 0; entry < entries * entryBytes; entry += entryBytes) {
      const tag = number(bytes, entry, 2);
      const values = number(bytes, entry + 4, offsetBytes);
      const valueBytes = values * (TYPE_BYTES[number(bytes, entry + 2, 2)] ?? 1);
      // Damage, which a decoder sees at once.
      if (valueBytes > source.size) continue;
      if (valueBytes > offsetBytes) found.valueBytes += valueBytes;
      if (tag === STRIP_OFFSETS || tag === TILE_OFFSETS) found.pieces += values;
    }
    at = number(bytes, entries * entryBytes, offsetBytes);
  }
  return found;
};

export const isBeyond = (found: TiffCount, most: TiffCount): boolean =>
  (Object.keys(most) as (keyof TiffCount)[]).some((what) => found[what] > most[what]);
