import type { FileType } from '../../platform/files/stored-file.ts';

/** What the desk prints as PDF: one page of A4, a letter receipt or a letter's first page under a stamp. */
export interface Sheet {
  /** As in `lang` of HTML. */
  language: string;
  direction: 'rtl' | 'ltr';
  title: string;
  organisation: string;
  /** PNG, beside the name of the organisation. */
  logo?: Uint8Array;
  /** What the PDF says of its making: the same sheet gives the same bytes. */
  at: Date;
  rows: SheetRow[];
  /** Paragraphs under the rows; a stamp has none. */
  notes: string[];
  /** Beside the code of the address; a line each. */
  captions: string[];
  /** Address where the sheet is checked, in the QR code. */
  address: string;
}

export interface SheetRow {
  label: string;
  value: string;
  /** A number or code, which is written from left to right in any language. */
  isCode?: boolean;
}

/** Bounds of printing one sheet. */
export interface SheetLimits {
  seconds: number;
  /** Memory of the process that prints, in bytes. */
  memoryBytes: number;
}

/** Of these the first page can stand under a stamp; of others a sheet says that it cannot. */
export const PAGED_TYPES: readonly FileType[] = ['pdf', 'jpg', 'png', 'tiff'];

export const SHEET_LIMITS: SheetLimits = { seconds: 5, memoryBytes: 256 * 1024 * 1024 };

/** 200 pixels to the inch, of a page that stands nearly full on A4. */
export const SHEET_PICTURE_WIDTH = 1600;
