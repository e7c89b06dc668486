import { createHash } from 'node:crypto';
import smpp from 'smpp';
import { isGsm } from '../sms-length.ts';

export interface SmppPart {
  data_coding: number;
  short_message: Buffer | { udh: Buffer; message: Buffer };
}

const GSM = { coding: 0, single: 160, each: 153 };
/** In bytes, two per character. */
const UCS2 = { coding: 8, single: 140, each: 134 };

/**
 * @param id of the message: a repeat gets the same reference, so that phones still join its parts
 */
export const smppParts = (text: string, id: string): SmppPart[] => {
  const { coding, single, each } = isGsm(text) ? GSM : UCS2;
  const bytes = coding === 0 ? smpp.encodings.ASCII.encode(text) : ucs2(text);
  if (bytes.length <= single) return [{ data_coding: coding, short_message: bytes }];
  const pieces = [...cut(bytes, { each, isUcs2: coding === UCS2.coding })];
  const reference = createHash('sha256').update(id).digest()[0] ?? 0;
  return pieces.map((message, index) => ({
    data_coding: coding,
    short_message: {
      udh: Buffer.from([5, 0, 3, reference, pieces.length, index + 1]),
      message,
    },
  }));
};

const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

const isHighSurrogate = (bytes: Buffer, at: number): boolean => (bytes[at] ?? 0) >> 2 === 0x36;

function* cut(
  bytes: Buffer,
  { each, isUcs2 }: { each: number; isUcs2: boolean },
): Generator<Buffer> {
  for (let from = 0; from < bytes.length;) {
    let end = Math.min(from + each, bytes.length);
    // Two halves of one character stay together.
    if (isUcs2 && end < bytes.length && isHighSurrogate(bytes, end - 2)) end -= 2;
    yield bytes.subarray(from, end);
    from = end;
  }
}
