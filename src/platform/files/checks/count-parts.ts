// Rejects files with more parts than any honest one, by one pass over the file before a decoder
// sees it. Each limit is several times what the largest honest files have.
import type { FileLimits } from '../file-checks.ts';
import type { ByteSource } from './byte-source.ts';
import { hasTooManyObjects } from './count-pdf.ts';
import { countTiff, isBeyond } from './count-tiff.ts';
import { inflatedBytes } from './inflated-bytes.ts';

const CHUNK_BYTES = 256 * 1024;
const OVERLAP_BYTES = 8;

// Ten scans make an elaborate progressive JPEG.
const JPEG_SCANS = 100;
// PNG writers split their data into pieces of 8 kB and more.
const PNG_CHUNKS = 20_000;
const PNG_OTHER_CHUNKS = 500;
const PNG_TEXT_BYTES = 16 * 1024 * 1024;
// About twenty entries a page for 1,000 pages; one row a strip is common.
const TIFF_ENTRIES = 100_000;
const TIFF_PIECES = 1_000_000;
const TIFF_VALUE_BYTES = 1024 * 1024;

type Excess = 'too_complex' | 'too_many_pages';

export const findTooManyParts = async (
  kind: string,
  source: ByteSource,
  limits: Pick<FileLimits, 'pages'>,
): Promise<Excess | undefined> => {
  if (kind === 'tiff') return findTiffExcess(source, limits);
  const count = { jpg: hasTooManyScans, png: hasTooManyChunks, pdf: hasTooManyObjects }[kind];
  return (await count?.(source)) ? 'too_complex' : undefined;
};

const findTiffExcess = async (
  source: ByteSource,
  { pages }: Pick<FileLimits, 'pages'>,
): Promise<Excess | undefined> => {
  const most = {
    pages,
    entries: TIFF_ENTRIES,
    pieces: TIFF_PIECES,
    valueBytes: source.size + TIFF_VALUE_BYTES,
  };
  const found = await countTiff(source, most);
  if (!isBeyond(found, most)) return undefined;
  return found.pages > pages ? 'too_many_pages' : 'too_complex';
};

async function* chunksOf(source: ByteSource): AsyncGenerator<string> {
  for (let at = 0; at < source.size; at += CHUNK_BYTES) {
    const from = Math.max(0, at - OVERLAP_BYTES);
    yield (await source.read(from, at + CHUNK_BYTES - from)).toString('latin1');
  }
}

// Scan data has a zero after `ff`, so no marker appears in it by chance.
const hasTooManyScans = async (source: ByteSource): Promise<boolean> => {
  let scans = 0;
  for await (const text of chunksOf(source))
    scans += text.match(/\xff\xda\0[\x08\x0a\x0c\x0e]/g)?.length ?? 0;
  return scans > JPEG_SCANS;
};

const hasTooManyChunks = async (source: ByteSource): Promise<boolean> => {
  let [chunks, others, left] = [0, 0, PNG_TEXT_BYTES];
  for (let at = 8; at + 8 <= source.size;) {
    const head = await source.read(at, 8);
    const type = head.toString('latin1', 4, 8);
    if (type === 'IEND') break;
    chunks += 1;
    if (type !== 'IDAT') others += 1;
    if (chunks > PNG_CHUNKS || others > PNG_OTHER_CHUNKS) return true;
    const length = head.readUInt32BE(0);
    if (PACKED_TEXTS.test(type))
      left -= unpackedBytes(type, await source.read(at + 8, length), left);
    if (left <= 0) return true;
    at += 12 + length;
  }
  return false;
};

const PACKED_TEXTS = /^(?:iCCP|zTXt|iTXt)$/;

// The packed bytes follow the keyword and the method, in iTXt also a flag, the language and the
// translated keyword.
const unpackedBytes = (type: string, data: Buffer, most: number): number => {
  const afterZero = (from: number): number => data.indexOf(0, from) + 1;
  const fields = afterZero(0);
  const start = type === 'iTXt' ? afterZero(afterZero(fields + 2)) : fields + 1;
  return inflatedBytes(data.subarray(start), most) ?? data.length;
};
