import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, expect, test } from 'vitest';
import { PREVIEW_LIMITS } from '../preview.ts';
import { makePdf, makeWidePng, refusedSample, sampleFile } from '../../../testing/sample-files.ts';
import { FilePool, PREVIEW_POOL } from '../pool/file-pool.ts';
import { sharp } from '../../base/sharp.ts';
import { drawPages } from './draw-pages.ts';
import type { DrawnPages, DrawOptions } from './draw-pages.ts';
import type { DrawnPage } from './page-artist.ts';

const pool = new FilePool(PREVIEW_POOL);
afterAll(() => pool.close());

const draw = (
  file: Parameters<typeof drawPages>[1],
  limits: Partial<typeof PREVIEW_LIMITS> = {},
  how: Omit<Partial<DrawOptions>, 'limits'> = {},
): Promise<DrawnPages> =>
  drawPages(pool, file, {
    owner: 'a',
    ...how,
    limits: { ...PREVIEW_LIMITS, seconds: 60, ...limits },
  });

const collect = async (...asked: Parameters<typeof draw>): Promise<DrawnPage[]> => {
  const { pages, ended } = await draw(...asked);
  expect(ended).toBe('whole');
  return pages;
};

const textOf = (bytes: Uint8Array = Buffer.alloc(0)): string =>
  Buffer.from(bytes).toString('latin1');

const darkest = async (picture: Uint8Array): Promise<number> => {
  const png = await sharp(picture).stats();
  return Math.min(...png.channels.map(({ min }) => min));
};

test('a page of a PDF becomes a picture of the width that is asked for, with what it shows', async () => {
  const { bytes } = await sampleFile('pdf');
  const [page, ...others] = await collect({ type: 'pdf', bytes }, { width: 600 });
  expect(others).toEqual([]);
  expect(page).toMatchObject({ page: 1, total: 1, width: 600 });
  expect(textOf(page?.bytes).slice(0, 2)).toBe('\xff\xd8');
  expect(await darkest(page?.bytes ?? Buffer.alloc(0))).toBeLessThan(100);
});

test('of a JPEG with a place no word of it is left, and it stands upright', async () => {
  const { bytes } = await sampleFile('jpg');
  const photo = await sharp(bytes)
    .resize(400, 200, { fit: 'fill' })
    .withExif({ IFD0: { Make: 'Camera of Sara' }, IFD3: { GPSLatitude: '35/1 41/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  expect((await sharp(photo).metadata()).exif?.length).toBeGreaterThan(0);
  const [page] = await collect({ type: 'jpg', bytes: photo });
  expect(page).toMatchObject({ width: 200, height: 400 });
  expect(textOf(page?.bytes)).not.toMatch(/EXIF|Camera of Sara/);
  expect((await sharp(page?.bytes ?? Buffer.alloc(0)).metadata()).exif).toBe(undefined);
});

test('of a TIFF and of a PDF the first pages are drawn, as many as are allowed', async () => {
  const pages = await Promise.all(
    ['#fff', '#ccc', '#999'].map((background) =>
      sharp({ create: { width: 60, height: 80, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const tiff = await sharp(pages, { join: { animated: true } })
    .tiff()
    .toBuffer();
  const drawn = await collect({ type: 'tiff', bytes: tiff }, { tiffPages: 2 });
  expect(drawn.map(({ page, total, height }) => [page, total, height])).toEqual([
    [1, 3, 80],
    [2, 3, 80],
  ]);
});

/** RGB as libvips writes it, called YCbCr, with one value of each for each pixel. */
const asYcbcr = (tiff: Buffer): Buffer => {
  const bytes = Buffer.from(tiff);
  const isBig = bytes.readUInt16LE(2) === 43;
  const directory = Number(isBig ? bytes.readBigUInt64LE(8) : bytes.readUInt32LE(4));
  const [entry, count, value] = isBig ? [20, 8, 12] : [12, 2, 8];
  const last = directory + count + (bytes.readUInt16LE(directory) - 1) * entry;
  for (let at = directory + count; at < last; at += entry)
    if (bytes.readUInt16LE(at) === 262) bytes.writeUInt16LE(6, at + value);
  bytes.fill(0, last, last + entry);
  for (const [at, number] of [
    [0, 530],
    [2, 3],
    [4, 2],
    [value, 1],
    [value + 2, 1],
  ] as const)
    bytes.writeUInt16LE(number, last + at);
  return bytes;
};

test.each([
  { compression: 'lzw' },
  { compression: 'deflate' },
  { compression: 'none' },
  { compression: 'lzw', bigtiff: true },
] as const)(
  'a TIFF in YCbCr packed by $compression shows its colours (BigTIFF: $bigtiff)',
  async (form) => {
    // A left half of red (220, 20, 20), a right one of blue (20, 20, 220).
    const pixel = (x: number): number[] => (x < 32 ? [80, 94, 228] : [43, 228, 112]);
    const raw = Buffer.from(Array.from({ length: 64 * 64 }, (_, at) => pixel(at % 64)).flat());
    const made = sharp(raw, { raw: { width: 64, height: 64, channels: 3 } });
    const bytes = asYcbcr(await made.tiff(form).toBuffer());
    const [page] = await collect({ type: 'tiff', bytes });
    const { data } = await sharp(page?.bytes)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number): number[] => [
      ...data.subarray((32 * 64 + x) * 3, (32 * 64 + x) * 3 + 3),
    ];
    const isNear = (one: number[], other: number[]): boolean =>
      one.every((value, index) => Math.abs(value - (other[index] ?? 0)) < 30);
    expect([at(10), at(54)]).toSatisfy(
      ([left, right]: [number[], number[]]) =>
        isNear(left, [220, 20, 20]) && isNear(right, [20, 20, 220]),
    );
  },
);

test('drawing begins with the page that is asked for', async () => {
  const document = await PDFDocument.create();
  for (const width of [100, 200, 300]) document.addPage([width, 300]);
  const bytes = Buffer.from(await document.save());
  const drawn = await collect({ type: 'pdf', bytes }, {}, { from: 2 });
  expect(drawn.map(({ page, total }) => [page, total])).toEqual([
    [2, 3],
    [3, 3],
  ]);
});

test('a page that is no more than a line keeps no other page from being drawn', async () => {
  const document = await PDFDocument.create();
  for (const size of [
    [300, 400],
    [14_400, 1],
    [0.001, 0.001],
    [300, 400],
  ] as const)
    document.addPage([...size]);
  const drawn = await collect({ type: 'pdf', bytes: Buffer.from(await document.save()) });
  expect(drawn.map(({ page, height }) => [page, height > 0])).toEqual([
    [1, true],
    [2, true],
    [3, true],
    [4, true],
  ]);
});

test('what is broken or too large is not drawn, and says so', async () => {
  const nothing = { pages: [], ended: 'broken' };
  const broken = (await refusedSample('truncated jpg')).bytes;
  expect(await draw({ type: 'jpg', bytes: broken })).toEqual(nothing);
  expect(await draw({ type: 'png', bytes: makeWidePng(16_000) })).toEqual(nothing);
  expect(await draw({ type: 'pdf', bytes: Buffer.from('no PDF at all') })).toEqual(nothing);
});

test('a file that takes too much time or memory is not broken, and the next one is drawn', async () => {
  const bytes = await makePdf();
  expect(await draw({ type: 'pdf', bytes }, { seconds: 0 })).toMatchObject({ ended: 'costly' });
  expect(await draw({ type: 'pdf', bytes }, { memoryBytes: 1 })).toMatchObject({ ended: 'costly' });
  expect(await collect({ type: 'pdf', bytes })).toHaveLength(1);
});
