/** What can be shown of a file without opening it. */
import type { FileStore } from '../../platform/files/file-store.ts';
import type { Db } from '../../platform/base/database.ts';
import {
  findPreview,
  findPreviewPage,
  forgetPreview,
  wantPreview,
} from '../../platform/files/previews.sql.ts';
import { isOpen } from '../../platform/files/file-checks.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import type { Preview } from '../../platform/files/preview.ts';

type Store = Pick<FileStore, 'read' | 'remove'>;

/**
 * One piece of a preview. Undefined: there is none; one that is gone or damaged is no evidence, and
 * is forgotten, to be made again.
 */
export const readPreviewPiece = async (
  { db, files }: { db: Db; files: Store },
  which: { letterId: string; fileId: string; kind: 'pages' | 'text'; page: number },
): Promise<Buffer | undefined> => {
  const place = await findPreviewPage(db, which);
  if (!place) return undefined;
  try {
    return await files.read(place);
  } catch {
    const left = await db.begin((tx) => forgetPreview(tx, which.fileId));
    for (const storageKey of left) await files.remove(storageKey).catch(() => {});
    return undefined;
  }
};

/** A worker is asked for what is not there. */
export const previewOf = async (
  { db, files }: { db: Db; files: Store },
  letterId: string,
  file: StoredFile,
  { isErased, enabled }: { isErased: boolean; enabled: boolean },
): Promise<Preview> => {
  if (isErased || !isOpen(file)) return { state: 'none' };
  const known = await findPreview(db, file.id);
  if (known?.state === 'made' && known.kind === 'pages') {
    if (known.missing === 'later' && enabled) await wantPreview(db, file.id);
    return known;
  }
  if (known?.state === 'made') {
    const which = { letterId, fileId: file.id, kind: 'text', page: 1 } as const;
    const bytes = await readPreviewPiece({ db, files }, which);
    if (bytes) return { ...known, text: bytes.toString('utf8') };
  }
  if (!enabled) return { state: 'none' };
  await wantPreview(db, file.id);
  return known === undefined || known.state === 'made' ? { state: 'asked' } : known;
};
