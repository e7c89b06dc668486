import { readFile } from 'node:fs/promises';
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFPageLeaf, PDFStream } from '@cantoo/pdf-lib';
import { TooComplexError } from './pdf-bounds.mjs';

const KEYS = {
  JS: 'javascript',
  JavaScript: 'javascript',
  EF: 'attachments',
  EmbeddedFiles: 'attachments',
  XFA: 'rich_content',
  RichMediaContent: 'rich_content',
  RichMediaSettings: 'rich_content',
};

// Values of the keys `S` (kind of an action), `Type` and `Subtype`.
const VALUES = {
  JavaScript: 'javascript',
  Launch: 'launch',
  GoToR: 'launch',
  GoToE: 'launch',
  ImportData: 'launch',
  SubmitForm: 'launch',
  EmbeddedFile: 'attachments',
  FileAttachment: 'attachments',
  RichMedia: 'rich_content',
  Movie: 'rich_content',
  Screen: 'rich_content',
  Sound: 'rich_content',
  Rendition: 'rich_content',
  '3D': 'rich_content',
};

const KIND_KEYS = new Set(['S', 'Type', 'Subtype']);

// Names with escapes such as `#4a` are decoded.
const flagsOf = (context) => {
  const flags = new Set();
  const waiting = context.enumerateIndirectObjects().map(([, object]) => object);
  while (waiting.length > 0) {
    const object = waiting.pop();
    if (object instanceof PDFStream) waiting.push(object.dict);
    else if (object instanceof PDFArray) waiting.push(...object.asArray());
    else if (object instanceof PDFDict)
      for (const [key, value] of object.entries()) {
        const name = key.decodeText();
        if (Object.hasOwn(KEYS, name)) flags.add(KEYS[name]);
        if (!(value instanceof PDFName)) waiting.push(value);
        else if (KIND_KEYS.has(name) && Object.hasOwn(VALUES, value.decodeText()))
          flags.add(VALUES[value.decodeText()]);
      }
  }
  return Array.from(flags).sort((one, other) => (one < other ? -1 : 1));
};

const load = (bytes, options) =>
  PDFDocument.load(bytes, {
    updateMetadata: false,
    throwOnInvalidObject: false,
    parseSpeed: Infinity,
    ...options,
  });

// PDFium knows encryption that pdf-lib does not.
const opensWithoutPassword = async (bytes) => {
  const { PDFiumLibrary } = await import('@hyzyla/pdfium');
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(bytes);
    document.destroy();
    return true;
  } catch {
    return false;
  } finally {
    library.destroy();
  }
};

// A restriction of printing or editing is encryption with an empty password.
const open = async (bytes) => {
  try {
    return await load(bytes, { password: '' });
  } catch (error) {
    if (error instanceof TooComplexError) throw error;
    const document = await load(bytes, { ignoreEncryption: true });
    return (await opensWithoutPassword(bytes)) ? document : undefined;
  }
};

/** Branches of the tree of pages for each page: one may name the same branch again and again. */
const MOST_BRANCHES = 10;

/** As far as one more than `most`. */
const countPages = (document, most) => {
  let [found, visited] = [0, 0];
  const enough = new Error('enough');
  try {
    document.catalog.Pages().traverse((node) => {
      visited += 1;
      if (node instanceof PDFPageLeaf) found += 1;
      if (found > most || visited > most * MOST_BRANCHES) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
    return most + 1;
  }
  return found;
};

/** @param job.file the bytes, or a path */
export const inspectPdf = async ({ file, pages }) => {
  const bytes = typeof file === 'string' ? await readFile(file) : file;
  try {
    const document = await open(bytes);
    if (!document) return { problem: 'encrypted' };
    const count = countPages(document, pages);
    if (count === 0) return { problem: 'broken' };
    if (count > pages) return { problem: 'too_many_pages' };
    return { flags: flagsOf(document.context) };
  } catch (error) {
    return { problem: error instanceof TooComplexError ? 'too_complex' : 'broken' };
  }
};
