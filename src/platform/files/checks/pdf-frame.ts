/**
 * Finds a PDF within its file: mail programs, scanners and servers add bytes around it or drop its
 * last line. Readers search the header in the first kilobyte and the cross-reference table from the
 * end.
 */
import type { ByteSource } from './byte-source.ts';

const HEAD_BYTES = 1024;
const TAIL_BYTES = 1024;
const CHUNK_BYTES = 256 * 1024;
// A searched word may span two chunks.
const OVERLAP_BYTES = 64;
const TABLE_BYTES = 32;
const ZIP_END = 'PK\u0005\u0006';

export const findPdfHead = async (source: ByteSource): Promise<number | undefined> => {
  const head = await source.read(0, HEAD_BYTES + OVERLAP_BYTES);
  const at = head.toString('latin1').search(/%PDF-[12]\.\d/);
  return at < 0 || at > HEAD_BYTES ? undefined : at;
};

/** `cut`: the end is missing, so readers would guess the content. `two`: another file follows. */
export const judgePdfEnd = async (
  source: ByteSource,
  head: number,
): Promise<'whole' | 'cut' | 'two'> => {
  const tail = await textOf(source, Math.max(0, source.size - TAIL_BYTES), TAIL_BYTES);
  const start = await lastStart(source);
  if (start !== undefined && (await hasAfter(source, start, (text) => text.includes(ZIP_END))))
    return 'two';
  if (tail.includes('%%EOF')) return 'whole';
  if (start === undefined) return 'cut';
  // Objects behind the last table belong to a change that did not come to its end.
  const isUnfinished = await hasAfter(source, start, (text) => /\d\s+\d+\s+obj\b/.test(text));
  return !isUnfinished && (await leadsToTable(source, start, head)) ? 'whole' : 'cut';
};

const lastStart = async (source: ByteSource): Promise<number | undefined> => {
  for (let end = source.size; end > 0; end -= CHUNK_BYTES) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const found = (await textOf(source, from, end - from + OVERLAP_BYTES)).lastIndexOf('startxref');
    if (found >= 0) return from + found;
  }
  return undefined;
};

const hasAfter = async (
  source: ByteSource,
  start: number,
  isFound: (text: string) => boolean,
): Promise<boolean> => {
  for (let at = start; at < source.size; at += CHUNK_BYTES)
    if (isFound(await textOf(source, at, CHUNK_BYTES + OVERLAP_BYTES))) return true;
  return false;
};

const leadsToTable = async (source: ByteSource, start: number, head: number): Promise<boolean> => {
  const text = await textOf(source, start, OVERLAP_BYTES);
  const place = Number(/^startxref\s+(\d{1,10})/.exec(text)?.[1] ?? Number.NaN);
  if (!(place > 0)) return false;
  // Counted from the head, or from the first byte.
  for (const at of [place, place + head])
    if (/^\s*(?:xref|\d+\s+\d+\s+obj)\b/.test(await textOf(source, at, TABLE_BYTES))) return true;
  return false;
};

const textOf = async (source: ByteSource, offset: number, length: number): Promise<string> =>
  (await source.read(offset, length)).toString('latin1');
