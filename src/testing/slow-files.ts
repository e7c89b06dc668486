/** Small files that cost their readers much: what an attacker sends, for tests and benchmarks. */
import { crc32, deflateSync } from 'node:zlib';

const SIDE = 7000;
const BLOCKS = Math.ceil(SIDE / 8) ** 2;

const segment = (marker: number, body: number[] | Buffer): Buffer => {
  const size = body.length + 2;
  return Buffer.concat([Buffer.from([0xff, marker, size >> 8, size & 255]), Buffer.from(body)]);
};
const entropy = (codes: [value: number, length: number][]): Buffer => {
  const bytes: number[] = [];
  let current = 0;
  let filled = 0;
  const put = (bit: number): void => {
    current = (current << 1) | bit;
    filled += 1;
    if (filled < 8) return;
    bytes.push(current, ...(current === 0xff ? [0] : []));
    current = 0;
    filled = 0;
  };
  for (const [value, length] of codes)
    for (let i = length - 1; i >= 0; i -= 1) put((value >> i) & 1);
  while (filled > 0) put(1);
  return Buffer.from(bytes);
};
const huffman = (id: number, counts: number[], values: number[]): Buffer =>
  segment(0xc4, [id, ...counts, ...Array.from({ length: 16 - counts.length }, () => 0), ...values]);

/** AC codes: `0` is a run of empty blocks with 14 more bits, `10` one empty block. */
const emptyBlocks = (): [number, number][] => {
  const runs: [number, number][] = [];
  for (let left = BLOCKS; left > 0;) {
    if (left < 16384) {
      runs.push([0b10, 2]);
      left -= 1;
      continue;
    }
    const run = left > 49151 ? 32767 : left > 32767 ? left - 16384 : left;
    runs.push([0, 1], [run - 16384, 14]);
    left -= run;
  }
  return runs;
};

/**
 * A grey progressive JPEG of 49 megapixels whose scans are all empty, 74 bytes each: a decoder walks
 * through every block for every scan before it shows a pixel.
 */
export const slowJpeg = (scans: number): Buffer => {
  const scan = Buffer.concat([segment(0xda, [1, 1, 0, 1, 63, 0]), entropy(emptyBlocks())]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    segment(0xc2, [8, SIDE >> 8, SIDE & 255, SIDE >> 8, SIDE & 255, 1, 1, 0x11, 0]),
    huffman(0x00, [1], [0]),
    huffman(0x10, [1, 1], [0xe0, 0]),
    segment(0xda, [1, 1, 0, 0, 0, 0]),
    entropy(Array.from({ length: BLOCKS }, () => [0, 1])),
    ...Array.from({ length: scans }, () => scan),
    Buffer.from([0xff, 0xd9]),
  ]);
};

export const pngChunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = [Buffer.alloc(4), Buffer.alloc(4)] as const;
  ends[0].writeUInt32BE(data.length);
  ends[1].writeUInt32BE(crc32(body));
  return Buffer.concat([ends[0], body, ends[1]]);
};

/** A PNG whose data comes in pieces of one byte, or of none. */
export const choppedPng = (pieces: number): Buffer => {
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0]);
  const data = deflateSync(Buffer.alloc(9 * 8));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...Array.from({ length: pieces }, (_, at) => pngChunk('IDAT', data.subarray(at, at + 1))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
};

/** Objects that do not end: readers that search for the end of each are quadratic. */
export const slowPdf = (bytes: number): Buffer => {
  let body = '';
  for (let id = 10; body.length < bytes; id += 1) body += `${id} 0 obj<<>>stream\n`;
  return Buffer.from(`%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n${body}\n%%EOF\n`);
};

/** Of a page that is drawn in no lifetime: the steps of a function for each pixel, and its pictures. */
const ENDLESS = { steps: 2_000, times: 200 };

/**
 * Read in no time. On some pages each pixel of hundreds of pictures is computed by a long function.
 * @param pages for each of them how many such pictures it has
 */
export const costlyPdf = (pages: number[], steps = ENDLESS.steps): Buffer => {
  const first = 5;
  const stream = (dictionary: string, content: string): string =>
    `<<${dictionary}/Length ${content.length}>>stream\n${content}\nendstream`;
  const kids = pages.map((_, page) => `${first + page * 2} 0 R`).join(' ');
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${pages.length}/Kids[${kids}]>>`,
    '<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Matrix[300 0 0 400 0 0]/Function 4 0 R>>',
    stream(
      '/FunctionType 4/Domain[0 1 0 1]/Range[0 1]',
      `{add 0.5 mul ${'0.9 mul 0.05 add '.repeat(steps)}}`,
    ),
    ...pages.flatMap((pictures, page) => [
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents ${first + page * 2 + 1} 0 R` +
        '/Resources<</Shading<</S 3 0 R>>>>>>',
      stream('', `0.${page % 10} g 20 20 200 300 re f ${'/S sh '.repeat(pictures)}`),
    ]),
  ];
  return assemblePdf(objects);
};

/** `pages`: for each of them whether it is drawn in no lifetime. */
export const endlessPdf = (pages: boolean[]): Buffer =>
  costlyPdf(pages.map((isEndless) => (isEndless ? ENDLESS.times : 0)));

/** Object 1 is the catalog. */
const assemblePdf = (objects: string[]): Buffer => {
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const xref = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const at of offsets) text += `${String(at).padStart(10, '0')} 00000 n \n`;
  text += `trailer<</Root 1 0 R/Size ${objects.length + 1}>>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
};
