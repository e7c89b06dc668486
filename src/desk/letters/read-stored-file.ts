/** The bytes of a letter's file, also while the letter is being erased. */
import type { FileContent, FileStore } from '../../platform/files/file-store.ts';
import type { Db } from '../../platform/base/database.ts';
import { findLetter } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';

/** @throws DomainError erased; else the error as it came */
const orErased =
  (db: Db, letterId: string) =>
  async (error: unknown): Promise<never> => {
    const letter = await findLetter(db, letterId);
    throw letter && letter.erasedAt !== null ? new DomainError('erased') : error;
  };

/**
 * @param file as it was found in the record a moment ago
 * @throws DomainError erased; what the store throws of a file that is not there or not the one that
 *   was stored
 */
export const readStoredFile = (
  { db, files }: { db: Db; files: Pick<FileStore, 'read'> },
  letterId: string,
  file: StoredFile,
): Promise<Buffer> => files.read(file).catch(orErased(db, letterId));

/** @throws as `readStoredFile` */
export const openStoredFile = (
  { db, files }: { db: Db; files: Pick<FileStore, 'open'> },
  letterId: string,
  file: StoredFile,
): Promise<FileContent> => files.open(file).catch(orErased(db, letterId));
