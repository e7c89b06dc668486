/** `none`: no scanner. `waiting`: closed until scanned. `infected`: stays closed. */
export const FILE_SCANS = ['none', 'waiting', 'clean', 'infected'] as const;
export type FileScan = (typeof FILE_SCANS)[number];

// Readers are warned of what a file holds beside its visible content; nothing is ever run.
export const FILE_FLAGS = [
  // DOCX: a template, picture or part is loaded from another address.
  'external_links',
  // DOC, DOCX: objects of other programs.
  'embedded_objects',
  // DOCX: a field that starts another program (DDE).
  'field_commands',
  // DOCX: a part in another format (altChunk).
  'foreign_parts',
  // DOCX: an XML part defines entities.
  'xml_entities',
  // PDF
  'javascript',
  // PDF: an action that starts a program, opens another file or sends a form.
  'launch',
  // PDF
  'attachments',
  // PDF: an XFA form, or other content that only some programs show.
  'rich_content',
  // Pictures: where they were taken.
  'location',
] as const;
export type FileFlag = (typeof FILE_FLAGS)[number];

// The one rule for everything that hands out a file or what is made of it.
export const isOpen = ({
  scan = 'none',
  damaged = false,
}: {
  scan?: FileScan | undefined;
  damaged?: boolean | undefined;
}): boolean => !damaged && (scan === 'none' || scan === 'clean');

export interface FileLimits {
  pixels: number;
  pages: number;
  zipEntries: number;
  unpackedBytes: number;
  zipRatio: number;
  seconds: number;
  memoryBytes: number;
}

// Limit of a picture that is decoded as a whole: progressive JPEG, interlaced PNG, HEIF, TIFF.
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

export const hasInfected = (files: readonly { scan?: FileScan }[]): boolean =>
  files.some(({ scan }) => scan === 'infected');
