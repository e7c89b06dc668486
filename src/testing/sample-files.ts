/**
 * Small real files of every type that a letter may bring, and of kinds that it may not, made by
 * code. Pictures and the PDF show Persian text, the documents hold it.
 */
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';
import { PDFDocument } from '@cantoo/pdf-lib';
import { PERSIAN_FONT_FILE, sharp } from '../platform/base/sharp.ts';
import type { FileType } from '../platform/files/stored-file.ts';
import { macroProject, makeOle } from './ole-files.ts';
import type { OlePart } from './ole-files.ts';

export interface SampleFile {
  name: string;
  bytes: Buffer;
}

const PARAGRAPHS = ['به نام خدا', 'با سلام، درخواست پروانهٔ ساخت دارم.', 'با احترام'];

/** A file that the desk accepts. */
export const sampleFile = async (type: FileType): Promise<SampleFile> => {
  switch (type) {
    case 'pdf':
      return { name: 'درخواست.pdf', bytes: await makePdf() };
    case 'jpg':
      return { name: 'مدرک.jpg', bytes: await (await drawPage()).jpeg().toBuffer() };
    case 'png':
      return { name: 'مدرک.png', bytes: await (await drawPage()).png().toBuffer() };
    case 'tiff':
      return {
        name: 'نامه اسکن‌شده.tiff',
        bytes: await (await drawPage()).tiff({ compression: 'lzw' }).toBuffer(),
      };
    case 'docx':
      return { name: 'نامه.docx', bytes: makeDocx() };
    case 'doc':
      return { name: 'نامه قدیمی.doc', bytes: makeDoc() };
    default:
      return type satisfies never;
  }
};

export type RefusedSample =
  | 'program named pdf'
  | 'svg named png'
  | 'html named doc'
  | 'zip named docx'
  | 'xls named doc'
  | 'program and pdf'
  | 'empty'
  | 'truncated jpg'
  | 'truncated png'
  | 'truncated tiff'
  | 'truncated pdf'
  | 'truncated docx'
  | 'truncated doc'
  | 'too many pixels'
  | 'docx with macros'
  | 'docx that says it has macros'
  | 'doc with macros'
  | 'docx with a password'
  | 'doc with a password'
  | 'pdf with a password'
  | 'zip bomb named docx'
  | 'docx with a part outside'
  | 'program named exe';

/** A file that the desk refuses, named after what is wrong with it. */
export const refusedSample = async (kind: RefusedSample): Promise<SampleFile> => {
  const cut = async (type: FileType): Promise<SampleFile> => {
    const { name, bytes } = await sampleFile(type);
    return { name, bytes: bytes.subarray(0, Math.floor(bytes.length * 0.6)) };
  };
  switch (kind) {
    case 'program named pdf':
      return { name: 'مدرک.pdf', bytes: Buffer.from('MZ\x90\x00\x03\x00\x00\x00') };
    case 'svg named png':
      return {
        name: 'نشان.png',
        bytes: Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        ),
      };
    case 'html named doc':
      return { name: 'نامه.doc', bytes: Buffer.from('<html><body>نامه</body></html>') };
    case 'zip named docx':
      return { name: 'نامه.docx', bytes: makeZip([{ name: 'a.txt', content: 'نامه' }]) };
    case 'xls named doc':
      return {
        name: 'نامه.doc',
        bytes: makeOle([{ name: 'Workbook', content: Buffer.alloc(4096, 9) }]),
      };
    case 'program and pdf':
      return {
        name: 'نامه.pdf',
        bytes: Buffer.concat([Buffer.from('MZ\r\n'), (await sampleFile('pdf')).bytes]),
      };
    case 'empty':
      return { name: 'نامه.pdf', bytes: Buffer.alloc(0) };
    case 'truncated jpg':
      return cut('jpg');
    case 'truncated png':
      return cut('png');
    case 'truncated tiff':
      return cut('tiff');
    case 'truncated pdf':
      return cut('pdf');
    case 'truncated docx':
      return cut('docx');
    case 'truncated doc':
      return cut('doc');
    case 'too many pixels':
      return { name: 'نقشه.png', bytes: makeWidePng(16_000) };
    case 'docx with macros':
      return {
        name: 'نامه.docx',
        bytes: makeDocx({
          extra: [{ name: 'word/vbaProject.bin', content: 'not even a project' }],
        }),
      };
    case 'docx that says it has macros':
      return {
        name: 'نامه.docx',
        bytes: makeDocx({ mainType: 'application/vnd.ms-word.document.macroEnabled.main+xml' }),
      };
    case 'doc with macros':
      return {
        name: 'نامه.doc',
        bytes: makeDoc({ parts: [macroProject('Sub AutoOpen()\r\nEnd Sub')] }),
      };
    case 'docx with a password':
      return {
        name: 'نامه.docx',
        bytes: makeOle([
          { name: 'EncryptionInfo', content: Buffer.alloc(4096, 4) },
          { name: 'EncryptedPackage', content: Buffer.alloc(8192, 5) },
        ]),
      };
    case 'doc with a password':
      return { name: 'نامه.doc', bytes: makeDoc({ flags: 0x0100 }) };
    case 'pdf with a password':
      return { name: 'نامه.pdf', bytes: await lockedPdf() };
    case 'zip bomb named docx':
      return {
        name: 'نامه.docx',
        bytes: makeDocx({
          extra: [{ name: 'word/media/zeros.bin', content: Buffer.alloc(20_000_000), pack: true }],
        }),
      };
    case 'docx with a part outside':
      return {
        name: 'نامه.docx',
        bytes: makeDocx({ extra: [{ name: '../../outside.txt', content: 'نامه' }] }),
      };
    case 'program named exe':
      return { name: 'نامه.pdf.exe', bytes: Buffer.from('MZ\x90\x00') };
    default:
      return kind satisfies never;
  }
};

/**
 * A HEIF of 64 by 48 pixels: a red quarter at the top left, a blue one at the bottom right. Made with
 * libheif, since nothing here can encode it.
 */
export const HEIC = Buffer.from(
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA' +
    'AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAANgAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA' +
    'AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34' +
    '+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5' +
    'uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA' +
    'AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAA' +
    'AAAAAAEAAQWBAgMFhAAAAOBtZGF0AAAA1CgBrwngIzhH/98bX/1SOh9Mx7xVd+U3lb0qfuym//dYZT5T2Z2Yfq/T' +
    '4y3P/r2t7YP8ECf/isp00viNHZp7HAZxpPIOcGZ2AJNf9K9LHjm84GVsAKMFY5SnwiMVumeUS//nJsGu37l5mb0+' +
    'cixCtBathJ8yzpfWdK+dKVGkAUR9eJRv87JrmyLMeMLs2dMOzYcbneaiYstmSVaSUNJw3m5yJMiVkgfd4Awx4oiR' +
    'pB4j6mROeXMcte9i/0uwTuAFbrMy0Xn1aL33PDmKls3A6x8aqaJg',
  'base64',
);

const drawPage = async () => {
  const [width, height] = [620, 420];
  const words = await sharp({
    text: {
      text: PARAGRAPHS.join('\n'),
      font: 'Vazirmatn Bold 22',
      fontfile: PERSIAN_FONT_FILE,
      rgba: true,
      // Pango's left is the side where a Persian line begins.
      align: 'left',
      width: width - 80,
      dpi: 96,
    },
  })
    .png()
    .toBuffer();
  return sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite([{ input: words, left: 40, top: 60 }])
    .removeAlpha();
};

const lockedPdf = async (): Promise<Buffer> => {
  const document = await PDFDocument.load(await makePdf());
  document.encrypt({ userPassword: 'secret' });
  return Buffer.from(await document.save());
};

/** A white picture of one bit per pixel, which packs into next to nothing. */
export const makeWidePng = (side: number): Buffer => {
  const chunk = (kind: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(side * (Math.ceil(side / 8) + 1)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** One A4 page that shows the drawn letter; `trailer` goes into the trailer dictionary. */
export const makePdf = async (trailer = ''): Promise<Buffer> => {
  const picture = await (await drawPage()).jpeg({ quality: 80 }).toBuffer();
  const content = Buffer.from('q 515 0 0 349 40 440 cm /Letter Do Q');
  const title = Buffer.from(`\ufeff${PARAGRAPHS[1]}`, 'utf16le').swap16().toString('hex');
  const stream = (dictionary: string, data: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`<< ${dictionary} /Length ${data.length} >>\nstream\n`),
      data,
      Buffer.from('\nendstream'),
    ]);
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R /Lang (fa-IR) >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R' +
        ' /Resources << /XObject << /Letter 4 0 R >> >> >>',
    ),
    stream(
      '/Type /XObject /Subtype /Image /Width 620 /Height 420 /ColorSpace /DeviceRGB' +
        ' /BitsPerComponent 8 /Filter /DCTDecode',
      picture,
    ),
    stream('', content),
    Buffer.from(`<< /Title <${title}> >>`),
  ];
  const parts = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  let offset = parts[0]?.length ?? 0;
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(offset);
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      object,
      Buffer.from('\nendobj\n'),
    ]);
    parts.push(part);
    offset += part.length;
  }
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${table}` +
        `trailer\n<< /Size ${size} /Root 1 0 R /Info 6 0 R ${trailer}>>\n` +
        `startxref\n${offset}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
};

export interface ZipPart {
  name: string;
  content: string | Buffer;
  /** Deflated; else stored as it is. */
  pack?: boolean;
  /** Said of content that is packed already. */
  method?: number;
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OPEN_XML = 'http://schemas.openxmlformats.org';

export const makeDocx = ({
  extra = [],
  mainType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml',
}: { extra?: ZipPart[]; mainType?: string } = {}): Buffer => {
  const paragraphs = PARAGRAPHS.map(
    (text) =>
      `<w:p><w:pPr><w:bidi/></w:pPr><w:r><w:rPr><w:rtl/></w:rPr><w:t>${text}</w:t></w:r></w:p>`,
  );
  return makeZip([
    {
      name: '[Content_Types].xml',
      content:
        `${XML}<Types xmlns="${OPEN_XML}/package/2006/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        '<Default Extension="xml" ContentType="application/xml"/>' +
        `<Override PartName="/word/document.xml" ContentType="${mainType}"/></Types>`,
      pack: true,
    },
    {
      name: '_rels/.rels',
      content:
        `${XML}<Relationships xmlns="${OPEN_XML}/package/2006/relationships">` +
        `<Relationship Id="rId1" Type="${OPEN_XML}/officeDocument/2006/relationships/officeDocument"` +
        ' Target="word/document.xml"/></Relationships>',
    },
    {
      name: 'word/document.xml',
      content:
        `${XML}<w:document xmlns:w="${OPEN_XML}/wordprocessingml/2006/main"><w:body>` +
        `${paragraphs.join('')}<w:sectPr/></w:body></w:document>`,
    },
    ...extra,
  ]);
};

export const makeZip = (parts: ZipPart[]): Buffer => {
  const UTF8_NAMES = 0x0800;
  const DATE_1404 = ((2025 - 1980) << 9) | (4 << 5) | 1;
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, pack = false, method } of parts) {
    const data = Buffer.from(content);
    const packed = pack ? deflateRawSync(data) : data;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(UTF8_NAMES, 2);
    fields.writeUInt16LE(method ?? (pack ? 8 : 0), 4);
    fields.writeUInt16LE(DATE_1404, 8);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = [Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed];
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name));
    body.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...body, listing, end]);
};

/**
 * A Word 97 document: a file information block, the text in pieces, and a piece table that says
 * where they are ([MS-DOC] 2.4.1, 2.8.35).
 */
export const makeDoc = ({
  flags = 0,
  parts = [],
  text = [{ text: `${PARAGRAPHS.join('\r')}\r` }],
}: {
  flags?: number;
  parts?: OlePart[];
  /** `narrow`: one byte for each character. */
  text?: { text: string; narrow?: boolean }[];
} = {}): Buffer => {
  const TEXT_OFFSET = 1024;
  const NARROW = 0x40000000;
  const written = text.map((piece) => Buffer.from(piece.text, piece.narrow ? 'latin1' : 'utf16le'));
  const characters = text.reduce((sum, piece) => sum + piece.text.length, 0);
  const pieces = Buffer.alloc(5 + 4 + text.length * 12);
  pieces.writeUInt8(2, 0);
  pieces.writeUInt32LE(pieces.length - 5, 1);
  let [character, place] = [0, TEXT_OFFSET];
  for (const [index, piece] of text.entries()) {
    character += piece.text.length;
    pieces.writeUInt32LE(character, 5 + (index + 1) * 4);
    const at = 5 + (text.length + 1) * 4 + index * 8 + 2;
    pieces.writeUInt32LE(piece.narrow ? (place * 2) | NARROW : place, at);
    place += written[index]?.length ?? 0;
  }
  const all = Buffer.concat(written);

  const document = Buffer.alloc(Math.max(4096, TEXT_OFFSET + all.length));
  document.writeUInt16LE(0xa5ec, 0);
  document.writeUInt16LE(0x00c1, 2);
  // Language of the program: Persian.
  document.writeUInt16LE(0x0429, 6);
  const TABLE_IS_1TABLE = 0x0200;
  const EXTENDED_CHARACTERS = 0x1000;
  document.writeUInt16LE(TABLE_IS_1TABLE | EXTENDED_CHARACTERS | flags, 10);
  document.writeUInt16LE(0x00bf, 12);
  document.writeUInt32LE(TEXT_OFFSET, 24);
  document.writeUInt32LE(TEXT_OFFSET + all.length, 28);
  document.writeUInt16LE(14, 32);
  document.writeUInt16LE(22, 62);
  document.writeUInt32LE(TEXT_OFFSET + all.length, 64);
  document.writeUInt32LE(characters, 76);
  document.writeUInt16LE(93, 152);
  // The piece table is the 34th pair of place and length.
  document.writeUInt32LE(0, 154 + 33 * 8);
  document.writeUInt32LE(pieces.length, 154 + 33 * 8 + 4);
  all.copy(document, TEXT_OFFSET);

  const table = Buffer.alloc(4096);
  pieces.copy(table);
  const WORD_DOCUMENT = '0609020000000000c000000000000046';
  return makeOle(
    [{ name: 'WordDocument', content: document }, { name: '1Table', content: table }, ...parts],
    WORD_DOCUMENT,
  );
};
