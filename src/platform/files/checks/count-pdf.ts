// Counts the objects in the text of a PDF, object streams included, before a reader builds any.
import type { ByteSource } from './byte-source.ts';
import { inflatedBytes } from './inflated-bytes.ts';

const OBJECTS = 300_000;
// A few of the words found in packed data look like objects without an end.
const UNFINISHED = 100;
const TABLE_ROWS = 1_000_000;
const OBJECT_STREAMS = 20_000;
const UNPACKED_BYTES = 64 * 1024 * 1024;
// Enough for the dictionary of a stream, on either side of the word that was found.
const DICTIONARY_BYTES = 1024;

export const hasTooManyObjects = async (source: ByteSource): Promise<boolean> => {
  const bytes = await source.read(0, source.size);
  const text = bytes.toString('latin1');
  const begun = count(text, /\d\s{1,9}obj\b/g);
  if (begun > OBJECTS || begun - count(text, /endobj/g) > UNFINISHED) return true;
  const streams = count(text, />>\s{0,9}stream[\r\n]/g);
  if (streams - count(text, /endstream/g) > UNFINISHED) return true;
  return saysLongTable(text) || holdsTooMany(objectStreams(text, bytes), begun);
};

const count = (text: string, word: RegExp): number => {
  let found = 0;
  for (const _ of text.matchAll(word)) found += 1;
  return found;
};

// Readers allocate as many rows as a cross-reference stream claims, whatever it holds.
const saysLongTable = (text: string): boolean => {
  for (const [, rows] of text.matchAll(/\/Size\s{0,9}(\d{1,15})/g))
    if (Number(rows) > TABLE_ROWS) return true;
  for (const [, parts = ''] of text.matchAll(/\/Index\s{0,9}\[([\d\s]{1,2000})/g)) {
    const lengths = parts
      .trim()
      .split(/\s+/)
      .filter((_, at) => at % 2 === 1);
    if (lengths.reduce((sum, length) => sum + Number(length), 0) > TABLE_ROWS) return true;
  }
  return false;
};

interface ObjectStream {
  objects: number;
  filters: number;
  packed: Buffer;
}

function* objectStreams(text: string, bytes: Buffer): Generator<ObjectStream> {
  for (const { index } of text.matchAll(/\/ObjStm\b/g)) {
    // No search for the ends of a dictionary goes over the whole file, for it may hold many.
    const from = Math.max(0, index - DICTIONARY_BYTES);
    const start = text.slice(from, index).lastIndexOf('obj');
    const length = text.slice(index, index + DICTIONARY_BYTES).indexOf('stream');
    if (start < 0 || length < 0) continue;
    const begin = index + length;
    const dictionary = text.slice(from + start, begin);
    const data = begin + (text[begin + 6] === '\r' ? 8 : 7);
    const end = text.indexOf('endstream', data);
    yield {
      objects: Number(/\/N\s{0,9}(\d{1,15})/.exec(dictionary)?.[1] ?? 0),
      filters: count(dictionary, /Decode\b/g),
      packed: bytes.subarray(data, end < 0 ? bytes.length : end),
    };
  }
}

const holdsTooMany = (streams: Iterable<ObjectStream>, begun: number): boolean => {
  let [objects, found, left] = [begun, 0, UNPACKED_BYTES];
  for (const { objects: held, filters, packed } of streams) {
    objects += held;
    found += 1;
    // Packed once more within itself some bytes become any number of them.
    if (filters > 1 || objects > OBJECTS || found > OBJECT_STREAMS) return true;
    // What is not packed so, or broken, is left to the reader and its limits.
    left -= (filters === 1 ? inflatedBytes(packed, left) : undefined) ?? packed.length;
    if (left <= 0) return true;
  }
  return false;
};
