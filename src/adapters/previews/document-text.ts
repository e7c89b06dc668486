/** The text of a DOCX: its paragraphs, without styles, pictures, headers and footnotes. */
import { cleanPlainLine } from '../../domain/text.ts';
import { withBytes } from '../files/byte-source.ts';
import { readZipDirectory, readZipEntry } from '../files/zip-directory.ts';
import type { ZipLimits } from '../files/zip-directory.ts';
import { readParagraphs } from './document-reader.mjs';

export interface DocumentText {
  /** One line for each paragraph. */
  text: string;
  /** There is more of it. */
  cut: boolean;
}

export interface TextJob {
  docx: Uint8Array;
  limits: ZipLimits;
  /** Most of the text, in characters. */
  length: number;
  /** Of the main part, unpacked. */
  mostBytes: number;
}

const MAIN_PART = /^word\/document\d*\.xml$/;

/** Undefined: it is broken. */
export const readText = async (job: TextJob): Promise<DocumentText | undefined> => {
  const part = await readMainPart(job);
  if (!part) return undefined;
  const { text, cut } = readParagraphs(part, job.length);
  // Nothing in it turns the direction of what stands after it.
  const lines = text.split('\n').map(cleanPlainLine);
  return { text: lines.filter((line) => line !== '').join('\n'), cut };
};

const readMainPart = ({ docx, limits, mostBytes }: TextJob): Promise<Buffer | undefined> =>
  withBytes(Buffer.from(docx), async (source) => {
    const directory = await readZipDirectory(source, limits);
    if (!directory.ok) return undefined;
    const entry = [...directory.entries].find(([name]) => MAIN_PART.test(name))?.[1];
    return entry && readZipEntry(source, entry, mostBytes);
  });
