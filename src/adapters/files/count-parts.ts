/**
 * Whether a file has more parts than any honest one: counted by reading over it once, before a
 * decoder sees it. Each limit is several times what the largest honest files have.
 */
import type { ByteSource } from './byte-source.ts';

const CHUNK_BYTES = 256 * 1024;
const OVERLAP_BYTES = 8;

/** A picture that is sharpened in ten scans is an elaborate one. */
const JPEG_SCANS = 100;
/** PNG writers cut their data into pieces of 8 kB and more, and add some texts. */
const PNG_CHUNKS = 20_000;
const PNG_OTHER_CHUNKS = 500;
const PDF_OBJECTS = 300_000;
/** Objects without an end, as a search for `obj` in packed data finds a few. */
const PDF_UNFINISHED = 100;

export const hasTooManyParts = async (kind: string, source: ByteSource): Promise<boolean> => {
  if (kind === 'jpg') return hasTooManyScans(source);
  if (kind === 'png') return hasTooManyChunks(source);
  return kind === 'pdf' && hasTooManyObjects(source);
};

async function* chunksOf(source: ByteSource): AsyncGenerator<string> {
  for (let at = 0; at < source.size; at += CHUNK_BYTES) {
    const from = Math.max(0, at - OVERLAP_BYTES);
    yield (await source.read(from, at + CHUNK_BYTES - from)).toString('latin1');
  }
}

/** In the data of a scan `ff` is followed by zero, so that no marker is found in it by chance. */
const hasTooManyScans = async (source: ByteSource): Promise<boolean> => {
  let scans = 0;
  for await (const text of chunksOf(source))
    scans += text.match(/\xff\xda\0[\x08\x0a\x0c\x0e]/g)?.length ?? 0;
  return scans > JPEG_SCANS;
};

const hasTooManyChunks = async (source: ByteSource): Promise<boolean> => {
  let [chunks, others] = [0, 0];
  for (let at = 8; at + 8 <= source.size;) {
    const head = await source.read(at, 8);
    const type = head.toString('latin1', 4, 8);
    if (type === 'IEND') break;
    chunks += 1;
    if (type !== 'IDAT') others += 1;
    if (chunks > PNG_CHUNKS || others > PNG_OTHER_CHUNKS) return true;
    at += 12 + head.readUInt32BE(0);
  }
  return false;
};

const hasTooManyObjects = async (source: ByteSource): Promise<boolean> => {
  let [begun, ended] = [0, 0];
  for await (const text of chunksOf(source)) {
    begun += text.match(/\d\s+obj\b/g)?.length ?? 0;
    ended += text.match(/endobj/g)?.length ?? 0;
  }
  return begun > PDF_OBJECTS || begun - ended > PDF_UNFINISHED;
};
