import type { FileType } from '../stored-file.ts';
import { cleanPlainLine } from '../../base/text.ts';
import { withBytes } from '../checks/byte-source.ts';
import { readZipDirectory, readZipEntry } from '../checks/zip-directory.ts';
import type { ZipLimits } from '../checks/zip-directory.ts';
import { readDocText } from './doc-text.ts';
import { readParagraphs } from './document-reader.mjs';

export interface DocumentText {
  text: string;
  cut: boolean;
}

export interface TextJob {
  type: FileType;
  bytes: Uint8Array;
  limits: ZipLimits;
  length: number;
  mostBytes: number;
}

const MAIN_PART = /^word\/document\d*\.xml$/;

export const readText = async (job: TextJob): Promise<DocumentText | undefined> => {
  const read = await (job.type === 'doc'
    ? readDocText(Buffer.from(job.bytes), job.length)
    : readDocxText(job));
  if (!read) return undefined;
  // Nothing in it turns the direction of what stands after it.
  const lines = read.text.split('\n').map(cleanPlainLine);
  return { text: lines.filter((line) => line !== '').join('\n'), cut: read.cut };
};

const readDocxText = async (job: TextJob): Promise<DocumentText | undefined> => {
  const part = await readMainPart(job);
  return part && readParagraphs(part, job.length);
};

const readMainPart = ({ bytes, limits, mostBytes }: TextJob): Promise<Buffer | undefined> =>
  withBytes(Buffer.from(bytes), async (source) => {
    const directory = await readZipDirectory(source, limits);
    if (!directory.ok) return undefined;
    const entry = [...directory.entries].find(([name]) => MAIN_PART.test(name))?.[1];
    return entry && readZipEntry(source, entry, mostBytes);
  });
