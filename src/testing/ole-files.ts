/** OLE compound files ([MS-CFB]), in which Word 97-2003 keeps documents, made by code. */

/** A stream, or a storage of other parts. */
export interface OlePart {
  name: string;
  content?: Buffer;
  parts?: OlePart[];
}

const SECTOR = 512;
const SMALL = 64;
const SMALL_BELOW = 4096;
const ENTRY = 128;
const [END, TABLE, FREE] = [0xfffffffe, 0xfffffffd, 0xffffffff];

const padded = (bytes: Buffer, to: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);

/** Of version 3: header, one table sector, the directory, small streams and their table, streams. */
export const makeOle = (parts: OlePart[], rootClass = '0'.repeat(32)): Buffer => {
  interface Entry {
    name: string;
    kind: number;
    content: Buffer | undefined;
    child: number;
    right: number;
    start: number;
  }
  const entries: Entry[] = [
    { name: 'Root Entry', kind: 5, content: undefined, child: FREE, right: FREE, start: END },
  ];
  /** Siblings in the order that the format wants: by length, then by letter. */
  const add = (siblings: OlePart[]): number => {
    const ordered = siblings.toSorted(
      (one, other) => one.name.length - other.name.length || (one.name < other.name ? -1 : 1),
    );
    let before: Entry | undefined;
    let first = FREE;
    for (const { name, content, parts: inner = [] } of ordered) {
      const id = entries.length;
      const entry: Entry = {
        name,
        kind: content ? 2 : 1,
        content,
        child: FREE,
        right: FREE,
        start: content ? END : 0,
      };
      entries.push(entry);
      if (before) before.right = id;
      else first = id;
      before = entry;
      entry.child = add(inner);
    }
    return first;
  };
  const root = entries[0] as Entry;
  root.child = add(parts);

  const table = Buffer.alloc(SECTOR, 0xff);
  const sectors: Buffer[] = [];
  /** @returns its first sector */
  const place = (bytes: Buffer): number => {
    const first = sectors.length + 1;
    const count = Math.ceil(bytes.length / SECTOR);
    const whole = padded(bytes, SECTOR);
    for (let index = 0; index < count; index += 1) {
      sectors.push(whole.subarray(index * SECTOR, (index + 1) * SECTOR));
      table.writeUInt32LE(index + 1 < count ? first + index + 1 : END, (first + index) * 4);
    }
    return count === 0 ? END : first;
  };
  table.writeUInt32LE(TABLE, 0);

  const directory = padded(Buffer.alloc(entries.length * ENTRY), SECTOR);
  const directoryStart = place(directory);
  const small: Buffer[] = [];
  const smallTable: number[] = [];
  for (const entry of entries) {
    if (!entry.content) continue;
    if (entry.content.length >= SMALL_BELOW) continue;
    entry.start = smallTable.length;
    const count = Math.ceil(entry.content.length / SMALL);
    for (let index = 1; index <= count; index += 1)
      smallTable.push(index < count ? entry.start + index : END);
    small.push(padded(entry.content, SMALL));
  }
  root.content = Buffer.concat(small);
  root.start = place(root.content);
  const chains = Buffer.alloc(Math.ceil((smallTable.length * 4) / SECTOR) * SECTOR, 0xff);
  for (const [index, next] of smallTable.entries()) chains.writeUInt32LE(next, index * 4);
  const chainsStart = place(chains);
  for (const entry of entries)
    if (entry.kind === 2 && entry.content && entry.content.length >= SMALL_BELOW)
      entry.start = place(entry.content);

  for (const [id, { name, kind, content, child, right, start }] of entries.entries()) {
    const at = id * ENTRY;
    directory.write(name, at, 'utf16le');
    directory.writeUInt16LE((name.length + 1) * 2, at + 64);
    directory.writeUInt8(kind, at + 66);
    directory.writeUInt8(1, at + 67);
    directory.writeUInt32LE(FREE, at + 68);
    directory.writeUInt32LE(right, at + 72);
    directory.writeUInt32LE(child, at + 76);
    directory.writeUInt32LE(start, at + 116);
    directory.writeUInt32LE(content?.length ?? 0, at + 120);
  }
  for (let at = entries.length * ENTRY; at < directory.length; at += ENTRY)
    directory.fill(0xff, at + 68, at + 80);
  directory.write(rootClass, 80, 'hex');
  for (let index = 0; index * SECTOR < directory.length; index += 1)
    sectors[index] = directory.subarray(index * SECTOR, (index + 1) * SECTOR);

  const header = Buffer.alloc(SECTOR, 0xff);
  header.fill(0, 0, 76);
  header.write('d0cf11e0a1b11ae1', 'hex');
  header.writeUInt16LE(0x003e, 24);
  header.writeUInt16LE(3, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(9, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(1, 44);
  header.writeUInt32LE(directoryStart, 48);
  header.writeUInt32LE(SMALL_BELOW, 56);
  header.writeUInt32LE(chainsStart, 60);
  header.writeUInt32LE(chains.length / SECTOR, 64);
  header.writeUInt32LE(END, 68);
  header.writeUInt32LE(0, 76);
  return Buffer.concat([header, table, ...sectors]);
};

/** [MS-OVBA] 2.4.1, each byte standing for itself. */
const vbaPacked = (text: Buffer): Buffer => {
  const body: Buffer[] = [];
  for (let at = 0; at < text.length; at += 8)
    body.push(Buffer.from([0]), text.subarray(at, at + 8));
  const chunk = Buffer.concat(body);
  const head = Buffer.alloc(3);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(0xb000 | (chunk.length - 1), 1);
  return Buffer.concat([head, chunk]);
};

/** What Word keeps of a module that it has compiled; after the mark the number of its lines. */
const compiled = (lines: number): Buffer => {
  const cache = Buffer.alloc(600);
  cache.write('feca0100', 400, 'hex');
  cache.writeUInt16LE(lines, 404);
  return cache;
};

const record = (id: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(6);
  head.writeUInt16LE(id, 0);
  head.writeUInt32LE(data.length, 2);
  return Buffer.concat([head, data]);
};

/**
 * The project that Word keeps beside a document, with one module.
 * @param code its text, beside what Word writes by itself
 * @param compiledLines of what was compiled of it
 */
export const macroProject = (code: string, compiledLines = code === '' ? 0 : 2): OlePart => {
  const cache = compiled(compiledLines);
  const place = Buffer.alloc(4);
  place.writeUInt32LE(cache.length, 0);
  const version = record(0x0009, Buffer.alloc(6));
  version.writeUInt32LE(4, 2);
  const dir = Buffer.concat([
    record(0x0001, Buffer.from([1, 0, 0, 0])),
    version,
    record(0x0019, Buffer.from('ThisDocument')),
    record(0x001a, Buffer.from('ThisDocument')),
    record(0x0032, Buffer.from('ThisDocument', 'utf16le')),
    record(0x0031, place),
    record(0x002b, Buffer.alloc(0)),
  ]);
  const text = `Attribute VB_Name = "ThisDocument"\r\nAttribute VB_Base = "1Normal"\r\n${code}\r\n`;
  return {
    name: 'Macros',
    parts: [
      { name: 'PROJECT', content: Buffer.from('ID="{0}"') },
      {
        name: 'VBA',
        parts: [
          { name: 'dir', content: vbaPacked(dir) },
          { name: '_VBA_PROJECT', content: Buffer.from('cc61ffff000000', 'hex') },
          { name: 'ThisDocument', content: Buffer.concat([cache, vbaPacked(Buffer.from(text))]) },
        ],
      },
    ],
  };
};
