import { withBytes } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';

const MAX_ENTRIES = 1000;
const SHORT = 3;
const OF_EIGHT_BYTES = [16, 17, 18];
const FORMS = [
  { version: 42, first: 4, countBytes: 2, entryBytes: 12, placeBytes: 4 },
  { version: 43, first: 8, countBytes: 8, entryBytes: 20, placeBytes: 8 },
] as const;
const HEAD_BYTES = 16;

export interface TiffTags {
  page(number: number): Promise<number | undefined>;
  find(directory: number, tag: number): Promise<number | undefined>;
}

type NumberAt = (bytes: Buffer, at: number) => number;

const readersOf = (isLittle: boolean): Record<2 | 4 | 8, NumberAt> => ({
  2: (bytes, at) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
  4: (bytes, at) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
  8: (bytes, at) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)),
});

/** Of a classic TIFF and of a BigTIFF. */
export const readTiffTags = async (source: ByteSource): Promise<TiffTags | undefined> => {
  const head = await source.read(0, HEAD_BYTES);
  const order = head.toString('latin1', 0, 2);
  if (head.length < HEAD_BYTES || (order !== 'II' && order !== 'MM')) return undefined;
  const read = readersOf(order === 'II');
  const form = FORMS.find(({ version }) => version === read[2](head, 2));
  if (!form) return undefined;
  const { first, countBytes, entryBytes, placeBytes } = form;
  const place = read[placeBytes];
  const valueAt = entryBytes - placeBytes;

  const entriesOf = async (directory: number): Promise<Buffer | undefined> => {
    const length = await source.read(directory, countBytes);
    if (length.length < countBytes) return undefined;
    const count = Math.min(read[countBytes](length, 0), MAX_ENTRIES);
    return source.read(directory + countBytes, count * entryBytes + placeBytes);
  };

  return {
    async page(number) {
      let directory = place(head, first);
      for (let page = 1; page < number; page += 1) {
        const entries = await entriesOf(directory);
        if (!entries || entries.length < placeBytes) return undefined;
        directory = place(entries, entries.length - placeBytes);
        if (directory === 0) return undefined;
      }
      return directory;
    },
    async find(directory, tag) {
      const entries = (await entriesOf(directory)) ?? Buffer.alloc(0);
      for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
        if (read[2](entries, at) !== tag) continue;
        const type = read[2](entries, at + 2);
        const bytes = type === SHORT ? 2 : OF_EIGHT_BYTES.includes(type) ? placeBytes : 4;
        return read[bytes](entries, at + valueAt);
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
