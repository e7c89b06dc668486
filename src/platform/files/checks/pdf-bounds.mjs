/**
 * Bounds for the reader of pdf-lib, which has none: it skips what it cannot read, searches the end
 * of each such object to the end of the file, and tries to read an object at every byte between
 * objects. Importing this module patches pdf-lib for the whole process.
 */
import { PDFContext, PDFParser } from '@cantoo/pdf-lib';

const MOST_WASTED = 64 * 1024 * 1024;
const MOST_GUESSES = 200_000;
const MOST_OBJECTS = 400_000;

export class TooComplexError extends Error {}

const spent = new WeakMap();
const spend = (context, what, amount, most) => {
  const sums = spent.get(context) ?? {};
  sums[what] = (sums[what] ?? 0) + amount;
  spent.set(context, sums);
  if (sums[what] > most) sums.isOver = true;
};
const ensureWithin = (context) => {
  if (spent.get(context)?.isOver) throw new TooComplexError('more than any honest PDF has');
};

const parser = PDFParser.prototype;
const { parseIndirectObject, tryToParseInvalidIndirectObject, matchIndirectObjectHeader } = parser;
const assign = Reflect.get(PDFContext.prototype, 'assign');

parser.parseIndirectObject = async function () {
  const start = this.bytes.offset();
  try {
    return await parseIndirectObject.call(this);
  } catch (error) {
    spend(this.context, 'wasted', this.bytes.offset() - start, MOST_WASTED);
    throw error;
  }
};

parser.tryToParseInvalidIndirectObject = function () {
  ensureWithin(this.context);
  return tryToParseInvalidIndirectObject.call(this);
};

const mayBegin = (byte) => (byte >= 0x30 && byte <= 0x39) || byte <= 0x20 || byte === 0x25;

parser.matchIndirectObjectHeader = function () {
  if (!mayBegin(this.bytes.peek())) return false;
  const found = matchIndirectObjectHeader.call(this);
  if (!found) spend(this.context, 'guesses', 1, MOST_GUESSES);
  ensureWithin(this.context);
  return found;
};

PDFContext.prototype.assign = function (ref, object) {
  spend(this, 'objects', 1, MOST_OBJECTS);
  ensureWithin(this);
  return assign.call(this, ref, object);
};
