import { PDFDocument, PDFName } from '@cantoo/pdf-lib';
import { encode } from 'uqr';
import { afterAll, expect, test } from 'vitest';
import { SHEET_LIMITS } from '../sheet.ts';
import type { Sheet } from '../sheet.ts';
import { drawPdf, hasPoppler, plainText, readPdf } from '../../../testing/read-pdf.ts';
import { refusedSample, sampleFile } from '../../../testing/sample-files.ts';
import { FilePool, DESK_POOL } from '../../../platform/files/pool/file-pool.ts';
import { sharp } from '../../../platform/base/sharp.ts';
import { drawPrintLogo } from './print-logo.ts';
import { printSheet, printStamp } from './print-sheet.ts';

const pool = new FilePool(DESK_POOL);
afterAll(() => pool.close());
const printWithin = (seconds: number) => (sheet: Sheet, picture?: Buffer) => {
  const options = { owner: 'a', limits: { ...SHEET_LIMITS, seconds } };
  return picture
    ? printStamp(pool, sheet, { ...options, picture })
    : printSheet(pool, sheet, options);
};
const print = printWithin(60);

const SHEET: Sheet = {
  language: 'fa',
  direction: 'rtl',
  title: 'رسید فرستادن نامه',
  organisation: 'شهرداری نمونه‌ی تهران',
  at: new Date('2026-11-22T10:00:00Z'),
  rows: [
    { label: 'شماره ارسال', value: '3f9a12c0-77ab', isCode: true },
    { label: 'زمان پذیرش', value: 'یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰' },
    { label: 'مخاطب', value: 'امور مالی (پلاک ۱۲/۳)' },
    { label: 'نام فایل', value: 'پیوست site_visit_2026-11-22.pdf' },
    { label: 'اثر', value: 'a3f5'.repeat(16), isCode: true },
  ],
  notes: ['نامه با همین فایل، در همین زمان پذیرفته شد.'],
  captions: ['برای بررسی درستی، رمزینه را بخوانید: desk.example.org/verify'],
  address: `https://desk.example.org/verify/AQ${'a'.repeat(180)}`,
};
const STAMP: Sheet = {
  ...SHEET,
  title: 'نامه‌ی شماره‌ی ۱۴۰۵/۱۲',
  rows: [
    { label: 'شماره نامه', value: '۱۴۰۵/۱۲', isCode: true },
    { label: 'تاریخ ثبت', value: '۱۴۰۵/۰۹/۰۱', isCode: true },
    { label: 'کد پیگیری', value: '7K3M-9QRT-2XAB', isCode: true },
  ],
  notes: [],
};

/** As it is printed; every one of our own words is. */
const printed = async (...asked: Parameters<typeof print>): Promise<Buffer> => {
  const pdf = await print(...asked);
  if (!pdf) throw new Error('nothing was printed');
  return pdf;
};

const readers = hasPoppler ? (['poppler', 'pdfium'] as const) : (['pdfium'] as const);

test.each(readers)('%s reads all words of a Persian sheet, in fonts that it holds', async (by) => {
  const { text, fonts, pages, active } = await readPdf(await printed(SHEET), by);
  const read = plainText(text);
  const { title, organisation, notes, captions, rows } = SHEET;
  // Whatever the order of the runs of one line is: word by word.
  const words = [title, organisation, ...notes, ...captions]
    .concat(rows.flatMap(({ label, value }) => [label, value]))
    .flatMap((line) => line.split(/[\s/()،:.]+/))
    .filter((word) => word !== '')
    // PDFium turns the parts of Latin words around in a line that it takes for right-to-left.
    .filter((word) => by === 'poppler' || !/[a-z]/i.test(word));
  expect(words.length).toBeGreaterThan(30);
  expect(words.filter((word) => !read.includes(plainText(word)))).toEqual([]);
  expect(pages).toBe(1);
  expect(active).toEqual([]);
  expect(fonts.map(({ name }) => name.replace(/^[A-Z]{6}\+/, '')).toSorted()).toEqual([
    'Vazirmatn-Bold',
    'Vazirmatn-Regular',
  ]);
  expect(fonts.every(({ isEmbedded, isSubset }) => isEmbedded && isSubset)).toBe(true);
});

test('the same sheet gives the same bytes, with its language, title and time', async () => {
  const [one, other] = [await printed(SHEET), await printed(SHEET)];
  expect(one.equals(other)).toBe(true);
  const document = await PDFDocument.load(one, { updateMetadata: false });
  expect(document.getTitle()).toBe(SHEET.title);
  expect(document.getAuthor()).toBe(SHEET.organisation);
  expect(document.getCreationDate()).toEqual(SHEET.at);
  expect(document.catalog.get(PDFName.of('Lang'))?.toString()).toBe('(fa)');
  const english = await printed({ ...SHEET, language: 'en', direction: 'ltr', title: 'Receipt' });
  expect((await readPdf(english)).text).toContain('Receipt');
});

test('each module of the QR code is drawn where a camera looks for it', async () => {
  const scale = 6;
  const drawn = await drawPdf(await printed(STAMP, (await sampleFile('jpg')).bytes), scale);
  const { data, size } = encode(STAMP.address, { ecc: 'M', border: 4 });
  // The stamp's corner, and the side of the code within it.
  const [left, top, side] = [28, 28, 112].map((points) => points * scale) as [
    number,
    number,
    number,
  ];
  const wrong = data.flatMap((row, y) =>
    row.filter((isDark, x) => {
      const [px, py] = [left + ((x + 0.5) * side) / size, top + ((y + 0.5) * side) / size];
      return drawn.lightAt(px, py) < 128 !== isDark;
    }),
  );
  expect(size).toBeGreaterThan(60);
  expect(wrong).toEqual([]);
});

test('a broken picture, and one that takes too long, is left out', async () => {
  const { bytes: broken } = await refusedSample('truncated jpg');
  expect(await print(STAMP, broken.subarray(0, 40))).toBe(undefined);
  expect(await printWithin(0)(STAMP, (await sampleFile('jpg')).bytes)).toBe(undefined);
});

test('a picture stands under the stamp as large as fits', async () => {
  const { bytes } = await sampleFile('jpg');
  const stamped = await printed(STAMP, bytes);
  const { pages, active } = await readPdf(stamped);
  expect([pages, active]).toEqual([1, []]);
});

const logoOf = async (): Promise<Buffer> => {
  const plain = { width: 480, height: 240, channels: 3 as const, background: '#101010' };
  return drawPrintLogo(await sharp({ create: plain }).png().toBuffer());
};

test('the logo stands before the name of the organisation, where its line begins', async () => {
  const logo = await logoOf();
  const corner = (isRtl: boolean): { x: number; y: number } => ({ x: isRtl ? 545 : 50, y: 44 });
  for (const direction of ['rtl', 'ltr'] as const) {
    const receipt = await printed({ ...SHEET, direction, logo });
    const { x, y } = corner(direction === 'rtl');
    const [drawn, plain] = [
      await drawPdf(receipt, 1),
      await drawPdf(await printed({ ...SHEET, direction }), 1),
    ];
    // As dark as it is; the names begin further inside, and without a logo it is white there.
    expect(drawn.lightAt(x, y)).toBeLessThan(120);
    expect(plain.lightAt(x, y)).toBeGreaterThan(200);
    // PDFium turns the parts of an address around in a line that it takes for right-to-left.
    const { text } = await readPdf(receipt);
    expect(['desk', 'example', 'org'].filter((part) => !text.includes(part))).toEqual([]);
  }
  const { bytes: picture } = await sampleFile('jpg');
  const stamped = await drawPdf(await printed({ ...STAMP, logo }, picture), 1);
  expect(stamped.lightAt(350, 40)).toBeLessThan(120);
  expect((await printed({ ...SHEET, logo })).equals(await printed({ ...SHEET, logo }))).toBe(true);
});
