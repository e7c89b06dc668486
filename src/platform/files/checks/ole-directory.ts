/**
 * OLE compound files ([MS-CFB]), the container of Word 97-2003. Follows every chain with a bound,
 * against cycles and out-of-file references.
 */
import type { ByteSource } from './byte-source.ts';

export const OLE_MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');

const HEADER_BYTES = 512;
const HEADER_FAT_SECTORS = 109;
const ENTRY_BYTES = 128;
const MINI_SECTOR_BYTES = 64;
const MAX_REGULAR_SECTOR = 0xfffffffa;
const END_OF_CHAIN = 0xfffffffe;
const MAX_ENTRIES = 20_000;
const NONE = 0xffffffff;

export interface OleEntry {
  name: string;
  kind: 'storage' | 'stream';
  bytes: number;
  start: number;
  child: number;
}

export interface OleFile {
  root: Map<string, OleEntry>;
  childrenOf(storage: OleEntry): Map<string, OleEntry>;
  readStart(entry: OleEntry, length: number): Promise<Buffer | undefined>;
}

interface Container {
  source: ByteSource;
  header: Buffer;
  sectorBytes: number;
  sectors: number;
  next: (sector: number) => number;
  readSector: (sector: number) => Promise<Buffer>;
}

export const readOleDirectory = async (source: ByteSource): Promise<OleFile | undefined> => {
  const container = await openContainer(source);
  if (!container) return undefined;
  const { header, sectorBytes, readSector } = container;
  const maxDirectorySectors = Math.ceil((MAX_ENTRIES * ENTRY_BYTES) / sectorBytes);
  const chain = follow(container, header.readUInt32LE(48), maxDirectorySectors);
  if (!chain || chain.length === 0) return undefined;
  const directory = Buffer.concat(await inOrder(chain, readSector));
  const root = directory.subarray(0, ENTRY_BYTES);
  if (root.length < ENTRY_BYTES || root.readUInt8(66) !== 5) return undefined;
  return {
    root: readChildren(directory, root.readUInt32LE(76)),
    childrenOf: ({ child }) => readChildren(directory, child),
    readStart: (entry, length) => readStart(container, root, entry, length),
  };
};

const openContainer = async (source: ByteSource): Promise<Container | undefined> => {
  const header = await source.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.subarray(0, 8).equals(OLE_MAGIC)) return undefined;
  const sectorShift = header.readUInt16LE(30);
  if (header.readUInt16LE(28) !== 0xfffe || (sectorShift !== 9 && sectorShift !== 12))
    return undefined;
  const sectorBytes = 1 << sectorShift;
  const sectors = Math.ceil(source.size / sectorBytes);
  const readSector = (sector: number): Promise<Buffer> =>
    source.read((sector + 1) * sectorBytes, sectorBytes);
  const next = await readFat({ header, sectors, sectorBytes, readSector });
  return next && { source, header, sectorBytes, sectors, next, readSector };
};

const follow = (
  { source, sectorBytes, sectors, next }: Container,
  start: number,
  limit: number,
): number[] | undefined => {
  const chain: number[] = [];
  for (let sector = start; sector !== END_OF_CHAIN; sector = next(sector)) {
    if (sector > MAX_REGULAR_SECTOR || (sector + 1) * sectorBytes >= source.size) return undefined;
    if (chain.push(sector) > sectors) return undefined;
    if (chain.length === limit) break;
  }
  return chain;
};

const readStart = async (
  container: Container,
  root: Buffer,
  entry: OleEntry,
  length: number,
): Promise<Buffer | undefined> => {
  const { source, header, sectorBytes, sectors, readSector } = container;
  const wanted = Math.min(length, entry.bytes);
  if (wanted > source.size) return undefined;
  if (entry.bytes < header.readUInt32LE(56)) return readSmall(container, root, entry.start, wanted);
  const needed = Math.ceil(entry.bytes / sectorBytes);
  const chain = needed > sectors ? undefined : follow(container, entry.start, needed);
  if (!chain || chain.length < needed) return undefined;
  const first = chain.slice(0, Math.ceil(wanted / sectorBytes));
  return Buffer.concat(await inOrder(first, readSector)).subarray(0, wanted);
};

// Small streams are inside the root's own stream, with sectors and a table of their own.
const readSmall = async (
  container: Container,
  root: Buffer,
  start: number,
  length: number,
): Promise<Buffer | undefined> => {
  const { header, sectorBytes, sectors, readSector } = container;
  const stream = follow(container, root.readUInt32LE(116), sectors);
  const table = follow(container, header.readUInt32LE(60), sectors);
  if (!stream || !table) return undefined;
  const pieces: Buffer[] = [];
  let small = start;
  for (let found = 0; found < length; found += MINI_SECTOR_BYTES) {
    const at = small * MINI_SECTOR_BYTES;
    const sector = stream[Math.floor(at / sectorBytes)];
    if (sector === undefined) return undefined;
    const within = at % sectorBytes;
    pieces.push((await readSector(sector)).subarray(within, within + MINI_SECTOR_BYTES));
    const place = small * 4;
    const list = table[Math.floor(place / sectorBytes)];
    const isLast = found + MINI_SECTOR_BYTES >= length;
    if (isLast) break;
    if (list === undefined) return undefined;
    const entry = (await readSector(list)).subarray(place % sectorBytes);
    small = entry.length < 4 ? NONE : entry.readUInt32LE(0);
  }
  const all = Buffer.concat(pieces).subarray(0, length);
  return all.length === length ? all : undefined;
};

const inOrder = async <Item, Result>(
  items: Item[],
  read: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (const item of items) results.push(await read(item));
  return results;
};

const readFat = async ({
  header,
  sectors,
  sectorBytes,
  readSector,
}: {
  header: Buffer;
  sectors: number;
  sectorBytes: number;
  readSector: (sector: number) => Promise<Buffer>;
}): Promise<((sector: number) => number) | undefined> => {
  const entriesPerSector = sectorBytes / 4;
  const neededFatSectors = Math.ceil(sectors / entriesPerSector) + 1;
  const places: number[] = [];
  for (let index = 0; index < HEADER_FAT_SECTORS; index += 1)
    places.push(header.readUInt32LE(76 + index * 4));
  // Large files list the rest of the table's sectors in a chain of their own.
  let next = header.readUInt32LE(68);
  while (next <= MAX_REGULAR_SECTOR && places.length < neededFatSectors + HEADER_FAT_SECTORS) {
    const sector = await readSector(next);
    if (sector.length < sectorBytes) return undefined;
    for (let index = 0; index < entriesPerSector - 1; index += 1)
      places.push(sector.readUInt32LE(index * 4));
    next = sector.readUInt32LE(sectorBytes - 4);
  }
  const used = places.filter((place) => place <= MAX_REGULAR_SECTOR).slice(0, neededFatSectors);
  const table = await inOrder(used, readSector);
  if (table.length === 0 || table.some((sector) => sector.length < sectorBytes)) return undefined;
  const all = Buffer.concat(table);
  return (sector) => (sector * 4 + 4 <= all.length ? all.readUInt32LE(sector * 4) : NONE);
};

// The children of a storage are a tree of siblings.
const readChildren = (directory: Buffer, first: number): Map<string, OleEntry> => {
  const children = new Map<string, OleEntry>();
  const seen = new Set<number>();
  const waiting = [first];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id) || (id + 1) * ENTRY_BYTES > directory.length) continue;
    seen.add(id);
    const record = directory.subarray(id * ENTRY_BYTES, (id + 1) * ENTRY_BYTES);
    const kind = record.readUInt8(66);
    const nameBytes = Math.min(Math.max(record.readUInt16LE(64) - 2, 0), 62);
    const name = record.subarray(0, nameBytes).toString('utf16le');
    if (kind === 1 || kind === 2)
      children.set(name.toLowerCase(), {
        name,
        kind: kind === 1 ? 'storage' : 'stream',
        bytes: record.readUInt32LE(120),
        start: record.readUInt32LE(116),
        child: record.readUInt32LE(76),
      });
    waiting.push(record.readUInt32LE(68), record.readUInt32LE(72));
  }
  return children;
};
