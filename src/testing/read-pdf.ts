/**
 * Opens a PDF that the desk has printed, by programs that had no part in it: poppler, and where that
 * is not installed, PDFium. PDFium draws the page in both cases.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFStream } from '@cantoo/pdf-lib';

export interface ReadPdf {
  pages: number;
  /** Of the first page; ZWNJ, marks and brackets may be lost or turned, so compare `plainText`. */
  text: string;
  fonts: { name: string; isEmbedded: boolean; isSubset: boolean }[];
  /** Names of actions, scripts, files and forms anywhere in it, but for links. */
  active: string[];
}

const run = promisify(execFile);
export const hasPoppler = spawnSync('pdftotext', ['-v']).error === undefined;

/** Steering marks, spaces, brackets and the joined lam-alef are read in several ways. */
export const plainText = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u061c\u202a-\u202e\u2066-\u2069\s()]/g, '')
    .replaceAll('لا', 'ال');

const withPoppler = async (bytes: Buffer): Promise<Pick<ReadPdf, 'text' | 'fonts'>> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-pdf-'));
  try {
    const file = path.join(dir, 'sheet.pdf');
    await writeFile(file, bytes);
    const text = (await run('pdftotext', ['-l', '1', file, '-'])).stdout;
    const fonts = (await run('pdffonts', [file])).stdout.split('\n').slice(2).filter(Boolean);
    return {
      text,
      fonts: fonts.map((line) => {
        const [, name = '', embedded, subset] =
          /^(\S+)\s.*\s(yes|no)\s+(yes|no)\s+(?:yes|no)\s+\d+\s+\d+$/.exec(line) ?? [];
        return { name, isEmbedded: embedded === 'yes', isSubset: subset === 'yes' };
      }),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

const withPdfium = async (bytes: Buffer): Promise<Pick<ReadPdf, 'text' | 'fonts'>> => {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(bytes);
    const text = document.getPage(0).getText();
    document.destroy();
    return { text, fonts: await listFonts(bytes) };
  } finally {
    library.destroy();
  }
};

const dictionaries = async (bytes: Buffer): Promise<PDFDict[]> => {
  const { context } = await PDFDocument.load(bytes, { updateMetadata: false });
  const found: PDFDict[] = [];
  const look = (value: unknown): void => {
    if (value instanceof PDFDict) {
      found.push(value);
      for (const inner of value.values()) look(inner);
    } else if (value instanceof PDFArray) {
      for (const inner of value.asArray()) look(inner);
    }
  };
  for (const [, object] of context.enumerateIndirectObjects())
    look(object instanceof PDFStream ? object.dict : object);
  return found;
};

const nameOf = (dictionary: PDFDict, key: string): string => {
  const value = dictionary.lookup(PDFName.of(key));
  return value instanceof PDFName ? value.decodeText() : '';
};

const listFonts = async (bytes: Buffer): Promise<ReadPdf['fonts']> =>
  (await dictionaries(bytes))
    .filter((one) => nameOf(one, 'Type') === 'FontDescriptor')
    .map((one) => {
      const name = nameOf(one, 'FontName');
      const isEmbedded = ['FontFile', 'FontFile2', 'FontFile3'].some((key) =>
        one.has(PDFName.of(key)),
      );
      return { name, isEmbedded, isSubset: /^[A-Z]{6}\+/.test(name) };
    });

const ACTIVE_KEYS = ['JS', 'JavaScript', 'OpenAction', 'AA', 'AcroForm', 'EmbeddedFiles', 'XFA'];

export const readPdf = async (
  bytes: Buffer,
  reader: 'poppler' | 'pdfium' = hasPoppler ? 'poppler' : 'pdfium',
): Promise<ReadPdf> => {
  const all = await dictionaries(bytes);
  const active = all.flatMap((one) => [
    ...ACTIVE_KEYS.filter((key) => one.has(PDFName.of(key))),
    ...(nameOf(one, 'Type') === 'Annot' && nameOf(one, 'Subtype') !== 'Link' ? ['Annot'] : []),
  ]);
  const pages = (await PDFDocument.load(bytes, { updateMetadata: false })).getPageCount();
  return { ...(await (reader === 'poppler' ? withPoppler : withPdfium)(bytes)), pages, active };
};

export interface DrawnSheet {
  width: number;
  height: number;
  /** RGBA, row by row. */
  pixels: Uint8Array;
  /** 0 is black, 255 white. */
  lightAt(x: number, y: number): number;
}

/** @param scale pixels to the point */
export const drawPdf = async (bytes: Buffer, scale: number): Promise<DrawnSheet> => {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(bytes);
    const { width, height, data } = await document.getPage(0).render({
      scale,
      colorSpace: 'BGRA',
      render: ({ data: pixels }) => Promise.resolve(pixels),
    });
    document.destroy();
    return {
      width,
      height,
      pixels: data,
      lightAt: (x, y) => data[(Math.round(y) * width + Math.round(x)) * 4] ?? 255,
    };
  } finally {
    library.destroy();
  }
};
