import type { FileFlag, FileScan } from './file-checks.ts';
import type { FileContent } from './file-store.ts';

export const FILE_TYPES = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  doc: 'application/msword',
  pdf: 'application/pdf',
  jpg: 'image/jpeg',
  png: 'image/png',
  tiff: 'image/tiff',
} as const;

export type FileType = keyof typeof FILE_TYPES;

export const FILE_EXTENSIONS: Record<string, FileType> = {
  docx: 'docx',
  doc: 'doc',
  pdf: 'pdf',
  jpg: 'jpg',
  jpeg: 'jpg',
  png: 'png',
  tif: 'tiff',
  tiff: 'tiff',
};

export const PICTURE_EXTENSIONS: readonly string[] = ['heic', 'heif', 'webp', 'jfif'];

export interface StoredFile {
  id: string;
  name: string;
  type: FileType;
  bytes: number;
  /** Of the original, lower-case hex. */
  sha256: string;
  storageKey: string;
  /** base64url; absent when erased. */
  key?: string;
  damaged?: boolean;
  scan?: FileScan;
  flags?: FileFlag[];
}

export interface AttachedFile {
  name: string;
  type: StoredFile['type'];
  bytes: number;
  sha256: string;
  scan?: FileScan;
  flags?: FileFlag[];
  /** The row cannot be read: the name is empty and the file is not served. */
  damaged?: boolean;
}

export type Holder = { applicantId: string } | { staffId: string };

export interface HeldFor {
  holder: Holder;
  formKey: string;
}

/** `held`: one of those that are kept for the form. */
export type SentFile = StoredFile | 'held';

export interface FileToSend {
  file: StoredFile;
  content: FileContent;
}

export interface Sender {
  by: { kind: 'applicant' | 'staff' | 'key'; id: string };
  from: string | undefined;
}

export type FileProblem =
  | 'missing'
  // More files than one letter may have.
  | 'too_many'
  | 'empty'
  | 'too_big'
  | 'wrong_extension'
  | 'content_mismatch'
  | 'macros'
  | 'encrypted'
  | 'too_many_pixels'
  | 'too_many_pages'
  | 'infected'
  // Reading it takes more time or memory than any letter needs.
  | 'too_complex'
  // It could not be checked now.
  | 'busy'
  // The sender's recent files took too much to check.
  | 'too_many_checks'
  | 'broken'
  // What it is instead: another program can save it as a type that is taken.
  | 'is_rtf'
  | 'is_open_document'
  | 'is_spreadsheet'
  | 'is_presentation'
  | 'is_pages'
  | 'is_other_document'
  | 'is_other_picture'
  | 'is_media'
  | 'is_archive'
  | 'is_web_page'
  | 'is_email'
  | 'is_text';

export type ReceivedFile = { ok: true; file: StoredFile } | { ok: false; problem: FileProblem };
