import type { FileType } from '../../platform/files/stored-file.ts';

export interface Sheet {
  language: string;
  direction: 'rtl' | 'ltr';
  title: string;
  organisation: string;
  logo?: Uint8Array;
  /** Creation time in the PDF: the same sheet gives the same bytes. */
  at: Date;
  rows: SheetRow[];
  notes: string[];
  captions: string[];
  address: string;
}

export interface SheetRow {
  label: string;
  value: string;
  /** A number or code, written from left to right in any language. */
  isCode?: boolean;
}

export interface SheetLimits {
  seconds: number;
  memoryBytes: number;
}

/** The first page of these can stand under a stamp; of others a sheet says that it cannot. */
export const PAGED_TYPES: readonly FileType[] = ['pdf', 'jpg', 'png', 'tiff'];

export const SHEET_LIMITS: SheetLimits = { seconds: 5, memoryBytes: 256 * 1024 * 1024 };

/** 200 dpi of a page that nearly fills A4. */
export const SHEET_PICTURE_WIDTH = 1600;
