/**
 * Uploads that a desk on the open internet gets, each with the right answer: good ones, odd ones,
 * wrong ones and those that are made to do harm. All of it is built by code.
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { PDFDocument, PDFName } from '@cantoo/pdf-lib';
import { sharp } from '../platform/base/sharp.ts';
import type { FileFlag } from '../platform/files/file-checks.ts';
import type { FileProblem } from '../platform/files/stored-file.ts';
import { eicar } from './clamd.ts';
import { pdfOf as pdf, pdfStream as stream } from './pdf-objects.ts';
import { HEIC, makeDoc, makeDocx, makeWidePng, makeZip, sampleFile } from './sample-files.ts';
import { macroProject, makeOle } from './ole-files.ts';
import type { ZipPart } from './sample-files.ts';
import { restrictedPdf } from './tricky-pdfs.ts';

/** What is right: taken, with what is told to its readers; or refused, and why. */
export type Verdict = { flags: FileFlag[] } | { problem: FileProblem };

export interface CorpusCase {
  /** What it is, in words; each only once. */
  name: string;
  fileName: string;
  make: () => Buffer | Promise<Buffer>;
  right: Verdict;
}

const taken = (...flags: FileFlag[]): Verdict => ({ flags });
const refused = (problem: FileProblem): Verdict => ({ problem });

type Row = [name: string, fileName: string, make: () => Buffer | Promise<Buffer>, right: Verdict];
const rows = (all: Row[]): CorpusCase[] =>
  all.map(([name, fileName, make, right]) => ({ name, fileName, make, right }));

const bytesOf = async (type: Parameters<typeof sampleFile>[0]): Promise<Buffer> =>
  (await sampleFile(type)).bytes;
const cut = async (type: Parameters<typeof sampleFile>[0]): Promise<Buffer> => {
  const bytes = await bytesOf(type);
  return bytes.subarray(0, Math.floor(bytes.length * 0.6));
};
const text = (content: string) => (): Buffer => Buffer.from(content);

const ORDINARY = rows([
  ['a pdf', 'نامه.pdf', () => bytesOf('pdf'), taken()],
  ['a docx', 'نامه.docx', () => bytesOf('docx'), taken()],
  ['a doc', 'نامه.doc', () => bytesOf('doc'), taken()],
  ['a jpg', 'مدرک.JPG', () => bytesOf('jpg'), taken()],
  ['a jpeg', 'مدرک.jpeg', () => bytesOf('jpg'), taken()],
  ['a png', 'مدرک.png', () => bytesOf('png'), taken()],
  ['a tif', 'اسکن.tif', () => bytesOf('tiff'), taken()],
]);

const EXTENSIONS = rows([
  ...['a.exe', 'a.svg', 'a.html', 'a.docm', 'a.xlsx', 'a.pdf.exe', 'نامه', 'a.com'].map(
    (name): Row => [`a pdf called ${name}`, name, () => bytesOf('pdf'), refused('wrong_extension')],
  ),
  ['nothing at all', 'نامه.pdf', () => Buffer.alloc(0), refused('empty')],
]);

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';
const MISMATCHES = rows([
  ['a png called pdf', 'مدرک.pdf', () => bytesOf('png'), taken()],
  ['an svg called png', 'نشان.png', text(SVG), refused('is_other_picture')],
  ['html called doc', 'نامه.doc', text('<html>نامه</html>'), refused('is_web_page')],
  ['rtf called doc', 'نامه.doc', text('{\\rtf1 letter}'), refused('is_rtf')],
  [
    'an xls called doc',
    'نامه.doc',
    () => makeOle([{ name: 'Workbook', content: Buffer.alloc(4096, 9) }]),
    refused('is_spreadsheet'),
  ],
  [
    'a zip called docx',
    'نامه.docx',
    () => makeZip([{ name: 'a.txt', content: 'x' }]),
    refused('is_archive'),
  ],
  [
    'an odt called docx',
    'نامه.docx',
    () =>
      makeZip([
        { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text' },
        { name: 'content.xml', content: '<office:document-content/>' },
      ]),
    refused('is_open_document'),
  ],
  ['a docx called pdf', 'نامه.pdf', () => bytesOf('docx'), taken()],
  ['a png called jpg', 'مدرک.jpg', () => bytesOf('png'), taken()],
  ['a photo of an iPhone', 'IMG_1.HEIC', () => HEIC, taken()],
  ['the virus test file called doc', 'نامه.doc', eicar, refused('is_text')],
]);

const join = async (...parts: (string | Promise<Buffer>)[]): Promise<Buffer> =>
  Buffer.concat(
    await Promise.all(
      parts.map((part) => (typeof part === 'string' ? Promise.resolve(Buffer.from(part)) : part)),
    ),
  );

const POLYGLOTS = rows([
  ['gif and pdf', 'نامه.pdf', () => join('GIF89a', bytesOf('pdf')), refused('is_other_picture')],
  ['a pdf behind empty lines', 'نامه.pdf', () => join('\n\n', bytesOf('pdf')), taken()],
  ['a pdf behind a mark', 'نامه.pdf', () => join('\ufeff', bytesOf('pdf')), taken()],
  [
    'a pdf behind the words of a server',
    'نامه.pdf',
    () => join('<br />\n<b>Warning</b>: header was sent\n'.repeat(10), bytesOf('pdf')),
    taken(),
  ],
  [
    'a pdf behind two kilobytes',
    'نامه.pdf',
    () => join(' '.repeat(2048), bytesOf('pdf')),
    refused('content_mismatch'),
  ],
  [
    'a pdf before two kilobytes',
    'نامه.pdf',
    () => join(bytesOf('pdf'), '\0'.repeat(2048)),
    taken(),
  ],
  ['a pdf before a web page', 'نامه.pdf', () => join(bytesOf('pdf'), SVG.repeat(30)), taken()],
  [
    'a pdf with its end missing from its change',
    'نامه.pdf',
    () => join(bytesOf('pdf'), '9 0 obj\n<< /Type /Page', ' '.repeat(2048)),
    refused('broken'),
  ],
  [
    'a program and pdf',
    'نامه.pdf',
    () => join('MZ\u0090\0', bytesOf('pdf')),
    refused('content_mismatch'),
  ],
  [
    'pdf and zip, called docx',
    'نامه.docx',
    () => join(bytesOf('pdf'), bytesOf('docx')),
    refused('content_mismatch'),
  ],
  [
    'pdf and zip, called pdf',
    'نامه.pdf',
    () => join(bytesOf('pdf'), bytesOf('docx')),
    refused('content_mismatch'),
  ],
  ['jpg and zip', 'مدرک.jpg', () => join(bytesOf('jpg'), bytesOf('docx')), taken()],
  ['png and html', 'مدرک.png', () => join(bytesOf('png'), '<script>alert(1)</script>'), taken()],
]);

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const rels = (...all: { type: string; target: string; mode?: string }[]): ZipPart => ({
  name: 'word/_rels/document.xml.rels',
  content: `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all
    .map(
      ({ type, target, mode }, i) =>
        `<Relationship Id="rId${i}" Type="${RELATIONSHIPS}/${type}" Target="${target}"${
          mode === undefined ? '' : ` TargetMode="${mode}"`
        }/>`,
    )
    .join('')}</Relationships>`,
  pack: true,
});
const docx =
  (...extra: ZipPart[]) =>
  (): Buffer =>
    makeDocx({ extra });
const external = (type: string, target: string) => docx(rels({ type, target, mode: 'External' }));
const field = (...runs: string[]): ZipPart => ({
  name: 'word/header1.xml',
  content: `<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p>${runs
    .map((run) => `<w:r><w:instrText xml:space="preserve">${run}</w:instrText></w:r>`)
    .join('')}</w:p></w:hdr>`,
  pack: true,
});

/** @param listener address that nobody may ever ask for anything */
const documents = (listener: string): CorpusCase[] =>
  rows([
    [
      'docx with a link in its text',
      'نامه.docx',
      external('hyperlink', 'https://example.org/'),
      taken(),
    ],
    [
      'docx with a template elsewhere',
      'نامه.docx',
      external('attachedTemplate', `${listener}/t.dotm`),
      taken('external_links'),
    ],
    [
      'docx with a picture elsewhere',
      'نامه.docx',
      external('image', `${listener}/p.png`),
      taken('external_links'),
    ],
    [
      'docx with a template on a share',
      'نامه.docx',
      external('attachedTemplate', 'file://///10.0.0.1/s/t.dotm'),
      taken('external_links'),
    ],
    ...[
      'file:///C:\\Users\\sara\\AppData\\Roaming\\Microsoft\\Templates\\Normal.dotm',
      'file:///C:/Users/sara/Templates/Letter%20head.dotx',
      'file:///Users/sara/Library/Templates/Normal.dotm',
      'file://localhost/Users/sara/Normal.dotm',
      'C:\\Templates\\Normal.dotm',
      'Normal.dotm',
    ].map((target): Row => [
      `docx with the template ${target}`,
      'نامه.docx',
      external('attachedTemplate', target),
      taken(),
    ]),
    ...[
      'file://server/t.dotm',
      'file:////server/t.dotm',
      'file:///%5C%5Cserver/t.dotm',
      '//server/t.dotm',
      'ftp://server/t.dotm',
      '&#102;ile://server/t.dotm',
    ].map((target): Row => [
      `docx with the template ${target}`,
      'نامه.docx',
      external('attachedTemplate', target),
      taken('external_links'),
    ]),
    [
      'docx with a link to a share',
      'نامه.docx',
      external('hyperlink', '\\\\10.0.0.1\\s'),
      taken('external_links'),
    ],
    [
      'docx with an object elsewhere',
      'نامه.docx',
      external('oleObject', `${listener}/o`),
      taken('embedded_objects', 'external_links'),
    ],
    [
      'docx whose mode is spelled in entities',
      'نامه.docx',
      docx(rels({ type: 'image', target: listener, mode: '&#69;xternal' })),
      taken('external_links'),
    ],
    [
      'docx whose relationships are UTF-16',
      'نامه.docx',
      () => {
        const part = rels({ type: 'image', target: listener, mode: 'External' });
        return makeDocx({
          extra: [{ ...part, content: Buffer.from(`\ufeff${String(part.content)}`, 'utf16le') }],
        });
      },
      taken('external_links'),
    ],
    [
      'docx with an ole object',
      'نامه.docx',
      docx(
        { name: 'word/embeddings/oleObject1.bin', content: 'OLE' },
        rels({ type: 'oleObject', target: 'embeddings/oleObject1.bin' }),
      ),
      taken('embedded_objects'),
    ],
    [
      'docx with a control',
      'نامه.docx',
      docx({ name: 'word/activeX/activeX1.bin', content: 'X' }),
      taken('embedded_objects'),
    ],
    [
      'docx with a zip in it',
      'نامه.docx',
      docx({ name: 'word/more.zip', content: 'PK' }),
      taken('embedded_objects'),
    ],
    [
      'docx with dde',
      'نامه.docx',
      docx(field('DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"')),
      taken('field_commands'),
    ],
    [
      'docx with dde in pieces',
      'نامه.docx',
      docx(field('D', 'DE', 'AUTO cmd')),
      taken('field_commands'),
    ],
    [
      'docx with dde in entities',
      'نامه.docx',
      docx(field('&#68;&#x44;E cmd')),
      taken('field_commands'),
    ],
    [
      'docx with dde in an attribute',
      'نامه.docx',
      docx({
        name: 'word/footer1.xml',
        content: '<w:ftr><w:fldSimple w:instr=" DDE excel x "/></w:ftr>',
      }),
      taken('field_commands'),
    ],
    [
      'docx that takes a picture in by a field',
      'نامه.docx',
      docx(field(`INCLUDEPICTURE "${listener}/p"`)),
      taken('external_links'),
    ],
    [
      'docx with harmless fields',
      'نامه.docx',
      docx(field('PAGE \\* MERGEFORMAT', ' TOC \\o "1-3"')),
      taken(),
    ],
    [
      'docx with an html part',
      'نامه.docx',
      docx(
        { name: 'word/afchunk.xhtml', content: '<html/>' },
        rels({ type: 'aFChunk', target: 'afchunk.xhtml' }),
      ),
      taken('foreign_parts'),
    ],
    [
      'docx with external entities',
      'نامه.docx',
      docx({
        name: 'customXml/item1.xml',
        content: `<!DOCTYPE a [<!ENTITY x SYSTEM "${listener}/x">]><a>&x;</a>`,
      }),
      taken('xml_entities'),
    ],
    [
      'docx with macros',
      'نامه.docx',
      docx({ name: 'word/vbaProject.bin', content: 'x' }),
      refused('macros'),
    ],
    [
      'docx whose macros have another name',
      'نامه.docx',
      docx({ name: 'word/a.bin', content: 'x' }, rels({ type: 'vbaProject', target: 'a.bin' })),
      refused('macros'),
    ],
    [
      'docm called docx',
      'نامه.docx',
      () => makeDocx({ mainType: 'application/vnd.ms-word.document.macroEnabled.main+xml' }),
      refused('macros'),
    ],
    [
      'docx with a password',
      'نامه.docx',
      () =>
        makeOle([
          { name: 'EncryptionInfo', content: Buffer.alloc(4096) },
          { name: 'EncryptedPackage', content: Buffer.alloc(4096) },
        ]),
      refused('encrypted'),
    ],
    [
      'doc with macros',
      'نامه.doc',
      () => makeDoc({ parts: [macroProject('Sub AutoOpen()\r\nEnd Sub')] }),
      refused('macros'),
    ],
    [
      'doc with a macro of which only the compiled form is left',
      'نامه.doc',
      () => makeDoc({ parts: [macroProject('', 2)] }),
      refused('macros'),
    ],
    [
      'doc with an empty macro project',
      'نامه.doc',
      () => makeDoc({ parts: [macroProject('')] }),
      taken(),
    ],
    [
      'doc whose macro stands behind a directive',
      'نامه.doc',
      () =>
        makeDoc({
          parts: [macroProject('Option Explicit: Sub AutoOpen(): MsgBox 1: End Sub', 0)],
        }),
      refused('macros'),
    ],
    [
      'doc with comments in its macro project',
      'نامه.doc',
      () => makeDoc({ parts: [macroProject("Option Explicit ' a: b\r\n  ' Sub: \r\n", 0)] }),
      taken(),
    ],
    [
      'doc with a form in its macro project',
      'نامه.doc',
      () => {
        const project = macroProject('');
        return makeDoc({
          parts: [{ ...project, parts: [...(project.parts ?? []), { name: 'UserForm1' }] }],
        });
      },
      refused('macros'),
    ],
    [
      'doc with objects',
      'نامه.doc',
      () => makeDoc({ parts: [{ name: 'ObjectPool' }] }),
      taken('embedded_objects'),
    ],
    ['doc with a password', 'نامه.doc', () => makeDoc({ flags: 0x0100 }), refused('encrypted')],
    ['a cut docx', 'نامه.docx', () => cut('docx'), refused('broken')],
    ['docx with a byte behind', 'نامه.docx', () => join(bytesOf('docx'), '\n'), taken()],
    [
      'docx with a comment',
      'نامه.docx',
      () => {
        const bytes = makeDocx();
        bytes.writeUInt16LE(6, bytes.length - 2);
        return join(Promise.resolve(bytes), 'remark');
      },
      taken(),
    ],
    ['a cut doc', 'نامه.doc', () => cut('doc'), refused('broken')],
    [
      'docx with the virus test file',
      'نامه.docx',
      docx({ name: 'word/media/a.bin', content: eicar() }),
      refused('infected'),
    ],
  ]);

/** A gigabyte of zeros in a megabyte: one flushed block, many times over. */
const packedZeros = (mebibytes: number): Buffer => {
  const block = deflateRawSync(Buffer.alloc(1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([
    ...Array.from({ length: mebibytes }, () => block),
    deflateRawSync(Buffer.alloc(0)),
  ]);
};

/** A good docx whose directory, or more of it, is changed. */
const changedDocx =
  (change: (bytes: Buffer, directory: number) => void, ...extra: ZipPart[]) =>
  (): Buffer => {
    const bytes = makeDocx({ extra });
    change(bytes, bytes.readUInt32LE(bytes.length - 6));
    return bytes;
  };
/** Where the directory's entry of `name` begins. */
const entryOf = (bytes: Buffer, name: string): number => bytes.lastIndexOf(name) - 46;
const sizes =
  (name: string, unpacked: number, packed?: number) =>
  (bytes: Buffer): void => {
    const at = entryOf(bytes, name);
    if (packed !== undefined) bytes.writeUInt32LE(packed, at + 20);
    bytes.writeUInt32LE(unpacked, at + 24);
  };

const ZIPS = rows([
  [
    'a gigabyte of zeros',
    'نامه.docx',
    changedDocx(sizes('word/zeros.xml', 2 ** 30), {
      name: 'word/zeros.xml',
      content: packedZeros(1024),
      method: 8,
    }),
    refused('broken'),
  ],
  [
    'a gigabyte of zeros that says it is small',
    'نامه.docx',
    changedDocx(sizes('word/zeros.xml', 1000), {
      name: 'word/zeros.xml',
      content: packedZeros(1024),
      method: 8,
    }),
    refused('broken'),
  ],
  [
    'parts that say they are small, two hundred times',
    'نامه.docx',
    changedDocx(
      (bytes) => {
        for (let i = 0; i < 200; i += 1) sizes(`word/z${i}.xml`, 4 * 1024 * 1024)(bytes);
      },
      ...Array.from({ length: 200 }, (_, i): ZipPart => ({
        name: `word/z${i}.xml`,
        content: packedZeros(4),
        method: 8,
      })),
    ),
    refused('broken'),
  ],
  [
    'overlapping parts',
    'نامه.docx',
    changedDocx((bytes) => bytes.writeUInt32LE(40, entryOf(bytes, '_rels/.rels') + 42)),
    refused('broken'),
  ],
  [
    'a zip in a zip in a zip',
    'نامه.docx',
    () =>
      makeZip([
        {
          name: 'a.zip',
          content: makeZip([{ name: 'b.zip', content: makeZip([{ name: 'c', content: 'x' }]) }]),
        },
      ]),
    refused('is_archive'),
  ],
  [
    '2,001 parts',
    'نامه.docx',
    docx(...Array.from({ length: 2001 }, (_, i) => ({ name: `a/${i}`, content: '' }))),
    refused('broken'),
  ],
  [
    '65,535 parts, as a ZIP64 says',
    'نامه.docx',
    changedDocx((bytes) => bytes.writeUInt32LE(0xffffffff, bytes.length - 14)),
    refused('broken'),
  ],
  [
    'a part outside',
    'نامه.docx',
    docx({ name: '../../etc/cron.d/x', content: 'x' }),
    refused('broken'),
  ],
  ['a part at the root', 'نامه.docx', docx({ name: '/etc/x', content: 'x' }), refused('broken')],
  ['a part on a drive', 'نامه.docx', docx({ name: 'C:\\x', content: 'x' }), refused('broken')],
  [
    'a part with NUL in its name',
    'نامه.docx',
    docx({ name: 'a\0b', content: 'x' }),
    refused('broken'),
  ],
  [
    'two parts of one name',
    'نامه.docx',
    docx({ name: 'WORD/Document.xml', content: 'x' }),
    refused('broken'),
  ],
  [
    'a symbolic link',
    'نامه.docx',
    changedDocx((bytes, at) => bytes.writeUInt32LE((0o120777 << 16) >>> 0, at + 38)),
    refused('broken'),
  ],
  [
    'a part with a password',
    'نامه.docx',
    changedDocx((bytes, at) => bytes.writeUInt16LE(0x0801, at + 8)),
    refused('encrypted'),
  ],
  [
    'a part that calls itself otherwise',
    'نامه.docx',
    changedDocx((bytes) => bytes.write('Word', bytes.indexOf('word/document.xml<?xml'))),
    refused('broken'),
  ],
  ['no directory', 'نامه.docx', () => makeDocx().subarray(0, -22), refused('broken')],
]);

const blank = (side = 64) =>
  sharp({ create: { width: side, height: side, channels: 3, background: '#fff' } });

const pngChunk = (kind: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
};
/** Puts a chunk behind the header of a png. */
const withPngChunk = async (kind: string, data: Buffer): Promise<Buffer> => {
  const png = await blank().png().toBuffer();
  return Buffer.concat([png.subarray(0, 33), pngChunk(kind, data), png.subarray(33)]);
};

/** A bilevel TIFF of so many pages, each with a directory of its own; `next` may lead anywhere. */
const makeTiff = ({
  pages = 1,
  side = 8,
  located = false,
  next,
}: {
  pages?: number;
  side?: number;
  /** With a directory that says where it was taken. */
  located?: boolean;
  /** Where the directory after the last one is; 0: there is none. */
  next?: (first: number) => number;
}): Buffer => {
  const ENTRIES = located ? 10 : 9;
  const directoryBytes = 2 + ENTRIES * 12 + 4;
  const strip = Buffer.alloc(Math.min(8, side));
  const first = 8 + strip.length;
  const place = first + pages * directoryBytes;
  const bytes = Buffer.alloc(place + (located ? 18 : 0));
  // One entry: the latitude.
  if (located) Buffer.from('010002000500', 'hex').copy(bytes, place);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(first, 4);
  strip.copy(bytes, 8);
  for (let page = 0; page < pages; page += 1) {
    const at = first + page * directoryBytes;
    bytes.writeUInt16LE(ENTRIES, at);
    const values: [tag: number, value: number][] = [
      [256, side],
      [257, side],
      [258, 1],
      [259, 1],
      [262, 1],
      [273, 8],
      [277, 1],
      [278, side],
      [279, strip.length],
      ...(located ? [[0x8825, place] as [number, number]] : []),
    ];
    for (const [index, [tag, value]] of values.entries()) {
      const entry = at + 2 + index * 12;
      bytes.writeUInt16LE(tag, entry);
      bytes.writeUInt16LE(4, entry + 2);
      bytes.writeUInt32LE(1, entry + 4);
      bytes.writeUInt32LE(value, entry + 8);
    }
    const following = page + 1 < pages ? at + directoryBytes : (next?.(first) ?? 0);
    bytes.writeUInt32LE(following, at + directoryBytes - 4);
  }
  return bytes;
};

const GPS = {
  IFD3: {
    GPSLatitudeRef: 'N',
    GPSLatitude: '35/1 41/1 0/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '51/1 23/1 0/1',
  },
};

/** A progressive jpeg whose last scan comes again and again. */
const manyScans = async (): Promise<Buffer> => {
  const jpeg = await sharp({
    create: { width: 2000, height: 2000, channels: 3, background: '#888' },
  })
    .jpeg({ progressive: true })
    .toBuffer();
  const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from('ffda', 'hex')), -2);
  return Buffer.concat([
    jpeg.subarray(0, -2),
    ...Array.from({ length: 2000 }, () => scan),
    jpeg.subarray(-2),
  ]);
};

const PICTURES = rows([
  ['a png of 64 megapixels', 'نقشه.png', () => makeWidePng(8000), taken()],
  [
    'a jpg of 200 megapixels, as phones take them',
    'عکس.jpg',
    () =>
      sharp({
        create: { width: 16_320, height: 12_240, channels: 3, background: '#888' },
        limitInputPixels: false,
      })
        .jpeg({ quality: 10 })
        .toBuffer(),
    taken(),
  ],
  [
    'a progressive jpg of 64 megapixels',
    'عکس.jpg',
    () =>
      sharp({
        create: { width: 8000, height: 8000, channels: 3, background: '#888' },
        limitInputPixels: false,
      })
        .jpeg({ progressive: true })
        .toBuffer(),
    refused('too_many_pixels'),
  ],
  ['a png of 256 megapixels', 'نقشه.png', () => makeWidePng(16_000), refused('too_many_pixels')],
  ['a png of 400 megapixels', 'نقشه.png', () => makeWidePng(20_000), refused('too_many_pixels')],
  [
    'a tiff that says 65,535 × 65,535',
    'نقشه.tif',
    () => makeTiff({ side: 65_535 }),
    refused('too_many_pixels'),
  ],
  [
    'a tiff of 10,000 pages',
    'اسکن.tif',
    () => makeTiff({ pages: 10_000 }),
    refused('too_many_pages'),
  ],
  ['a tiff of three pages', 'اسکن.tif', () => makeTiff({ pages: 3 }), taken()],
  [
    'a tiff whose pages run in a circle',
    'اسکن.tif',
    () => makeTiff({ pages: 3, next: (first) => first }),
    taken(),
  ],
  [
    'a tiff whose next page is nowhere',
    'اسکن.tif',
    () => makeTiff({ pages: 2, next: () => 0x7fffffff }),
    refused('broken'),
  ],
  ['a cut jpg', 'مدرک.jpg', () => cut('jpg'), refused('broken')],
  ['a cut png', 'مدرک.png', () => cut('png'), refused('broken')],
  ['a cut tiff', 'مدرک.tiff', () => cut('tiff'), refused('broken')],
  ['a jpg in cmyk', 'مدرک.jpg', () => blank().toColourspace('cmyk').jpeg().toBuffer(), taken()],
  ['a png of 16 bits', 'مدرک.png', () => blank().toColourspace('rgb16').png().toBuffer(), taken()],
  ['a progressive jpg', 'مدرک.jpg', () => blank().jpeg({ progressive: true }).toBuffer(), taken()],
  ['a jpg of two thousand scans', 'مدرک.jpg', manyScans, refused('too_complex')],
  [
    'a png with two megabytes of text',
    'مدرک.png',
    () => withPngChunk('tEXt', Buffer.concat([Buffer.from('a\0'), Buffer.alloc(500_000, 'x')])),
    taken(),
  ],
  [
    'a png with packed text of a gigabyte',
    'مدرک.png',
    () =>
      withPngChunk(
        'zTXt',
        Buffer.concat([
          Buffer.from('a\0\0'),
          Buffer.from('789c', 'hex'),
          packedZeros(1024).subarray(0, -2),
        ]),
      ),
    refused('too_complex'),
  ],
  [
    'a jpg with half a megabyte of exif',
    'مدرک.jpg',
    () =>
      blank()
        .withExif({ IFD0: { ImageDescription: 'x'.repeat(50_000) } })
        .jpeg()
        .toBuffer(),
    taken(),
  ],
  [
    'an animated png',
    'مدرک.png',
    () => withPngChunk('acTL', Buffer.from('0000000200000000', 'hex')),
    taken(),
  ],
  [
    'a fax',
    'نمابر.tif',
    () => blank().toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }).toBuffer(),
    taken(),
  ],
  [
    'a scan of A3 in black and white at 600 dpi',
    'اسکن.tif',
    () =>
      sharp({ create: { width: 9921, height: 7016, channels: 3, background: '#fff' } })
        .toColourspace('b-w')
        .tiff({ compression: 'ccittfax4', bitdepth: 1 })
        .toBuffer(),
    taken(),
  ],
  [
    'a jpg that says where it was taken',
    'عکس.jpg',
    () => blank().withExif(GPS).jpeg().toBuffer(),
    taken('location'),
  ],
  [
    'a png that says where it was taken',
    'عکس.png',
    () => blank().withExif(GPS).png().toBuffer(),
    taken('location'),
  ],
  [
    'a tiff that says where it was taken',
    'عکس.tif',
    () => makeTiff({ located: true }),
    taken('location'),
  ],
  [
    'a jpg with exif and no place',
    'عکس.jpg',
    () =>
      blank()
        .withExif({ IFD0: { Artist: 'someone' } })
        .jpeg()
        .toBuffer(),
    taken(),
  ],
]);

const PAGES = '<< /Type /Pages /Kids [3 0 R] /Count 1 >>';
const PAGE = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>';
/** One page; `more` goes into the catalog. */
const page = (more: string, ...objects: (string | Buffer)[]) =>
  pdf([`<< /Type /Catalog /Pages 2 0 R ${more} >>`, PAGES, PAGE, ...objects]);
const ownPdf = async (change: (document: PDFDocument) => unknown): Promise<Buffer> => {
  const document = await PDFDocument.create();
  document.addPage([200, 200]);
  await change(document);
  return Buffer.from(await document.save());
};
const zeros = (mebibytes: number): Buffer =>
  Buffer.concat([Buffer.from('789c', 'hex'), packedZeros(mebibytes)]);

const PDFS = rows([
  ['a cut pdf', 'نامه.pdf', () => cut('pdf'), refused('broken')],
  [
    'a pdf without its last line',
    'نامه.pdf',
    async () =>
      Buffer.from((await bytesOf('pdf')).toString('latin1').replace('%%EOF', ''), 'latin1'),
    taken(),
  ],
  [
    'a pdf without the place of its table',
    'نامه.pdf',
    async () =>
      Buffer.from((await bytesOf('pdf')).toString('latin1').replace(/startxref[^]*/, ''), 'latin1'),
    refused('broken'),
  ],
  [
    'a pdf that is only a head and an end',
    'نامه.pdf',
    text('%PDF-1.7\n%%EOF\n'),
    refused('broken'),
  ],
  [
    'a pdf without a page',
    'نامه.pdf',
    pdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>']),
    refused('broken'),
  ],
  [
    'a pdf whose pages run in a circle',
    'نامه.pdf',
    pdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [2 0 R] /Count 1 >>']),
    refused('broken'),
  ],
  [
    'a pdf of arrays in arrays',
    'نامه.pdf',
    page('', `${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    taken(),
  ],
  [
    'a pdf whose table leads in a circle',
    'نامه.pdf',
    pdf(['<< /Type /Catalog /Pages 2 0 R >>', PAGES, PAGE], { trailer: '/Prev 9 ' }),
    taken(),
  ],
  ['a pdf with an object 0', 'نامه.pdf', page('', '0 0 R'), taken()],
  [
    'a pdf with a password',
    'نامه.pdf',
    () =>
      ownPdf((document) => document.encrypt({ userPassword: 'secret', ownerPassword: 'owner' })),
    refused('encrypted'),
  ],
  [
    'a pdf with a password by RC4',
    'نامه.pdf',
    () =>
      ownPdf((document) =>
        document.encrypt({
          userPassword: 'secret',
          algorithm: 'RC4-40',
          allowWeakCryptography: true,
        }),
      ),
    refused('encrypted'),
  ],
  ...(['AES-256', 'AES-128', 'RC4-128', 'RC4-40'] as const).map((algorithm): Row => [
    `a pdf with restrictions by ${algorithm}`,
    'نامه.pdf',
    () => restrictedPdf(algorithm),
    taken(),
  ]),
  [
    'a pdf with restrictions and a script',
    'نامه.pdf',
    () =>
      ownPdf((document) => {
        document.addJavaScript('main', 'app.alert(1)');
        document.encrypt({ userPassword: '', ownerPassword: 'owner' });
      }),
    taken('javascript'),
  ],
  [
    'a pdf that is locked for certain people',
    'نامه.pdf',
    pdf(['<< /Type /Catalog /Pages 2 0 R >>', PAGES, PAGE, '<< /Filter /Adobe.PubSec /V 4 >>'], {
      trailer: '/Encrypt 4 0 R ',
    }),
    refused('encrypted'),
  ],
  [
    'a pdf of 10,000 pages',
    'نامه.pdf',
    pdf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Kids [${'3 0 R '.repeat(10_000)}] /Count 10000 >>`,
      PAGE,
    ]),
    refused('too_many_pages'),
  ],
  [
    'a pdf with a page of a gigabyte',
    'نامه.pdf',
    page('', stream('/Filter /FlateDecode', zeros(1024))),
    taken(),
  ],
  [
    'a pdf whose objects unpack to a gigabyte',
    'نامه.pdf',
    page('', stream('/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode', zeros(1024))),
    refused('too_complex'),
  ],
  [
    'a pdf with javascript',
    'نامه.pdf',
    page('/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>'),
    taken('javascript'),
  ],
  [
    'a pdf with javascript in disguise',
    'نامه.pdf',
    page('/OpenAction << /S /J#61vaScr#69pt /J#53 (app.alert) >>'),
    taken('javascript'),
  ],
  [
    'a pdf with javascript in packed objects',
    'نامه.pdf',
    () => ownPdf((document) => document.addJavaScript('main', 'app.alert(1)')),
    taken('javascript'),
  ],
  [
    'a pdf that starts a program',
    'نامه.pdf',
    page('/OpenAction << /S /Launch /F (cmd.exe) >>'),
    taken('launch'),
  ],
  [
    'a pdf that sends a form',
    'نامه.pdf',
    page('/OpenAction 4 0 R', '<< /S /SubmitForm /F (https://example.org/) >>'),
    taken('launch'),
  ],
  ['a pdf with a link', 'نامه.pdf', page('', '<< /S /URI /URI (https://example.org/) >>'), taken()],
  [
    'a pdf with a file in it',
    'نامه.pdf',
    () => ownPdf((document) => document.attach(Buffer.from('x'), 'a.txt')),
    taken('attachments'),
  ],
  [
    'a pdf with xfa',
    'نامه.pdf',
    page('/AcroForm << /Fields [] /XFA 4 0 R >>', stream('', Buffer.from('<xdp:xdp/>'))),
    taken('rich_content'),
  ],
  [
    'a pdf with a film',
    'نامه.pdf',
    page('', '<< /Type /Annot /Subtype /RichMedia >>'),
    taken('rich_content'),
  ],
  [
    'a pdf with the virus test file',
    'نامه.pdf',
    page('', stream('', eicar())),
    refused('infected'),
  ],
  [
    'a pdf with a form that people fill in',
    'نامه.pdf',
    () =>
      ownPdf((document) => {
        const form = document.getForm();
        form.createTextField('a').addToPage(document.getPage(0));
        document.catalog.set(PDFName.of('Lang'), PDFName.of('fa'));
      }),
    taken(),
  ],
]);

/** @param listener `http://…`: an address of the test, which hears when a file is looked into too far */
export const uploadCorpus = (listener = 'http://192.0.2.1'): CorpusCase[] => [
  ...ORDINARY,
  ...EXTENSIONS,
  ...MISMATCHES,
  ...POLYGLOTS,
  ...documents(listener),
  ...ZIPS,
  ...PICTURES,
  ...PDFS,
];

/** Names of a good file, all of which are taken; as bytes of the header, for what no text can say. */
export const ODD_NAMES: (string | Buffer)[] = [
  '../../etc/passwd.pdf',
  'C:\\Users\\x\\letter.pdf',
  `${'ن'.repeat(4096)}.pdf`,
  'CON.pdf',
  'a%00.exe.pdf',
  'a%0d%0aSet-Cookie: x.pdf',
  'gpj.\u202efdp.pdf',
  'می\u200cخواهم\u200d.pdf',
  '📄📄.pdf',
  'نامه‌ی «مهم» ($1; rm -rf).PDF',
  Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x2e, 0x70, 0x64, 0x66]),
  Buffer.from([0x61, 0xff, 0xfe, 0x2e, 0x70, 0x64, 0x66]),
  Buffer.from('a\0b.pdf'),
];
