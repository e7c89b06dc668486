/**
 * Whether a file is what its name says, decided by its content (guide row 6). Each reader holds
 * only parts of the file and is bounded in time and memory; nothing is executed, fetched or
 * unpacked to disk. A problem is the sender's to mend; only a fault of this machine is thrown.
 */
import { FILE_EXTENSIONS, type FileType } from '../../domain/letter.ts';
import type { FileProblem } from '../../usecases/desk.ts';
import { sharp } from '../images/sharp.ts';
import { withBytes, type ByteSource } from './byte-source.ts';
import { cleanFileName } from './file-name.ts';
import { OLE_MAGIC, readOleDirectory } from './ole-directory.ts';
import { readZipDirectory, readZipEntry } from './zip-directory.ts';

const MAX_PIXELS = 50e6;
const DECODE_SECONDS = 10;
const PDF_TAIL_BYTES = 1024;
const PDF_CHUNK_BYTES = 256 * 1024;
const PDF_OVERLAP_BYTES = 64;
const MAX_CONTENT_TYPES_BYTES = 1024 * 1024;
const FIB_BYTES = 32;
const FIB_ENCRYPTED_OR_OBFUSCATED = 0x8100;

export type FileTypeDecision =
  | {
      ok: true;
      type: FileType;
      /** For showing and for giving back: cleaned, with its extension as typed. */
      name: string;
    }
  | { ok: false; problem: FileProblem };

/** `file`: the bytes, or the path of the stored file. */
export const decideFileType = async ({
  fileName,
  file,
}: {
  fileName: string;
  file: string | Buffer;
}): Promise<FileTypeDecision> => {
  const { name, extension } = cleanFileName(fileName);
  const type = Object.hasOwn(FILE_EXTENSIONS, extension) ? FILE_EXTENSIONS[extension] : undefined;
  if (!type) return { ok: false, problem: 'wrong_extension' };
  const problem = await withBytes(file, (source) => findProblem({ type, file, source }));
  return problem ? { ok: false, problem } : { ok: true, type, name };
};

const findProblem = ({
  type,
  file,
  source,
}: {
  type: FileType;
  file: string | Buffer;
  source: ByteSource;
}): Promise<FileProblem | undefined> => {
  if (source.size === 0) return Promise.resolve('empty');
  switch (type) {
    case 'pdf':
      return findPdfProblem(source);
    case 'jpg':
    case 'png':
    case 'tiff':
      return findImageProblem({ type, file, source });
    case 'docx':
      return findDocxProblem(source);
    case 'doc':
      return findDocProblem(source);
    default:
      return type satisfies never;
  }
};

const findPdfProblem = async (source: ByteSource): Promise<FileProblem | undefined> => {
  const head = await source.read(0, 8);
  if (!/^%PDF-[12]\.\d/.test(head.toString('latin1'))) return 'content_mismatch';
  const tail = await source.read(Math.max(0, source.size - PDF_TAIL_BYTES), PDF_TAIL_BYTES);
  if (!tail.includes('%%EOF')) return 'broken';
  // The dictionary that names the encryption is itself never encrypted or packed.
  for (let at = 0; at < source.size; at += PDF_CHUNK_BYTES) {
    const chunk = await source.read(at, PDF_CHUNK_BYTES + PDF_OVERLAP_BYTES);
    if (/\/Encrypt\s*(\d{1,10}\s+\d{1,5}\s+R|<<)/.test(chunk.toString('latin1')))
      return 'encrypted';
  }
  return undefined;
};

const IMAGE_STARTS = {
  jpg: ['ffd8ff'],
  png: ['89504e470d0a1a0a'],
  // Of either byte order, and BigTIFF.
  tiff: ['49492a00', '4d4d002a', '49492b00', '4d4d002b'],
};

const findImageProblem = async ({
  type,
  file,
  source,
}: {
  type: 'jpg' | 'png' | 'tiff';
  file: string | Buffer;
  source: ByteSource;
}): Promise<FileProblem | undefined> => {
  const head = await source.read(0, 8);
  if (!IMAGE_STARTS[type].some((start) => head.toString('hex').startsWith(start)))
    return 'content_mismatch';
  try {
    const image = sharp(file, {
      limitInputPixels: MAX_PIXELS,
      failOn: 'error',
      sequentialRead: true,
    });
    const { width, height } = await image.metadata();
    if (width * height > MAX_PIXELS) return 'too_many_pixels';
    // Decoding to a thumbnail reads every byte that shows, in little memory.
    await image
      .timeout({ seconds: DECODE_SECONDS })
      .resize({ width: 16, height: 16, fit: 'fill' })
      .raw()
      .toBuffer();
    return undefined;
  } catch {
    return 'broken';
  }
};

const findDocxProblem = async (source: ByteSource): Promise<FileProblem | undefined> => {
  const head = await source.read(0, OLE_MAGIC.length);
  // Office keeps a document with a password as an OLE file, whatever it is called.
  if (head.equals(OLE_MAGIC))
    return (await isEncryptedPackage(source)) ? 'encrypted' : 'content_mismatch';
  if (head.length < 4 || head.readUInt32LE(0) !== 0x04034b50) return 'content_mismatch';
  const directory = await readZipDirectory(source);
  if (!directory.ok) return directory.problem;
  const { entries } = directory;
  const names = [...entries.keys()];
  if (names.some((name) => name.endsWith('vbaproject.bin'))) return 'macros';
  const listing = entries.get('[content_types].xml');
  // Word on the web calls it document2.xml.
  const hasDocument = names.some((name) => /^word\/document\d*\.xml$/.test(name));
  if (!listing || !hasDocument) return 'content_mismatch';
  const bytes = await readZipEntry(source, listing, MAX_CONTENT_TYPES_BYTES);
  if (!bytes) return 'broken';
  const contentTypes = decodeXml(bytes).toLowerCase();
  // No program writes entities here; they could spell a type that is not seen below.
  if (/&#|<!/.test(contentTypes)) return 'broken';
  if (/macroenabled|vbaproject/.test(contentTypes)) return 'macros';
  return contentTypes.includes('wordprocessingml.document.main+xml')
    ? undefined
    : 'content_mismatch';
};

/** XML may be UTF-16 when it says so by its first two bytes. */
const decodeXml = (bytes: Buffer): string => {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return bytes.toString('utf16le');
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
};

const isEncryptedPackage = async (source: ByteSource): Promise<boolean> =>
  (await readOleDirectory(source))?.root.has('encryptedpackage') ?? false;

const findDocProblem = async (source: ByteSource): Promise<FileProblem | undefined> => {
  const head = await source.read(0, OLE_MAGIC.length);
  if (!head.equals(OLE_MAGIC)) return 'content_mismatch';
  const ole = await readOleDirectory(source);
  if (!ole) return 'broken';
  const { root } = ole;
  if (root.has('encryptedpackage')) return 'encrypted';
  const document = root.get('worddocument');
  if (document?.kind !== 'stream') return 'content_mismatch';
  if (root.has('macros') || root.has('_vba_project_cur') || root.has('vba')) return 'macros';
  const fib = await ole.readStart(document, FIB_BYTES);
  if (!fib || fib.length < FIB_BYTES) return 'broken';
  // Word 97 and later, and Word 6 and 95.
  if (![0xa5ec, 0xa5dc].includes(fib.readUInt16LE(0))) return 'content_mismatch';
  if (fib.readUInt16LE(10) & FIB_ENCRYPTED_OR_OBFUSCATED) return 'encrypted';
  for (const name of ['0table', '1table', 'data']) {
    const stream = root.get(name);
    if (stream && stream.bytes > 0 && !(await ole.readStart(stream, 1))) return 'broken';
  }
  return undefined;
};
