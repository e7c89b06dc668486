import { PDFDocument } from '@cantoo/pdf-lib';
import { describe, expect, test } from 'vitest';
import {
  longTable,
  objectStream,
  openObjects,
  pdfWith,
  tiffOf,
  wordyPng,
} from '../../../testing/packed-files.ts';
import { makeDocx } from '../../../testing/sample-files.ts';
import { sharp } from '../../base/sharp.ts';
import { decideFileType } from './file-type.ts';

const decide = (extension: string, file: Buffer) =>
  decideFileType({ fileName: `a.${extension}`, file });

/** What it took: counting is cheap, whatever the decoder would have taken. */
const cpuSeconds = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

const streams = (count: number, objects: number): string[] =>
  Array.from({ length: count }, (_, at) => objectStream({ id: 10 + at, objects }));

describe('refused for what it holds', () => {
  test.each<[what: string, extension: string, make: () => Buffer, problem: string]>([
    [
      'a PDF of 400,000 objects in streams',
      'pdf',
      () => pdfWith(...streams(200, 2_000)),
      'too_complex',
    ],
    [
      'an object stream of a gigabyte',
      'pdf',
      () => pdfWith(objectStream({ id: 10, objects: 1, spaces: 2e8 })),
      'too_complex',
    ],
    [
      'an object stream in itself',
      'pdf',
      () => pdfWith(objectStream({ id: 10, objects: 5, times: 2 })),
      'too_complex',
    ],
    ['a table of 50 million rows', 'pdf', () => pdfWith(longTable(50_000_000)), 'too_complex'],
    ['strings that stay open', 'pdf', () => pdfWith(openObjects('string', 12_000)), 'too_complex'],
    ['streams that stay open', 'pdf', () => pdfWith(openObjects('stream', 12_000)), 'too_complex'],
    [
      'a tree of pages with ten branches to the next ten',
      'pdf',
      () =>
        pdfWith(
          ...Array.from(
            { length: 9 },
            (_, at) => `${2 + at} 0 obj<</Type/Pages/Kids[${`${3 + at} 0 R `.repeat(10)}]>>endobj`,
          ),
          '11 0 obj<</Type/Page/MediaBox[0 0 80 60]>>endobj',
        ),
      'too_many_pages',
    ],
    ['a TIFF of 20,000 pages', 'tif', () => tiffOf({ pages: 20_000 }), 'too_many_pages'],
    ['a TIFF of 1.5 million strips', 'tif', () => tiffOf({ strips: 1_500_000 }), 'too_complex'],
    [
      'strips that all pages share',
      'tif',
      () => tiffOf({ pages: 900, strips: 9_000 }),
      'too_complex',
    ],
    ['a TIFF of 400,000 entries', 'tif', () => tiffOf({ pages: 800, more: 500 }), 'too_complex'],
    [
      'a comment that all pages share',
      'tif',
      () => tiffOf({ pages: 900, comment: 1e6 }),
      'too_complex',
    ],
    ['a PNG of texts', 'png', () => wordyPng(40), 'too_complex'],
    [
      'a PNG of texts packed in a small window',
      'png',
      () => wordyPng(40, { windowBits: 9 }),
      'too_complex',
    ],
    [
      'a PNG of texts in a language with an x',
      'png',
      () => wordyPng(40, { type: 'iTXt', head: 'Comment\0\u0001\0x-fa\0x\0' }),
      'too_complex',
    ],
  ])(
    '%s',
    async (_what, extension, make, problem) => {
      const file = make();
      let decision: unknown;
      const cpu = await cpuSeconds(async () => {
        decision = await decide(extension, file);
      });
      expect(decision).toEqual({ ok: false, problem });
      expect(cpu).toBeLessThan(4);
    },
    60_000,
  );
});

test('a document of links without end is refused, and one of many is taken', async () => {
  const links = (count: number): Buffer =>
    makeDocx({
      extra: [
        {
          name: 'word/_rels/more.xml.rels',
          content: Array.from(
            { length: count },
            (_, at) =>
              `<Relationship Id="r${at}" Type="t/hyperlink" Target="https://a.example/${at}"/>`,
          ).join(''),
        },
      ],
    });
  expect(await decide('docx', links(120_000))).toEqual({ ok: false, problem: 'too_complex' });
  expect(await decide('docx', links(5_000))).toMatchObject({ ok: true });
});

test('a PNG with rows of a million pixels has too many', async () => {
  const file = await sharp({
    create: { width: 70_000, height: 2, channels: 3, background: '#fff' },
  })
    .png()
    .toBuffer();
  expect(await decide('png', file)).toEqual({ ok: false, problem: 'too_many_pixels' });
});

describe('taken', () => {
  test('a PDF of a million words that stand for object streams', async () => {
    let decision: unknown;
    const cpu = await cpuSeconds(async () => {
      decision = await decide('pdf', pdfWith(`%${'/ObjStm '.repeat(1_000_000)}`));
    });
    expect(decision).toMatchObject({ ok: true });
    expect(cpu).toBeLessThan(4);
  }, 60_000);

  test('a PDF of many pages in object streams', async () => {
    const document = await PDFDocument.create();
    for (let page = 0; page < 300; page += 1) document.addPage([300, 400]).drawText(`${page}`);
    const bytes = Buffer.from(await document.save({ useObjectStreams: true }));
    expect(bytes.includes('/ObjStm')).toBe(true);
    expect(await decide('pdf', bytes)).toMatchObject({ ok: true });
  });

  test('a PDF with some objects that cannot be read, and much that is no object', async () => {
    const bytes = pdfWith(openObjects('string', 20), `%${'junk[<</A ('.repeat(20_000)}`);
    expect(await decide('pdf', bytes)).toMatchObject({ ok: true });
  });

  test('a TIFF of 300 pages, and one of a row a strip', async () => {
    expect(await decide('tif', tiffOf({ pages: 300, more: 20 }))).toMatchObject({ ok: true });
    expect(await decide('tif', tiffOf({ strips: 7_000 }))).toMatchObject({ ok: true });
  });

  test('a BigTIFF', async () => {
    const bytes = await sharp({
      create: { width: 40, height: 30, channels: 3, background: '#0a0' },
    })
      .tiff({ bigtiff: true, tile: true, tileWidth: 16, tileHeight: 16 })
      .toBuffer();
    expect(bytes.readUInt16LE(2)).toBe(43);
    expect(await decide('tif', bytes)).toMatchObject({ ok: true });
  });

  test('a PNG with a colour profile and some texts', async () => {
    expect(await decide('png', wordyPng(5))).toMatchObject({ ok: true });
    const bytes = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#00a' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    expect(bytes.includes('iCCP')).toBe(true);
    expect(await decide('png', bytes)).toMatchObject({ ok: true });
  });
});
