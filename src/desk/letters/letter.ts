import type { FileFlag, FileScan } from '../../platform/files/file-checks.ts';

/** The words of a letter's life. `status` is what was decided, `step` where an approved letter stands. */
export type LetterStatus = 'pending' | 'approved' | 'rejected' | 'returned' | 'withdrawn';

/** Only an approved letter has a step. */
export type LetterStep = 'with_unit' | 'answered' | 'closed';

/** `return`: back to its sender to be corrected; `withdraw`: by its sender. */
export type DecisionKind = 'approve' | 'reject' | 'return' | 'withdraw';

/** What unit staff do with a registered letter. */
export const UNIT_ACTIONS = ['update', 'note', 'refer', 'reply', 'close'] as const;
export type UnitActionKind = (typeof UNIT_ACTIONS)[number];

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
  /** That it is encrypted with, base64url; absent: stored in clear by an older version. */
  key?: string;
  /** Its name or its key cannot be read. Absent: it is whole. */
  damaged?: boolean;
  /** Absent: `none`. */
  scan?: FileScan;
  /** Absent: none. */
  flags?: FileFlag[];
}
