import { afterAll, expect, test } from 'vitest';
import { PREVIEW_LIMITS } from '../../../platform/files/preview.ts';
import { SHEET_LIMITS } from '../sheet.ts';
import type { Sheet } from '../sheet.ts';
import { drawPdf, readPdf } from '../../../testing/read-pdf.ts';
import { makeDocx, refusedSample } from '../../../testing/sample-files.ts';
import { layeredPdf, trickyPdfs } from '../../../testing/tricky-pdfs.ts';
import { FilePool, DESK_POOL } from '../../../platform/files/pool/file-pool.ts';
import { sharp } from '../../../platform/base/sharp.ts';
import { drawPages } from '../../../platform/files/previews/draw-pages.ts';
import type { FileType } from '../../../platform/files/stored-file.ts';
import { stampPage } from './stamp-page.ts';

const SECONDS = 60;
const owner = 'a';
const pool = new FilePool(DESK_POOL);
afterAll(() => pool.close());

const limits = { ...SHEET_LIMITS, seconds: SECONDS };
const stamp = (file: { type: FileType; bytes: Buffer }) =>
  stampPage(pool, () => SHEET, file, { owner, limits, pixels: PREVIEW_LIMITS.pixels });
const SHEET: Sheet = {
  language: 'fa',
  direction: 'rtl',
  title: 'نامه‌ی شماره‌ی ۱۴۰۵/۱۲',
  organisation: 'شهرداری نمونه‌ی تهران',
  at: new Date('2026-11-22T10:00:00Z'),
  rows: [{ label: 'شماره نامه', value: '۱۴۰۵/۱۲', isCode: true }],
  notes: [],
  captions: [],
  address: 'https://desk.example.org/verify/AQ',
};
const stamped = async (bytes: Buffer): Promise<Buffer> => {
  const pdf = await stamp({ type: 'pdf', bytes });
  if (!pdf) throw new Error('the page was not stamped');
  return pdf;
};

/** The room of the page on A4, in points from the top: below the stamp, within the edges. */
const ROOM = { left: 24, top: 156, width: 547.28, height: 661.89 };
const SIDE = 64;
interface Pixels {
  data: Buffer;
  info: { channels: number };
}
const small = (picture: ReturnType<typeof sharp>): Promise<Pixels> =>
  picture
    .removeAlpha()
    .resize({ width: SIDE, height: SIDE, fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });

const previewOf = async (bytes: Buffer): Promise<{ ratio: number; picture: Pixels }> => {
  const drawn = await drawPages(
    pool,
    { type: 'pdf', bytes },
    { owner, limits: { ...PREVIEW_LIMITS, seconds: SECONDS } },
  );
  for (const page of drawn.pages)
    return { ratio: page.width / page.height, picture: await small(sharp(page.bytes)) };
  throw new Error('there is no preview');
};

/** The page under the stamp, cut out of the printed sheet. */
const printedPage = async (bytes: Buffer, ratio: number): Promise<Pixels> => {
  const scale = 2;
  const sheet = await drawPdf(bytes, scale);
  const width = Math.min(ROOM.width, ROOM.height * ratio);
  const points = {
    left: ROOM.left + (ROOM.width - width) / 2,
    top: ROOM.top,
    width,
    height: width / ratio,
  };
  const cut = Object.fromEntries(
    Object.entries(points).map(([side, value]) => [side, Math.round(value * scale)]),
  ) as unknown as typeof points;
  const raw = { width: sheet.width, height: sheet.height, channels: 4 as const };
  return small(sharp(await sharp(sheet.pixels, { raw }).extract(cut).png().toBuffer()));
};

/** The frame around the page on the sheet is not of the page. */
const inner = ({ data, info: { channels } }: Pixels): number[] =>
  Array.from({ length: SIDE * SIDE }, (_, index) => index)
    .filter((index) => {
      const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
      return Math.min(x, y) > 0 && Math.max(x, y) < SIDE - 1;
    })
    .flatMap((index) => [...data.subarray(index * channels, index * channels + 3)]);

const redOf = ({ data, info: { channels } }: Pixels): number =>
  Array.from({ length: SIDE * SIDE }, (_, index) => index * channels).filter(
    (at) => (data[at] ?? 0) > 180 && (data[at + 1] ?? 255) < 80,
  ).length;
const darkOf = (pixels: Pixels): number => inner(pixels).filter((light) => light < 60).length;

const TRICKY = await trickyPdfs();

test.each(Object.entries(TRICKY))(
  '%s: preview and stamped page show the same, and nothing hidden',
  async (_name, bytes) => {
    const preview = await previewOf(bytes);
    const sheet = await stamped(bytes);
    const printed = await printedPage(sheet, preview.ratio);
    const [seen, official] = [inner(preview.picture), inner(printed)];
    const differences = seen.filter((light, at) => Math.abs(light - (official[at] ?? 0)) > 64);
    expect(differences.length / seen.length).toBeLessThan(0.03);
    expect(darkOf(preview.picture)).toBeGreaterThan(0);
    expect([redOf(preview.picture), redOf(printed)]).toEqual([0, 0]);
    expect((await readPdf(sheet, 'pdfium')).active).toEqual([]);
  },
);

test('a layer that is on is seen in both', async () => {
  const bytes = layeredPdf();
  const preview = await previewOf(bytes);
  const printed = await printedPage(await stamped(bytes), preview.ratio);
  expect(redOf(preview.picture)).toBeGreaterThan(100);
  expect(redOf(printed)).toBeGreaterThan(100);
});

test('a file without pages, and one that cannot be drawn, is not stamped', async () => {
  const { bytes } = await refusedSample('truncated jpg');
  expect(await stamp({ type: 'docx', bytes: makeDocx() })).toBe(undefined);
  expect(await stamp({ type: 'jpg', bytes })).toBe(undefined);
  const none = Buffer.from('no PDF');
  expect(await stamp({ type: 'pdf', bytes: none })).toBe(undefined);
});
