import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_EXTENSIONS, type FileType } from '../stored-file.ts';
import { makeOle } from '../../../testing/ole-files.ts';
import {
  HEIC,
  makeDocx,
  makeZip,
  refusedSample,
  sampleFile,
  type RefusedSample,
} from '../../../testing/sample-files.ts';
import type { FileProblem } from '../stored-file.ts';
import { choppedPng, slowJpeg, slowPdf } from '../../../testing/slow-files.ts';
import { sharp } from '../../base/sharp.ts';
import { decideFileType } from './file-type.ts';

const TYPES = ['docx', 'doc', 'pdf', 'jpg', 'png', 'tiff'] as const;
const PROBLEMS = [
  'empty',
  'content_mismatch',
  'macros',
  'encrypted',
  'too_many_pixels',
  'too_many_pages',
  'broken',
  'is_text',
  'is_archive',
  'is_other_document',
  'is_spreadsheet',
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-type-'));
});
afterAll(() => rm(folder, { recursive: true }));

const decide = async ({ name, bytes }: { name: string; bytes: Buffer }) => {
  const place = path.join(folder, 'file');
  await writeFile(place, bytes);
  const fromPath = await decideFileType({ fileName: name, file: place });
  expect(await decideFileType({ fileName: name, file: bytes })).toEqual(fromPath);
  return fromPath;
};

describe('accepted', () => {
  test.each(TYPES)('a real %s is accepted under its own name', async (type) => {
    const sample = await sampleFile(type);
    expect(await decide(sample)).toEqual({ ok: true, type, name: sample.name, flags: [] });
  });

  test.each(Object.entries(FILE_EXTENSIONS))('.%s in any case is a %s', async (extension, type) => {
    const { bytes } = await sampleFile(type);
    const name = `Scan.${extension.toUpperCase()}`;
    expect(await decide({ name, bytes })).toEqual({ ok: true, type, name, flags: [] });
  });

  test('a picture with something behind its end is still that picture', async () => {
    const { name, bytes } = await sampleFile('png');
    const tailed = Buffer.concat([bytes, Buffer.from('<html></html>')]);
    expect(await decide({ name, bytes: tailed })).toMatchObject({ ok: true });
  });

  test('odd but valid pictures are accepted', async () => {
    const blank = sharp({ create: { width: 30, height: 30, channels: 3, background: '#fff' } });
    const cmyk = await blank.clone().toColourspace('cmyk').jpeg().toBuffer();
    const progressive = await blank.clone().jpeg({ progressive: true }).toBuffer();
    const deep = await blank.clone().toColourspace('rgb16').png().toBuffer();
    const fax = await blank
      .clone()
      .toColourspace('b-w')
      .tiff({ compression: 'ccittfax4', bitdepth: 1 })
      .toBuffer();
    const files = {
      'cmyk.jpg': cmyk,
      'progressive.jpg': progressive,
      'deep.png': deep,
      'fax.tif': fax,
    };
    for (const [name, bytes] of Object.entries(files))
      expect(await decide({ name, bytes })).toMatchObject({ ok: true, name });
  });
});

describe('under another name', () => {
  test.each(TYPES.flatMap((type) => TYPES.map((named) => [type, named] as const)))(
    'a %s named .%s is taken for what it is, and called so',
    async (type, named) => {
      const { bytes } = await sampleFile(type);
      const name = `file.${type === named ? named : type}`;
      expect(await decide({ name: `file.${named}`, bytes })).toMatchObject({
        ok: true,
        type,
        name,
      });
    },
  );

  test('a picture keeps any extension that fits it', async () => {
    const { bytes } = await sampleFile('jpg');
    const named = async (name: string) => (await decide({ name, bytes })) as { name: string };
    expect((await named('a.JPEG')).name).toBe('a.JPEG');
    expect((await named('a.jfif')).name).toBe('a.jpg');
    expect((await named('a.heic')).name).toBe('a.jpg');
    expect((await named('a.PNG')).name).toBe('a.jpg');
  });

  test.each(['a.heic', 'a.HEIF', 'a.jpg'])('a HEIF called %s becomes a JPEG', async (name) => {
    const decision = await decide({ name, bytes: HEIC });
    expect(decision).toMatchObject({ ok: true, type: 'jpg', name: 'a.jpg', flags: [] });
    const { jpeg = Buffer.alloc(0) } = decision as { jpeg?: Buffer };
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([64, 48]);
    const at = (x: number, y: number) => data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3);
    expect(at(8, 8)[0]).toBeGreaterThan(180);
    expect(at(8, 8)[2]).toBeLessThan(80);
    expect(at(56, 40)[2]).toBeGreaterThan(180);
  });

  test('a WebP becomes a JPEG that says nothing of its place', async () => {
    const webp = await sharp({ create: { width: 30, height: 20, channels: 3, background: '#a00' } })
      .withExif({ IFD3: { GPSLatitude: '35/1 41/1 0/1' } })
      .webp()
      .toBuffer();
    const decision = await decide({ name: 'عکس.webp', bytes: webp });
    expect(decision).toMatchObject({ ok: true, type: 'jpg', name: 'عکس.jpg', flags: [] });
    const { jpeg = Buffer.alloc(0) } = decision as { jpeg?: Buffer };
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 30, height: 20 });
    expect((await sharp(jpeg).metadata()).exif).toBe(undefined);
  });

  test('a cut HEIF and a cut WebP are broken', async () => {
    const webp = await sharp({
      create: { width: 300, height: 200, channels: 3, background: '#a00' },
    })
      .webp({ lossless: true })
      .toBuffer();
    for (const bytes of [HEIC.subarray(0, 500), webp.subarray(0, webp.length - 20)])
      expect(await decide({ name: 'a.heic', bytes })).toEqual({ ok: false, problem: 'broken' });
  });
});

describe('what it is instead', () => {
  const zip = (...names: string[]): Buffer =>
    makeZip(names.map((name) => ({ name, content: 'x' })));
  const ole = (name: string): Buffer => makeOle([{ name, content: Buffer.alloc(4096, 9) }]);
  const ftyp = (brand: string): Buffer => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}`);
  const KINDS: [what: string, problem: FileProblem, bytes: Buffer][] = [
    ['RTF', 'is_rtf', Buffer.from('{\\rtf1\\ansi letter}')],
    ['ODT', 'is_open_document', zip('mimetype', 'content.xml', 'META-INF/manifest.xml')],
    ['XLSX', 'is_spreadsheet', zip('[Content_Types].xml', 'xl/workbook.xml')],
    ['XLS', 'is_spreadsheet', ole('Workbook')],
    ['PPTX', 'is_presentation', zip('[Content_Types].xml', 'ppt/presentation.xml')],
    ['PPT', 'is_presentation', ole('PowerPoint Document')],
    ['Pages', 'is_pages', zip('Index/Document.iwa')],
    [
      'Word 2003 XML',
      'is_other_document',
      Buffer.from(
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>',
      ),
    ],
    ['Publisher', 'is_other_document', ole('Quill')],
    ['PostScript', 'is_other_document', Buffer.from('%!PS-Adobe-3.0\n%%Pages: 1\n')],
    ['GIF', 'is_other_picture', Buffer.from('GIF89a\x01\0')],
    ['BMP', 'is_other_picture', Buffer.from('BM\x46\0\0\0\0\0\0\0', 'latin1')],
    ['AVIF', 'is_other_picture', ftyp('avif')],
    ['MP4', 'is_media', ftyp('isom')],
    ['MP3', 'is_media', Buffer.from('ID3\x04')],
    ['ZIP', 'is_archive', zip('a.txt')],
    ['RAR', 'is_archive', Buffer.from('Rar!\x1a\x07')],
    ['HTML', 'is_web_page', Buffer.from('\ufeff<!DOCTYPE html><p>نامه')],
    ['e-mail', 'is_email', Buffer.from('Received: from a\r\nSubject: b\r\n\r\nc')],
    ['Outlook message', 'is_email', ole('__properties_version1.0')],
    ['text', 'is_text', Buffer.from('با سلام، درخواست دارم.')],
    ['text in UTF-16', 'is_text', Buffer.from('\ufeffبا سلام', 'utf16le')],
  ];
  test.each(KINDS)('%s: %s', async (_what, problem, bytes) => {
    for (const name of ['a.docx', 'a.pdf', 'a.jpg', 'a.rtf', 'a'])
      expect(await decide({ name, bytes })).toEqual({ ok: false, problem });
  });
});

describe('refused', () => {
  test.each<[RefusedSample, FileProblem]>([
    ['program named exe', 'wrong_extension'],
    ['empty', 'empty'],
    ['program named pdf', 'content_mismatch'],
    ['svg named png', 'is_other_picture'],
    ['html named doc', 'is_web_page'],
    ['zip named docx', 'is_archive'],
    ['xls named doc', 'is_spreadsheet'],
    ['program and pdf', 'content_mismatch'],
    ['truncated jpg', 'broken'],
    ['truncated png', 'broken'],
    ['truncated tiff', 'broken'],
    ['truncated pdf', 'broken'],
    ['truncated docx', 'broken'],
    ['truncated doc', 'broken'],
    ['too many pixels', 'too_many_pixels'],
    ['docx with macros', 'macros'],
    ['docx that says it has macros', 'macros'],
    ['doc with macros', 'macros'],
    ['docx with a password', 'encrypted'],
    ['doc with a password', 'encrypted'],
    ['pdf with a password', 'encrypted'],
    ['zip bomb named docx', 'broken'],
    ['docx with a part outside', 'broken'],
  ])('%s: %s', async (kind, problem) => {
    expect(await decide(await refusedSample(kind))).toEqual({ ok: false, problem });
  });

  test.each([
    'نامه',
    'نامه.',
    'a.html',
    'a.docm',
    'a.xlsx',
    'a.svg',
    'a.__proto__',
    'a.constructor',
    '',
  ])('the name %j has no extension that is taken', async (name) => {
    const { bytes } = await sampleFile('pdf');
    expect(await decide({ name, bytes })).toEqual({ ok: false, problem: 'wrong_extension' });
  });
});

test('a Word template called docx is told to be saved as a document', async () => {
  const bytes = makeDocx({
    mainType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml',
  });
  const decision = await decide({ name: 'a.docx', bytes });
  expect(decision).toEqual({ ok: false, problem: 'is_other_document' });
});

describe('a docx with a directory that lies', () => {
  const withDirectory = async (change: (bytes: Buffer, directory: number) => void) => {
    const { name, bytes } = await sampleFile('docx');
    const copy = Buffer.from(bytes);
    change(copy, copy.readUInt32LE(copy.length - 6));
    return decide({ name, bytes: copy });
  };
  const broken = { ok: false, problem: 'broken' };

  test('an entry with the encrypted bit has a password', async () => {
    const decision = await withDirectory((bytes, at) => bytes.writeUInt16LE(0x0801, at + 8));
    expect(decision).toEqual({ ok: false, problem: 'encrypted' });
  });

  test.each<[string, (bytes: Buffer, directory: number) => void]>([
    ['a huge unpacked size', (bytes, at) => bytes.writeUInt32LE(0x7fffffff, at + 24)],
    ['a packed size beyond the file', (bytes, at) => bytes.writeUInt32LE(0x7fffffff, at + 20)],
    ['a part beyond the file', (bytes, at) => bytes.writeUInt32LE(0x7fffffff, at + 42)],
    ['a part that begins in another', (bytes, at) => bytes.writeUInt32LE(40, at + 42)],
    ['a symbolic link', (bytes, at) => bytes.writeUInt32LE((0o120777 << 16) >>> 0, at + 38)],
    ['a NUL in a name', (bytes, at) => bytes.writeUInt8(0, at + 50)],
    ['more entries than there are', (bytes) => bytes.writeUInt32LE(0x00ff00ff, bytes.length - 14)],
    ['65,535 entries', (bytes) => bytes.writeUInt32LE(0xffffffff, bytes.length - 14)],
    ['several disks', (bytes) => bytes.writeUInt16LE(1, bytes.length - 18)],
    ['a directory beyond the file', (bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.length - 6)],
  ])('%s: broken', async (_name, change) => {
    expect(await withDirectory(change)).toEqual(broken);
  });

  test('a small size that hides a large part is found when it is unpacked', async () => {
    const { name, bytes } = await refusedSample('zip bomb named docx');
    const copy = Buffer.from(bytes);
    const listing = copy.readUInt32LE(copy.length - 6);
    // The directory now calls the bomb [Content_Types].xml, and small.
    const bomb = copy.lastIndexOf('word/media/zeros.bin') - 46;
    copy.write('[Content_Types].xmx', listing + 46);
    copy.writeUInt16LE(19, bomb + 28);
    copy.write('[Content_Types].xml', bomb + 46);
    copy.writeUInt16LE(1, bomb + 30);
    copy.writeUInt32LE(1000, bomb + 24);
    expect(await decide({ name, bytes: copy })).toEqual(broken);
  });
});

describe('a doc with a directory that runs in circles', () => {
  const withChange = async (change: (bytes: Buffer) => void) => {
    const { name, bytes } = await sampleFile('doc');
    const copy = Buffer.from(bytes);
    change(copy);
    return decide({ name, bytes: copy });
  };

  test('a chain of sectors that is a circle is broken', async () => {
    expect(await withChange((bytes) => bytes.writeUInt32LE(1, 512 + 8))).toEqual({
      ok: false,
      problem: 'broken',
    });
  });

  test('siblings that are a circle are read once', async () => {
    const decision = await withChange((bytes) => bytes.writeUInt32LE(1, 1024 + 2 * 128 + 72));
    expect(decision).toMatchObject({ ok: true });
  });

  test('a stream that is longer than the file is broken', async () => {
    const decision = await withChange((bytes) =>
      bytes.writeUInt32LE(0x7fffffff, 1024 + 2 * 128 + 120),
    );
    expect(decision).toEqual({ ok: false, problem: 'broken' });
  });

  test('a list of table sectors that is a circle ends', async () => {
    const FIRST_STREAM_SECTOR = 3;
    const decision = await withChange((bytes) => {
      const at = (FIRST_STREAM_SECTOR + 1) * 512;
      bytes.fill(0xff, at, at + 508);
      bytes.writeUInt32LE(FIRST_STREAM_SECTOR, at + 508);
      bytes.writeUInt32LE(FIRST_STREAM_SECTOR, 68);
    });
    expect(decision).toMatchObject({ ok: true });
  });
});

test.each(TYPES)('no damage to a %s makes the desk fail', async (type: FileType) => {
  const { name, bytes } = await sampleFile(type);
  let state = 20_260_101;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  for (let round = 0; round < 150; round += 1) {
    const copy = Buffer.from(bytes.subarray(0, round % 3 === 0 ? random(bytes.length) : undefined));
    // Most of what can go wrong stands in the first and the last kilobyte.
    for (let change = 0; change < 8 && copy.length > 0; change += 1) {
      const near = random(Math.min(1536, copy.length));
      const at = [near, copy.length - 1 - near, random(copy.length)][random(3)] ?? 0;
      copy.writeUInt8(random(256), at);
    }
    const decision = await decideFileType({ fileName: name, file: copy });
    if (!decision.ok) expect(PROBLEMS).toContain(decision.problem);
    else expect(FILE_EXTENSIONS[decision.name.split('.').at(-1) ?? '']).toBe(decision.type);
  }
});

test.each([
  ['a JPEG of 3,000 scans', 'a.jpg', () => slowJpeg(3000)],
  ['a PDF of objects that do not end', 'a.pdf', () => slowPdf(120_000)],
  ['a PNG of 100,000 pieces', 'a.png', () => choppedPng(100_000)],
])('%s is refused before a decoder sees it', async (_name, fileName, make) => {
  const decision = await decideFileType({ fileName, file: make() });
  expect(decision).toEqual({ ok: false, problem: 'too_complex' });
});

test('a JPEG of as many scans as an elaborate one has is taken', async () => {
  expect(await decideFileType({ fileName: 'a.jpg', file: slowJpeg(20) })).toMatchObject({
    ok: true,
  });
});

// What is looked for in a document is looked for in a time that grows with its length alone: a
// search that does not holds up the whole process for minutes.
test.each([
  ['a word without an end', 'a.'],
  ['tags without an end', '<Relationship '],
  ['commands without an end', '<w:instrText '],
])('a document of %s costs no time', async (_name, piece) => {
  const content = piece.repeat(2_000_000 / piece.length);
  const bytes = makeDocx({ extra: [{ name: 'word/extra.xml', content }] });
  expect(await decideFileType({ fileName: 'a.docx', file: bytes })).toMatchObject({
    ok: true,
  });
});
