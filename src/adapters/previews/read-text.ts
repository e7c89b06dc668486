/** The text of a DOCX: its paragraphs, without styles, pictures, headers and footnotes. */
import { cleanPlainLine } from '../../domain/text.ts';
import { withBytes } from '../files/byte-source.ts';
import { answerOf } from '../files/child-answer.ts';
import { readZipDirectory, readZipEntry } from '../files/zip-directory.ts';
import type { ZipLimits } from '../files/zip-directory.ts';
import { NotDrawnError } from './draw-pages.ts';
import { startReader } from './reader-process.ts';

export interface DocumentText {
  /** One line for each paragraph. */
  text: string;
  /** There is more of it. */
  cut: boolean;
}

/** @throws NotDrawnError when it cannot be read; other errors are faults of this machine */
export type ReadText = (docx: Buffer) => Promise<DocumentText>;

export interface TextLimits extends ZipLimits {
  /** Most of the text, in characters. */
  length: number;
  seconds: number;
  /** Memory of the process that reads it, in bytes. */
  memoryBytes: number;
}

const MAIN_PART = /^word\/document\d*\.xml$/;
/** What the process takes before it has read anything. */
const OWN_BYTES = 120 * 1024 * 1024;
/** The part is there as bytes, as text, and in pieces. */
const COPIES = 8;

type Answer = DocumentText | { ready: true } | { broken: true };

export const createReadText =
  (limits: TextLimits): ReadText =>
  async (docx) => {
    const part = await readMainPart(docx, limits);
    const reader = await startReader('document-reader.mjs');
    try {
      const answer = answerOf<Answer>(reader, {
        ms: limits.seconds * 1000,
        maxBytes: OWN_BYTES + limits.memoryBytes,
      });
      reader.send({ bytes: part, length: limits.length }, () => {});
      const said = await answer;
      if (typeof said === 'string' || !('text' in said))
        throw new NotDrawnError('the text of the DOCX cannot be read within the limits');
      // Nothing in it turns the direction of what stands after it.
      const lines = said.text.split('\n').map(cleanPlainLine);
      return { text: lines.filter((line) => line !== '').join('\n'), cut: said.cut };
    } finally {
      reader.kill('SIGKILL');
    }
  };

const readMainPart = (docx: Buffer, limits: TextLimits): Promise<Buffer> =>
  withBytes(docx, async (source) => {
    const directory = await readZipDirectory(source, limits);
    const entry =
      directory.ok && [...directory.entries].find(([name]) => MAIN_PART.test(name))?.[1];
    const maxBytes = Math.floor(limits.memoryBytes / COPIES);
    const part = entry && (await readZipEntry(source, entry, maxBytes));
    if (!part) throw new NotDrawnError('the DOCX has no main part that can be read');
    return part;
  });
