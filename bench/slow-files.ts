/**
 * Files that cost their readers much, made apart from those of the desk's own tests: what one person
 * sends while others send theirs. Some are refused by counting, others only by what they cost.
 */
import { deflateSync } from 'node:zlib';
import type { UploadFile } from './desk-visitor.ts';

const SIDE = 6400;

const marker = (code: number, ...body: number[]): Buffer =>
  Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255, ...body]);

/** Three components of 41 megapixels; every scan says of each row of blocks that it is empty. */
const emptyScans = (scans: number): Buffer => {
  const size = [SIDE >> 8, SIDE & 255, SIDE >> 8, SIDE & 255];
  const lengths = (...counts: number[]): number[] => [
    ...counts,
    ...Array.from({ length: 16 - counts.length }, () => 0),
  ];
  const blocksInRow = SIDE / 8;
  const isFirst = Buffer.alloc(Math.ceil((blocksInRow * blocksInRow * 3) / 8), 0);
  // A run of 512 to 1,023 empty blocks (category 9) takes 1 bit for its code and 9 for its length;
  // restarts at the end of each row keep the decoder at the start of a byte.
  const row = Buffer.from([(288 >> 2) & 255, ((288 & 3) << 6) | 0b0011_1111]);
  const rows: Buffer[] = [];
  for (let at = 0; at < blocksInRow; at += 1) rows.push(row, Buffer.from([0xff, 0xd0 + (at % 8)]));
  const scan = (component: number): Buffer =>
    Buffer.concat([marker(0xda, 1, component, 0, 1, 5, 0), ...rows.slice(0, -1)]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    marker(0xdb, 0, ...Array.from({ length: 64 }, () => 3)),
    marker(0xc2, 8, ...size, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0),
    marker(0xc4, 0x00, ...lengths(1), 0),
    marker(0xc4, 0x10, ...lengths(1), 0x90),
    marker(0xda, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0),
    isFirst,
    marker(0xdd, blocksInRow >> 8, blocksInRow & 255),
    ...Array.from({ length: scans }, (_, at) => scan(1 + (at % 3))),
    Buffer.from([0xff, 0xd9]),
  ]);
};

const pdf = (objects: string): Buffer =>
  Buffer.from(
    `%PDF-1.6\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]>>endobj\n${objects}\ntrailer<</Root 1 0 R/Size 9>>\nstartxref\n9\n%%EOF\n`,
    'latin1',
  );

const repeated = (bytes: number, piece: (id: number) => string): string => {
  let text = '';
  for (let id = 11; text.length < bytes; id += 1) text += piece(id);
  return text;
};

/** Opened again and again, and never closed: to look for each end is quadratic. */
const openStrings = (bytes: number): Buffer =>
  pdf(repeated(bytes, (id) => `${id} 0 obj(\nendobj\n`));
const openStreams = (bytes: number): Buffer =>
  pdf(repeated(bytes, (id) => `${id} 0 obj<</A ${id}>>stream\r\n(endobj\n`));

/** Valid, and of as many objects as are taken: it only takes long. */
const manyObjects = (objects: number): Buffer => {
  const inStream = 2_000;
  const streams = Array.from({ length: objects / inStream }, (_, at) => {
    const first = 1_000 + at * inStream;
    const head = Array.from({ length: inStream }, (__, id) => `${first + id} ${id * 18}`).join(' ');
    const body = '<</K[1 2 3 4 5]>> '.repeat(inStream);
    const packed = deflateSync(`${head} ${body}`).toString('latin1');
    return `${100 + at} 0 obj<</Type/ObjStm/N ${inStream}/First ${head.length + 1}/Filter/FlateDecode/Length ${packed.length}>>stream\n${packed}\nendstream endobj`;
  });
  return pdf(streams.join('\n'));
};

export const slowFiles = (): UploadFile[] => [
  { name: 'scans.jpg', type: 'image/jpeg', bytes: emptyScans(300) },
  { name: 'strings.pdf', type: 'application/pdf', bytes: openStrings(150_000) },
  { name: 'elaborate.jpg', type: 'image/jpeg', bytes: emptyScans(95) },
  { name: 'streams.pdf', type: 'application/pdf', bytes: openStreams(150_000) },
  { name: 'objects.pdf', type: 'application/pdf', bytes: manyObjects(200_000) },
];
