/**
 * The central directory of a ZIP (APPNOTE 4.3). Refuses before inflating what an honest DOCX never
 * has: ZIP64, several disks, too many entries or bytes, names outside the archive or twice,
 * overlapping entries.
 */
import { createInflateRaw, inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import type { FileLimits } from '../file-checks.ts';
import type { ByteSource } from './byte-source.ts';

const inflate = promisify(inflateRaw);

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
// For each entry: its record, its name and extra fields.
const MAX_RECORD_BYTES = 512;
// A small part of one repeated letter packs better than any whole document.
const RATIO_FREE_BYTES = 5 * 1024 * 1024;
const ENCRYPTED = 0x0001;
const SYMBOLIC_LINK = 0o120000;
const FILE_KIND = 0o170000;

export interface ZipEntry {
  name: string;
  method: number;
  packedBytes: number;
  unpackedBytes: number;
  offset: number;
}

export type ZipDirectory =
  | { ok: true; entries: Map<string, ZipEntry> }
  | { ok: false; problem: 'encrypted' | 'broken' };

const BROKEN = { ok: false, problem: 'broken' } as const;

export type ZipLimits = Pick<FileLimits, 'zipEntries' | 'unpackedBytes' | 'zipRatio'>;

export const readZipDirectory = async (
  source: ByteSource,
  limits: ZipLimits,
): Promise<ZipDirectory> => {
  const end = await findEnd(source, limits);
  if (!end) return BROKEN;
  const directory = await source.read(end.offset, end.bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let index = 0; index < end.entries; index += 1) {
    if (at + ENTRY_BYTES > directory.length) return BROKEN;
    const header = directory.subarray(at, at + ENTRY_BYTES);
    if (header.readUInt32LE(0) !== 0x02014b50) return BROKEN;
    const nameBytes = header.readUInt16LE(28);
    const name = directory
      .subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)
      .toString('utf8');
    if (header.readUInt16LE(8) & ENCRYPTED) return { ok: false, problem: 'encrypted' };
    const mode = header.readUInt32LE(38) >>> 16;
    // Names differ by case in no Office file, and Windows would take one for the other.
    const key = name.toLowerCase();
    if (!isPlainName(name) || entries.has(key) || (mode & FILE_KIND) === SYMBOLIC_LINK)
      return BROKEN;
    entries.set(key, {
      name,
      method: header.readUInt16LE(10),
      packedBytes: header.readUInt32LE(20),
      unpackedBytes: header.readUInt32LE(24),
      offset: header.readUInt32LE(42),
    });
    at += ENTRY_BYTES + nameBytes + header.readUInt16LE(30) + header.readUInt16LE(32);
  }
  return fits([...entries.values()], end.offset, limits) ? { ok: true, entries } : BROKEN;
};

export const readZipEntry = async (
  source: ByteSource,
  entry: ZipEntry,
  maxBytes: number,
): Promise<Buffer | undefined> => {
  if (entry.packedBytes > maxBytes || entry.unpackedBytes > maxBytes) return undefined;
  const packed = await readPacked(source, entry);
  if (!packed || entry.method === 0) return packed;
  if (entry.method !== 8) return undefined;
  return inflate(packed, { maxOutputLength: maxBytes }).catch(() => undefined);
};

/**
 * Holds only the packed bytes in memory.
 * @returns false when unreadable, or not as long as the directory says
 */
export const walkZipEntry = async (
  source: ByteSource,
  entry: ZipEntry,
  use: (piece: Buffer) => void,
): Promise<boolean> => {
  const packed = await readPacked(source, entry);
  if (!packed || (entry.method !== 0 && entry.method !== 8)) return false;
  if (entry.method === 0) {
    use(packed);
    return packed.length === entry.unpackedBytes;
  }
  let bytes = 0;
  try {
    const unpacking = createInflateRaw();
    unpacking.end(packed);
    for await (const piece of unpacking as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > entry.unpackedBytes) return false;
      use(piece);
    }
  } catch {
    return false;
  }
  return bytes === entry.unpackedBytes;
};

const readPacked = async (source: ByteSource, entry: ZipEntry): Promise<Buffer | undefined> => {
  const header = await source.read(entry.offset, LOCAL_HEADER_BYTES);
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== 0x04034b50) return undefined;
  const nameBytes = header.readUInt16LE(26);
  const name = await source.read(entry.offset + LOCAL_HEADER_BYTES, nameBytes);
  // A part that calls itself otherwise is another one to a program that reads from the front.
  if (name.toString('utf8') !== entry.name) return undefined;
  const start = entry.offset + LOCAL_HEADER_BYTES + nameBytes + header.readUInt16LE(28);
  const packed = await source.read(start, entry.packedBytes);
  return packed.length < entry.packedBytes ? undefined : packed;
};

const findEnd = async (
  source: ByteSource,
  { zipEntries }: ZipLimits,
): Promise<{ offset: number; bytes: number; entries: number } | undefined> => {
  const length = Math.min(source.size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await source.read(source.size - length, length);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue;
    // A few bytes may follow, as mail programs add them; a comment that is longer was something else.
    if (at + END_BYTES + tail.readUInt16LE(at + 20) > tail.length) continue;
    const position = source.size - length + at;
    const entries = tail.readUInt16LE(at + 10);
    const bytes = tail.readUInt32LE(at + 12);
    const offset = tail.readUInt32LE(at + 16);
    const oneDisk = tail.readUInt32LE(at + 4) === 0 && tail.readUInt16LE(at + 8) === entries;
    const isBounded = entries <= zipEntries && bytes <= zipEntries * MAX_RECORD_BYTES;
    return oneDisk && isBounded && offset + bytes <= position
      ? { offset, bytes, entries }
      : undefined;
  }
  return undefined;
};

const isPlainName = (name: string): boolean =>
  name !== '' &&
  !/[\0\\:]/.test(name) &&
  !name.startsWith('/') &&
  !name.split('/').some((part) => part === '..' || part === '.');

const fits = (
  entries: ZipEntry[],
  directoryOffset: number,
  { unpackedBytes, zipRatio }: ZipLimits,
): boolean => {
  const isBomb = (packed: number, unpacked: number): boolean =>
    unpacked > RATIO_FREE_BYTES && unpacked > packed * zipRatio;
  let [packed, unpacked, free] = [0, 0, 0];
  for (const entry of entries.toSorted((one, other) => one.offset - other.offset)) {
    if (entry.offset < free) return false;
    free = entry.offset + LOCAL_HEADER_BYTES + Buffer.byteLength(entry.name) + entry.packedBytes;
    packed += entry.packedBytes;
    unpacked += entry.unpackedBytes;
    if (isBomb(entry.packedBytes, entry.unpackedBytes)) return false;
  }
  return free <= directoryOffset && unpacked <= unpackedBytes && !isBomb(packed, unpacked);
};
