/** Small files that say they hold very much: what is counted before a decoder unpacks it. */
import { deflateSync } from 'node:zlib';
import { pngChunk } from './slow-files.ts';

/** A PDF of one page and whatever stands behind it; its table is left out. */
export const pdfWith = (...objects: string[]): Buffer => {
  const text = [
    '%PDF-1.6',
    '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
    '2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj',
    '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 80 60]>>endobj',
    ...objects,
    'trailer<</Root 1 0 R/Size 9>>',
    'startxref\n9\n%%EOF\n',
  ];
  return Buffer.from(text.join('\n'), 'latin1');
};

const streamObject = (id: number, dictionary: string, data: Buffer): string =>
  `${id} 0 obj<<${dictionary}/Length ${data.length}>>stream\n${data.toString('latin1')}\nendstream endobj`;

/** `times`: how often it is packed within itself. */
export const objectStream = ({
  id,
  objects,
  spaces = 0,
  times = 1,
}: {
  id: number;
  objects: number;
  spaces?: number;
  times?: number;
}): string => {
  const first = id * 100_000;
  const head = Array.from({ length: objects }, (_, at) => `${first + at} ${at * 5}`).join(' ');
  let data = Buffer.from(`${head} ${'null '.repeat(objects)}${' '.repeat(spaces)}`);
  for (let time = 0; time < times; time += 1) data = deflateSync(data, { level: 9 });
  const filter = `/Filter[${'/FlateDecode'.repeat(times)}]`;
  return streamObject(id, `/Type/ObjStm/N ${objects}/First ${head.length + 1}${filter}`, data);
};

/** A table of references that says it has so many rows. */
export const longTable = (rows: number): string =>
  streamObject(9, `/Type/XRef/W[1 2 1]/Size ${rows}/Root 1 0 R`, Buffer.alloc(8));

/** Objects that look finished, and are not: what begins in them goes on to the end of the file. */
export const openObjects = (kind: 'string' | 'stream', count: number): string =>
  Array.from(
    { length: count },
    (_, at) => `${at + 10} 0 obj${kind === 'string' ? '(' : '<<>>stream\n%'}endobj`,
  ).join('\n');

/** A PNG of 16 pixels with texts that unpack to a megabyte each. */
export const wordyPng = (
  texts: number,
  { head = 'Comment\0\0', type = 'zTXt', windowBits = 15 } = {},
): Buffer => {
  const text = Buffer.concat([
    Buffer.from(head),
    deflateSync(Buffer.alloc(1024 * 1024, 46), { windowBits }),
  ]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', Buffer.from([0, 0, 0, 4, 0, 0, 0, 4, 8, 0, 0, 0, 0])),
    ...Array.from({ length: texts }, () => pngChunk(type, text)),
    pngChunk('IDAT', deflateSync(Buffer.alloc(5 * 4))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
};

interface TiffShape {
  pages?: number;
  /** Of each page; all pages name the same ones. */
  strips?: number;
  /** More entries of each page, of a tag that nobody knows. */
  more?: number;
  /** Bytes of the comment that all pages share. */
  comment?: number;
}

/** Grey, 4 pixels wide and as many rows high as it has strips; big-endian. */
export const tiffOf = ({ pages = 1, strips = 1, more = 0, comment = 0 }: TiffShape): Buffer => {
  const pixels = 8;
  const places = pixels + 4;
  const sizes = places + strips * 4;
  const text = sizes + strips * 4;
  const first = text + comment + (comment % 2);
  const head = Buffer.alloc(first);
  head.write('MM\0*', 'latin1');
  head.writeUInt32BE(first, 4);
  for (let strip = 0; strip < strips; strip += 1) {
    head.writeUInt32BE(pixels, places + strip * 4);
    head.writeUInt32BE(4, sizes + strip * 4);
  }
  const entries: [tag: number, type: number, count: number, value: number][] = [
    [256, 4, 1, 4],
    [257, 4, 1, strips],
    [258, 4, 1, 8],
    [259, 4, 1, 1],
    [262, 4, 1, 1],
    ...(comment > 0 ? [[270, 2, comment, text] as [number, number, number, number]] : []),
    [273, 4, strips, strips > 1 ? places : pixels],
    [277, 4, 1, 1],
    [278, 4, 1, 1],
    [279, 4, strips, strips > 1 ? sizes : 4],
    ...Array.from({ length: more }, (_, at): [number, number, number, number] => [
      50_000 + at,
      4,
      1,
      7,
    ]),
  ];
  const directory = 2 + entries.length * 12 + 4;
  const made = Array.from({ length: pages }, (_, page) => {
    const bytes = Buffer.alloc(directory);
    bytes.writeUInt16BE(entries.length);
    for (const [at, [tag, type, count, value]] of entries.entries()) {
      bytes.writeUInt16BE(tag, 2 + at * 12);
      bytes.writeUInt16BE(type, 4 + at * 12);
      bytes.writeUInt32BE(count, 6 + at * 12);
      bytes.writeUInt32BE(value, 10 + at * 12);
    }
    bytes.writeUInt32BE(page + 1 < pages ? first + (page + 1) * directory : 0, directory - 4);
    return bytes;
  });
  return Buffer.concat([head, ...made]);
};
