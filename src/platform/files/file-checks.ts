/** What the checks of a file have found: whether it may be opened, and what a reader should know. */

/**
 * `none`: no scanner is set up. `waiting`: kept closed until the scanner has looked at it.
 * `infected`: stays closed.
 */
export const FILE_SCANS = ['none', 'waiting', 'clean', 'infected'] as const;
export type FileScan = (typeof FILE_SCANS)[number];

/** What a good file holds beside what it shows. Told to who reads it; nothing of it is ever run. */
export const FILE_FLAGS = [
  /** DOCX: a template, picture or part of another address is loaded when it is opened. */
  'external_links',
  /** DOC, DOCX: objects of other programs. */
  'embedded_objects',
  /** DOCX: a field that starts another program (DDE). */
  'field_commands',
  /** DOCX: a part in another format that the program takes in (altChunk). */
  'foreign_parts',
  /** DOCX: an XML part defines entities. */
  'xml_entities',
  /** PDF */
  'javascript',
  /** PDF: an action that starts a program, opens another file or sends a form. */
  'launch',
  /** PDF */
  'attachments',
  /** PDF: a form in XFA, or other content that only some programs show. */
  'rich_content',
  /** Pictures: the place where it was taken. */
  'location',
] as const;
export type FileFlag = (typeof FILE_FLAGS)[number];

/**
 * Whether a file may be opened, downloaded and previewed by anyone. The one rule for all who hand
 * out a file or what is made of it.
 */
export const isOpen = ({
  scan = 'none',
  damaged = false,
}: {
  scan?: FileScan | undefined;
  damaged?: boolean | undefined;
}): boolean => !damaged && (scan === 'none' || scan === 'clean');

/** Bounds of the checks. What is beyond is refused, never read on. */
export interface FileLimits {
  /** Of one picture that is decoded row by row, in little memory. */
  pixels: number;
  /** Of a PDF or a TIFF. */
  pages: number;
  /** DOCX: parts in the archive. */
  zipEntries: number;
  /** DOCX: all parts unpacked, in bytes. */
  unpackedBytes: number;
  /** DOCX: unpacked to packed size. */
  zipRatio: number;
  /** For decoding one picture or reading one PDF. */
  seconds: number;
  /** Memory of the process that reads a PDF, in bytes. */
  memoryBytes: number;
}

/** Of a picture in colour that is held whole: a progressive JPEG, an interlaced PNG, a HEIF, a TIFF. */
export const HELD_PIXELS = 50e6;

export const FILE_LIMITS: FileLimits = {
  // 16,320 by 12,240, the largest that phones take.
  pixels: 200e6,
  pages: 1000,
  zipEntries: 2000,
  unpackedBytes: 200 * 1024 * 1024,
  zipRatio: 200,
  seconds: 10,
  memoryBytes: 512 * 1024 * 1024,
};
