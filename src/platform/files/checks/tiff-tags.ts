import { withBytes } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';

const MAX_ENTRIES = 1000;
const ENTRY_BYTES = 12;
const SHORT = 3;

export interface TiffTags {
  page(number: number): Promise<number | undefined>;
  find(directory: number, tag: number): Promise<number | undefined>;
}

export const readTiffTags = async (source: ByteSource): Promise<TiffTags | undefined> => {
  const head = await source.read(0, 8);
  const order = head.toString('latin1', 0, 2);
  if (head.length < 8 || (order !== 'II' && order !== 'MM')) return undefined;
  const isLittle = order === 'II';
  const u16 = (bytes: Buffer, at: number): number =>
    isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const u32 = (bytes: Buffer, at: number): number =>
    isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  if (u16(head, 2) !== 42) return undefined;

  const entriesOf = async (directory: number): Promise<Buffer | undefined> => {
    const length = await source.read(directory, 2);
    if (length.length < 2) return undefined;
    const bytes = Math.min(u16(length, 0), MAX_ENTRIES) * ENTRY_BYTES;
    return source.read(directory + 2, bytes + 4);
  };

  return {
    async page(number) {
      let directory = u32(head, 4);
      for (let page = 1; page < number; page += 1) {
        const entries = await entriesOf(directory);
        if (!entries || entries.length < 4) return undefined;
        directory = u32(entries, entries.length - 4);
        if (directory === 0) return undefined;
      }
      return directory;
    },
    async find(directory, tag) {
      const entries = (await entriesOf(directory)) ?? Buffer.alloc(0);
      for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
        if (u16(entries, at) !== tag) continue;
        return u16(entries, at + 2) === SHORT ? u16(entries, at + 8) : u32(entries, at + 8);
      }
      return undefined;
    },
  };
};

const COMPRESSION = 259;
const JPEG = [6, 7];
const PHOTOMETRIC = 262;
const YCBCR = 6;

/** libvips treats plain YCbCr as RGB; it converts only the JPEG-compressed kind. */
export const isPlainYcbcr = (tiff: Buffer, page: number): Promise<boolean> =>
  withBytes(tiff, async (source) => {
    const tags = await readTiffTags(source);
    const directory = await tags?.page(page);
    if (!tags || directory === undefined) return false;
    const packing = (await tags.find(directory, COMPRESSION)) ?? 1;
    return (await tags.find(directory, PHOTOMETRIC)) === YCBCR && !JPEG.includes(packing);
  });
