// The main text of a DOC ([MS-DOC]), without styles, headers, footnotes and pictures. Pieces are
// read where the piece table says, each once.
import { withBytes } from '../checks/byte-source.ts';
import { readOleDirectory } from '../checks/ole-directory.ts';
import type { OleFile } from '../checks/ole-directory.ts';

const WORD_97 = 0xa5ec;
const WORD_95 = 0xa5dc;
const FIB_BYTES = 426;

// Flags of the file information block.
const COMPLEX = 0x0004;
const TABLE_IS_1TABLE = 0x0200;

// Records of the piece table.
const MODIFIERS = 1;
const PIECES = 2;
const PIECE_BYTES = 8;
// The bit of an offset that marks one byte a character.
const NARROW = 0x40000000;

// Arabic, Persian, Urdu, Pashto, Dari
const ARABIC_SCRIPT = new Set([0x01, 0x29, 0x20, 0x63, 0x8c]);

export const readDocText = (
  doc: Buffer,
  length: number,
): Promise<{ text: string; cut: boolean } | undefined> =>
  withBytes(doc, async (source) => {
    const ole = await readOleDirectory(source);
    const document = ole && (await readStream(ole, 'worddocument'));
    if (!document || document.length < FIB_BYTES) return undefined;
    const pieces =
      document.readUInt16LE(0) === WORD_97
        ? piecesOf97(document, await readTable(ole, document))
        : piecesOf95(document);
    if (!pieces) return undefined;
    const reader = createReader(length);
    for (const piece of pieces) if (!reader.read(piece())) break;
    return reader.end();
  });

const readStream = async (ole: OleFile, name: string): Promise<Buffer | undefined> => {
  const entry = ole.root.get(name);
  return entry?.kind === 'stream' ? ole.readStart(entry, entry.bytes) : undefined;
};

const readTable = (ole: OleFile, document: Buffer): Promise<Buffer | undefined> =>
  readStream(ole, document.readUInt16LE(10) & TABLE_IS_1TABLE ? '1table' : '0table');

type Piece = () => string;

const CCP_TEXT = 76;
const FC_CLX = 418;
// From 0x80 on: the decoders of Windows-1252 differ between versions of Node.js.
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const decode1252 = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replaceAll(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252[sign.charCodeAt(0) - 0x80] ?? sign);

const piecesOf97 = (document: Buffer, table: Buffer | undefined): Piece[] | undefined => {
  const start = document.readUInt32LE(FC_CLX);
  const list =
    table && findPieces(table.subarray(start, start + document.readUInt32LE(FC_CLX + 4)));
  if (!list) return undefined;
  const count = Math.floor((list.length - 4) / (4 + PIECE_BYTES));
  let left = document.readUInt32LE(CCP_TEXT);
  const pieces: Piece[] = [];
  for (let index = 0; index < count && left > 0; index += 1) {
    const characters = list.readUInt32LE((index + 1) * 4) - list.readUInt32LE(index * 4);
    const wanted = Math.min(characters, left);
    if (wanted <= 0) return undefined;
    left -= wanted;
    const place = list.readUInt32LE((count + 1) * 4 + index * PIECE_BYTES + 2);
    const isNarrow = (place & NARROW) !== 0;
    const at = isNarrow ? (place & ~NARROW) / 2 : place;
    const bytes = document.subarray(at, at + wanted * (isNarrow ? 1 : 2));
    pieces.push(() => (isNarrow ? decode1252(bytes) : bytes.toString('utf16le')));
  }
  return pieces;
};

const findPieces = (clx: Buffer): Buffer | undefined => {
  let at = 0;
  while (at + 5 <= clx.length && clx.readUInt8(at) === MODIFIERS)
    at += 3 + clx.readUInt16LE(at + 1);
  if (at + 5 > clx.length || clx.readUInt8(at) !== PIECES) return undefined;
  const bytes = clx.readUInt32LE(at + 1);
  const list = clx.subarray(at + 5, at + 5 + bytes);
  return list.length === bytes && bytes >= 4 ? list : undefined;
};

// Word 6 and 95: one piece, in the code page of its language.
const piecesOf95 = (document: Buffer): Piece[] | undefined => {
  if (document.readUInt16LE(0) !== WORD_95 || document.readUInt16LE(10) & COMPLEX) return undefined;
  const start = document.readUInt32LE(24);
  const bytes = document.subarray(start, start + document.readUInt32LE(52));
  const isArabic = ARABIC_SCRIPT.has(document.readUInt16LE(6) & 0xff);
  return [() => (isArabic ? new TextDecoder('windows-1256').decode(bytes) : decode1252(bytes))];
};

// [MS-DOC] 2.8.25 and 2.9.48
const [CELL, LINE, PAGE, PARAGRAPH] = ['\u0007', '\u000b', '\u000c', '\r'];
const [FIELD, RESULT, FIELD_END] = ['\u0013', '\u0014', '\u0015'];
const HYPHEN = '\u001e';

const createReader = (length: number) => {
  const lines: string[] = [];
  let line = '';
  let found = 0;
  // For each open field, whether its instruction is over.
  const fields: boolean[] = [];
  let instructions = 0;
  const endLine = (): void => {
    if (line.trim() !== '') lines.push(line);
    line = '';
  };
  return {
    read(text: string): boolean {
      for (const sign of text) {
        if (found > length) return false;
        if (sign === FIELD) {
          fields.push(false);
          instructions += 1;
        } else if (sign === RESULT || sign === FIELD_END) {
          if (fields.pop() === false) instructions -= 1;
          if (sign === RESULT) fields.push(true);
        } else if (sign === PARAGRAPH || sign === CELL || sign === PAGE) endLine();
        else if (instructions > 0) continue;
        else if (sign === HYPHEN) line += '\u2011';
        else if (sign >= ' ' || sign === '\t' || sign === LINE) {
          line += sign < ' ' ? ' ' : sign;
          found += sign.length;
        }
      }
      return true;
    },
    end(): { text: string; cut: boolean } {
      endLine();
      const text = lines.join('\n');
      return { text: text.slice(0, length), cut: text.length > length || found > length };
    },
  };
};
