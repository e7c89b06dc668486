import type { FileFlag, FileScan } from './file-checks.ts';
import type { FileContent } from './file-store.ts';

/** The one file that comes with a letter or a reply: guide row 6. */
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

/** Pictures that come under other names too; stored as JPEG under its own. */
export const PICTURE_EXTENSIONS: readonly string[] = ['heic', 'heif', 'webp', 'jfif'];

/** A file that is already durable in the store under `storageKey`, before any row names it. */
export interface StoredFile {
  id: string;
  name: string;
  type: FileType;
  bytes: number;
  /** Lower-case hex SHA-256 of the original bytes. */
  sha256: string;
  storageKey: string;
  /** That it is encrypted with, base64url; absent: it was erased. */
  key?: string;
  /** Its name or its key cannot be read. Absent: it is whole. */
  damaged?: boolean;
  /** Absent: `none`. */
  scan?: FileScan;
  /** Absent: none. */
  flags?: FileFlag[];
}

export interface AttachedFile {
  name: string;
  type: StoredFile['type'];
  bytes: number;
  sha256: string;
  /** Absent: `none`. One that is not open (`isOpen`) is shown and never handed out. */
  scan?: FileScan;
  /** What it holds beside its text. Absent: nothing. */
  flags?: FileFlag[];
  /** The record cannot be read, so its name is '' and it is not handed out. Absent: it is whole. */
  damaged?: boolean;
}

/** Whose a file is that is kept for a form: nobody else can use it. */
export type Holder = { applicantId: string } | { staffId: string };

export interface HeldFor {
  holder: Holder;
  /** A UUID made with the form: submission key of a letter, action key of a reply. */
  formKey: string;
}

export interface FileToSend {
  file: StoredFile;
  /** It has been checked against its SHA-256. */
  content: FileContent;
}

/** Who sent a file: nobody else waits for it, and an infected one is audited under this name. */
export interface Sender {
  by: { kind: 'applicant' | 'staff' | 'key'; id: string };
  from: string | undefined;
}

/** Why a file was not taken. `web/text` has the words for each. */
export type FileProblem =
  | 'missing'
  | 'empty'
  | 'too_big'
  | 'wrong_extension'
  | 'content_mismatch'
  | 'macros'
  | 'encrypted'
  | 'too_many_pixels'
  | 'too_many_pages'
  | 'infected'
  /** Reading it takes more time or memory than any file of a letter needs. */
  | 'too_complex'
  /** It could not be checked now, whatever it is. */
  | 'busy'
  /** Their files have taken too much to check of late. */
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
