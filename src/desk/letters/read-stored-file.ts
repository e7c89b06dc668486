/** The bytes of a letter's file, also while the file is being replaced by its encrypted form. */
import type { FileContent, FileStore } from '../../platform/files/file-store.ts';
import type { Db } from '../../platform/base/database.ts';
import { findFile, findLetter } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';

/**
 * @param file as it was found in the record a moment ago
 * @throws DomainError erased; what the store throws of a file that is not there or not the one that
 *   was stored
 */
const find = async <Found>(
  db: Db,
  { letterId, file }: { letterId: string; file: StoredFile },
  look: (file: StoredFile) => Promise<Found>,
): Promise<Found> => {
  try {
    return await look(file);
  } catch (error) {
    const letter = await findLetter(db, letterId);
    if (letter && letter.erasedAt !== null) throw new DomainError('erased');
    const newest = await findFile(db, { letterId, fileId: file.id });
    if (!newest || newest.storageKey === file.storageKey) throw error;
    return look(newest);
  }
};

/** @throws as `find` */
export const readStoredFile = (
  { db, files }: { db: Db; files: Pick<FileStore, 'read'> },
  letterId: string,
  file: StoredFile,
): Promise<Buffer> => find(db, { letterId, file }, (one) => files.read(one));

/** @throws as `find` */
export const openStoredFile = (
  { db, files }: { db: Db; files: Pick<FileStore, 'open'> },
  letterId: string,
  file: StoredFile,
): Promise<FileContent> => find(db, { letterId, file }, (one) => files.open(one));
