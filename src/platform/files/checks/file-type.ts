/**
 * Decides by content whether a file is what its name says. Runs in a process of the pool; executes,
 * fetches and unpacks nothing to disk.
 */
import { FILE_LIMITS, HELD_PIXELS, type FileFlag, type FileLimits } from '../file-checks.ts';
import { FILE_EXTENSIONS, FILE_TYPES, PICTURE_EXTENSIONS, type FileType } from '../stored-file.ts';
import type { FileProblem } from '../stored-file.ts';
import { sharp } from '../../base/sharp.ts';
import { withBytes, type ByteSource } from './byte-source.ts';
import { inspectDocx } from './docx-parts.ts';
import { convertPicture } from './convert-picture.ts';
import { findTooManyParts } from './count-parts.ts';
import { kindOfFile } from './file-kind.ts';
import type { ConvertedKind, FileKind, OtherKind } from './file-kind.ts';
import { cleanFileName } from '../file-name.ts';
import { hasLocation, isLocationInXmp } from '../location.ts';
import { OLE_MAGIC, readOleDirectory } from './ole-directory.ts';
import { findPdfHead, judgePdfEnd } from './pdf-frame.ts';
import { inspectPdf } from './pdf-inspector.mjs';
import { holdsMacros } from './vba-project.ts';
import { readZipDirectory, readZipEntry } from './zip-directory.ts';

const PDF_CHUNK_BYTES = 256 * 1024;
const PDF_OVERLAP_BYTES = 64;
const MAX_CONTENT_TYPES_BYTES = 1024 * 1024;
// The most a JPEG can have; rows of a million pixels cost many times as much.
const LONGEST_SIDE = 65_535;
const FIB_BYTES = 32;
const FIB_ENCRYPTED_OR_OBFUSCATED = 0x8100;

export type FileTypeDecision =
  | {
      ok: true;
      type: FileType;
      name: string;
      flags: FileFlag[];
      jpeg?: Buffer;
    }
  | { ok: false; problem: Problem };

interface Checked {
  file: string | Buffer;
  source: ByteSource;
  limits: FileLimits;
}

type Problem = Exclude<FileProblem, 'infected'>;
type Findings = { problem: Problem } | { flags: FileFlag[]; jpeg?: Buffer };

/** A good file with the extension of another accepted type gets its own. */
export const decideFileType = async ({
  fileName,
  file,
  limits = FILE_LIMITS,
}: {
  fileName: string;
  file: string | Buffer;
  limits?: FileLimits;
}): Promise<FileTypeDecision> => {
  const { name, extension } = cleanFileName(fileName);
  const isTaken = Object.hasOwn(FILE_EXTENSIONS, extension);
  return withBytes(file, async (source) => {
    const kind = await kindOfFile(source, limits);
    const other = problemOf(kind);
    if (!isTaken && !PICTURE_EXTENSIONS.includes(extension))
      return refused(other && kind !== 'unknown' && source.size > 0 ? other : 'wrong_extension');
    if (source.size === 0) return refused('empty');
    if (other) return refused(other);
    const excess = await findTooManyParts(kind, source, limits);
    if (excess) return refused(excess);
    const found = await inspect(kind as FileType | ConvertedKind, { file, source, limits });
    if ('problem' in found) return refused(found.problem);
    const type = isConverted(kind) ? 'jpg' : (kind as FileType);
    const isRight = isTaken && FILE_EXTENSIONS[extension] === type && !found.jpeg;
    const typed = name.slice(0, name.length - extension.length);
    return { ok: true, type, name: isRight ? name : `${typed}${type}`, ...found };
  });
};

const refused = (problem: Problem) => ({ ok: false, problem }) as const;

const isConverted = (kind: FileKind): kind is ConvertedKind => kind === 'heif' || kind === 'webp';

const problemOf = (kind: FileKind): Problem | undefined => {
  if (kind === 'unknown') return 'content_mismatch';
  return Object.hasOwn(FILE_TYPES, kind) || isConverted(kind)
    ? undefined
    : `is_${kind as OtherKind}`;
};

const inspect = (kind: FileType | ConvertedKind, checked: Checked): Promise<Findings> => {
  switch (kind) {
    case 'pdf':
      return inspectPdfFile(checked);
    case 'jpg':
    case 'png':
    case 'tiff':
      return inspectImage(kind, checked);
    case 'heif':
    case 'webp':
      return convertPicture(kind, checked.file);
    case 'docx':
      return inspectDocxFile(checked);
    case 'doc':
      return inspectDoc(checked);
    default:
      return kind satisfies never;
  }
};

const inspectPdfFile = async ({ file, source, limits }: Checked): Promise<Findings> => {
  const end = await judgePdfEnd(source, (await findPdfHead(source)) ?? 0);
  if (end !== 'whole') return { problem: end === 'cut' ? 'broken' : 'content_mismatch' };
  const found = await inspectPdf({ file, pages: limits.pages });
  // With a password even the structure may be unreadable; that there is one never is.
  if ('problem' in found && found.problem === 'broken' && (await saysEncrypted(source)))
    return { problem: 'encrypted' };
  return found;
};

// The encryption dictionary itself is never encrypted or packed.
const saysEncrypted = async (source: ByteSource): Promise<boolean> => {
  for (let at = 0; at < source.size; at += PDF_CHUNK_BYTES) {
    const chunk = await source.read(at, PDF_CHUNK_BYTES + PDF_OVERLAP_BYTES);
    if (/\/Encrypt\s*(\d{1,10}\s+\d{1,5}\s+R|<<)/.test(chunk.toString('latin1'))) return true;
  }
  return false;
};

const inspectImage = async (
  type: 'jpg' | 'png' | 'tiff',
  { file, source, limits }: Checked,
): Promise<Findings> => {
  try {
    // Read without a bound on pixels: this reads sizes only, and decodes nothing.
    const size = await sharp(file, { limitInputPixels: false, failOn: 'error' }).metadata();
    const { width, height, channels, pages = 1, exif, xmpAsString, isProgressive } = size;
    const isHeld = type === 'tiff' || isProgressive;
    // In black and white it takes a third.
    const held = channels === 1 ? HELD_PIXELS * 3 : HELD_PIXELS;
    const pixels = isHeld ? Math.min(limits.pixels, held) : limits.pixels;
    if (width * height > pixels || Math.max(width, height) > LONGEST_SIDE)
      return { problem: 'too_many_pixels' };
    if (type === 'tiff' && pages > limits.pages) return { problem: 'too_many_pages' };
    // The last page too: a file that was cut lacks it.
    for (const page of new Set([0, type === 'tiff' ? pages - 1 : 0])) {
      const image = sharp(file, {
        limitInputPixels: pixels,
        failOn: 'error',
        sequentialRead: true,
        ...(type === 'tiff' && { page }),
      });
      // Decoding to a thumbnail reads every byte that shows, in little memory.
      await image.resize({ width: 16, height: 16, fit: 'fill' }).raw().toBuffer();
    }
    const isLocated =
      (type === 'tiff' && (await hasLocation(source))) ||
      (exif !== undefined && (await hasLocation(exif))) ||
      (xmpAsString !== undefined && isLocationInXmp(xmpAsString));
    return { flags: isLocated ? ['location'] : [] };
  } catch (error) {
    // Pages may differ in size.
    const isTooLarge = error instanceof Error && /exceeds pixel limit/i.test(error.message);
    return { problem: isTooLarge ? 'too_many_pixels' : 'broken' };
  }
};

const inspectDocxFile = async ({ source, limits }: Checked): Promise<Findings> => {
  if ((await source.read(0, OLE_MAGIC.length)).equals(OLE_MAGIC)) return { problem: 'encrypted' };
  const directory = await readZipDirectory(source, limits);
  if (!directory.ok) return { problem: directory.problem };
  const { entries } = directory;
  const names = [...entries.keys()];
  if (names.some((name) => name.endsWith('vbaproject.bin'))) return { problem: 'macros' };
  const listing = entries.get('[content_types].xml');
  // Word on the web calls it document2.xml.
  const hasDocument = names.some((name) => /^word\/document\d*\.xml$/.test(name));
  if (!listing || !hasDocument) return { problem: 'content_mismatch' };
  const bytes = await readZipEntry(source, listing, MAX_CONTENT_TYPES_BYTES);
  if (!bytes) return { problem: 'broken' };
  const contentTypes = decodeXml(bytes).toLowerCase();
  // No program writes entities here; they could spell a type that is not seen below.
  if (/&#|<!/.test(contentTypes)) return { problem: 'broken' };
  if (/macroenabled|vbaproject/.test(contentTypes)) return { problem: 'macros' };
  return contentTypes.includes('wordprocessingml.document.main+xml')
    ? inspectDocx(source, entries)
    : { problem: 'is_other_document' };
};

const decodeXml = (bytes: Buffer): string => {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return bytes.toString('utf16le');
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
};

const inspectDoc = async ({ source }: Checked): Promise<Findings> => {
  const ole = await readOleDirectory(source);
  if (!ole) return { problem: 'broken' };
  const { root } = ole;
  if (root.has('encryptedpackage')) return { problem: 'encrypted' };
  const document = root.get('worddocument');
  if (document?.kind !== 'stream') return { problem: 'content_mismatch' };
  for (const name of ['macros', '_vba_project_cur', 'vba']) {
    const project = root.get(name);
    if (project && (await holdsMacros(ole, project))) return { problem: 'macros' };
  }
  const fib = await ole.readStart(document, FIB_BYTES);
  if (!fib || fib.length < FIB_BYTES) return { problem: 'broken' };
  // Word 97 and later, and Word 6 and 95.
  if (![0xa5ec, 0xa5dc].includes(fib.readUInt16LE(0))) return { problem: 'content_mismatch' };
  if (fib.readUInt16LE(10) & FIB_ENCRYPTED_OR_OBFUSCATED) return { problem: 'encrypted' };
  for (const name of ['0table', '1table', 'data']) {
    const stream = root.get(name);
    if (stream && stream.bytes > 0 && !(await ole.readStart(stream, 1)))
      return { problem: 'broken' };
  }
  return { flags: root.has('objectpool') ? ['embedded_objects'] : [] };
};
