/**
 * The table of contents of a zip file (APPNOTE 4.3), read from its end with a bound on everything.
 * What an honest DOCX never has is refused before anything is inflated: ZIP64, several disks, more
 * entries or bytes than a document has, names that lead elsewhere or come twice, entries that
 * share their bytes.
 */
import { inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import type { ByteSource } from './byte-source.ts';

const inflate = promisify(inflateRaw);

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const MAX_ENTRIES = 2000;
const MAX_DIRECTORY_BYTES = 1024 * 1024;
const MAX_UNPACKED_BYTES = 200 * 1024 * 1024;
const MAX_RATIO = 200;
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

export const readZipDirectory = async (source: ByteSource): Promise<ZipDirectory> => {
  const end = await findEnd(source);
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
  return fits([...entries.values()], end.offset) ? { ok: true, entries } : BROKEN;
};

/**
 * One part, unpacked. Undefined: not readable, or more than `maxBytes` whatever the directory says.
 */
export const readZipEntry = async (
  source: ByteSource,
  entry: ZipEntry,
  maxBytes: number,
): Promise<Buffer | undefined> => {
  if (entry.packedBytes > maxBytes || entry.unpackedBytes > maxBytes) return undefined;
  const header = await source.read(entry.offset, LOCAL_HEADER_BYTES);
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== 0x04034b50) return undefined;
  const start =
    entry.offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await source.read(start, entry.packedBytes);
  if (packed.length < entry.packedBytes) return undefined;
  if (entry.method === 0) return packed;
  if (entry.method !== 8) return undefined;
  return inflate(packed, { maxOutputLength: maxBytes }).catch(() => undefined);
};

const findEnd = async (
  source: ByteSource,
): Promise<{ offset: number; bytes: number; entries: number } | undefined> => {
  const length = Math.min(source.size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await source.read(source.size - length, length);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue;
    // The comment reaches to the very end, or these four bytes were something else.
    if (at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const position = source.size - length + at;
    const entries = tail.readUInt16LE(at + 10);
    const bytes = tail.readUInt32LE(at + 12);
    const offset = tail.readUInt32LE(at + 16);
    const oneDisk = tail.readUInt32LE(at + 4) === 0 && tail.readUInt16LE(at + 8) === entries;
    const isBounded = entries <= MAX_ENTRIES && bytes <= MAX_DIRECTORY_BYTES;
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

/** No part reaches into the next one or into the directory, and unpacked they stay a document. */
const fits = (entries: ZipEntry[], directoryOffset: number): boolean => {
  let [packed, unpacked, free] = [0, 0, 0];
  for (const entry of entries.toSorted((one, other) => one.offset - other.offset)) {
    if (entry.offset < free) return false;
    free = entry.offset + LOCAL_HEADER_BYTES + Buffer.byteLength(entry.name) + entry.packedBytes;
    packed += entry.packedBytes;
    unpacked += entry.unpackedBytes;
    if (isBomb(entry.packedBytes, entry.unpackedBytes)) return false;
  }
  return free <= directoryOffset && unpacked <= MAX_UNPACKED_BYTES && !isBomb(packed, unpacked);
};

const isBomb = (packed: number, unpacked: number): boolean =>
  unpacked > RATIO_FREE_BYTES && unpacked > packed * MAX_RATIO;
