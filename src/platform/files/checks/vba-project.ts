/**
 * Whether a Word 97-2003 document holds a macro ([MS-OVBA]): Word keeps a project with an empty
 * module in documents that never had one. Checks both source and compiled form, as Word may run
 * either. Unreadable counts as a macro.
 */
import type { OleEntry, OleFile } from './ole-directory.ts';

const MOST_BYTES = 1024 * 1024;
const CHUNK_BYTES = 4096;

// Records of the stream `dir`.
const PROJECT_VERSION = 0x0009;
const MODULE_STREAM_NAME = 0x0032;
const MODULE_OFFSET = 0x0031;

// The list of modules, and caches.
const NO_MODULE = /^(?:dir|_vba_project|__srp_[0-9a-f]+)$/;

export const holdsMacros = async (ole: OleFile, project: OleEntry): Promise<boolean> => {
  const parts = ole.childrenOf(project);
  const vba = parts.get('vba');
  // Forms have code of their own.
  if ([...parts.values()].some(({ kind, name }) => kind === 'storage' && !/^vba$/i.test(name)))
    return true;
  if (!vba) return parts.size > 0;
  const streams = ole.childrenOf(vba);
  const listing = streams.get('dir');
  const dir = listing && (await read(ole, listing));
  const modules = dir && modulesOf(unpack(dir) ?? Buffer.alloc(0));
  if (!modules) return true;
  for (const [name, entry] of streams) {
    if (NO_MODULE.test(name)) continue;
    const offset = modules.get(name);
    const module = await read(ole, entry);
    if (offset === undefined || !module || !isEmpty(module, offset)) return true;
  }
  return false;
};

const read = (ole: OleFile, entry: OleEntry): Promise<Buffer | undefined> =>
  entry.kind === 'stream' && entry.bytes <= MOST_BYTES
    ? ole.readStart(entry, entry.bytes)
    : Promise.resolve(undefined);

const modulesOf = (dir: Buffer): Map<string, number> | undefined => {
  const modules = new Map<string, number>();
  let name: string | undefined;
  let at = 0;
  while (at + 6 <= dir.length) {
    const id = dir.readUInt16LE(at);
    // Of this one alone the size does not count all that follows.
    const bytes = id === PROJECT_VERSION ? 6 : dir.readUInt32LE(at + 2);
    const data = dir.subarray(at + 6, at + 6 + bytes);
    if (data.length < bytes) return undefined;
    if (id === MODULE_STREAM_NAME) name = data.toString('utf16le').toLowerCase();
    if (id === MODULE_OFFSET && name !== undefined && bytes === 4)
      modules.set(name, data.readUInt32LE(0));
    at += 6 + bytes;
  }
  return modules;
};

/** A colon starts another statement, and a line that ends in ` _` continues. */
const EMPTY_LINE = /^\s*(?:(?:Attribute VB_|Option )(?:[^":']|"[^"]*")*)?(?:'.*)?(?<! _)$/i;
const COMPILED = Buffer.from('feca0100', 'hex');

const isEmpty = (module: Buffer, offset: number): boolean => {
  const text = offset <= module.length ? unpack(module.subarray(offset)) : undefined;
  if (!text) return false;
  const compiled = module.subarray(0, offset);
  for (let at = compiled.indexOf(COMPILED); at >= 0; at = compiled.indexOf(COMPILED, at + 1)) {
    const lines = compiled.subarray(at + COMPILED.length, at + COMPILED.length + 2);
    if (lines.length < 2 || lines.readUInt16LE(0) !== 0) return false;
  }
  if (compiled.length > 0 && !compiled.includes(COMPILED)) return false;
  return text
    .toString('latin1')
    .split(/[\r\n]+/)
    .every((line) => EMPTY_LINE.test(line));
};

// [MS-OVBA] 2.4.1
const unpack = (packed: Buffer): Buffer | undefined => {
  if (packed[0] !== 1) return undefined;
  const chunks: Buffer[] = [];
  let at = 1;
  while (at + 2 <= packed.length) {
    const header = packed.readUInt16LE(at);
    if (((header >>> 12) & 0x7) !== 0x3) return undefined;
    const end = at + (header & 0xfff) + 3;
    if (end > packed.length || chunks.length * CHUNK_BYTES > MOST_BYTES) return undefined;
    const isPacked = header >>> 15 === 1;
    const body = packed.subarray(at + 2, end);
    const chunk = isPacked ? unpackChunk(body) : body;
    if (!chunk) return undefined;
    chunks.push(chunk);
    at = end;
  }
  return Buffer.concat(chunks);
};

const unpackChunk = (packed: Buffer): Buffer | undefined => {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let length = 0;
  let at = 0;
  while (at < packed.length) {
    const flags = packed.readUInt8(at);
    at += 1;
    for (let bit = 0; bit < 8 && at < packed.length; bit += 1) {
      if (((flags >>> bit) & 1) === 0) {
        if (length >= CHUNK_BYTES) return undefined;
        chunk[length] = packed.readUInt8(at);
        length += 1;
        at += 1;
        continue;
      }
      if (at + 2 > packed.length) return undefined;
      const token = packed.readUInt16LE(at);
      at += 2;
      const offsetBits = Math.max(4, Math.ceil(Math.log2(length)));
      const count = (token & (0xffff >>> offsetBits)) + 3;
      const from = length - (token >>> (16 - offsetBits)) - 1;
      if (from < 0 || length + count > CHUNK_BYTES) return undefined;
      // One byte after the other: what is copied may be what was just written.
      for (let copied = 0; copied < count; copied += 1)
        chunk[length + copied] = chunk[from + copied] ?? 0;
      length += count;
    }
  }
  return chunk.subarray(0, length);
};
