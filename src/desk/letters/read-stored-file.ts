import type { FileContent, FileStore } from '../../platform/files/file-store.ts';
import type { Db } from '../../platform/base/database.ts';
import { findLetter } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';

const orErased =
  (db: Db, letterId: string) =>
  async (error: unknown): Promise<never> => {
    const letter = await findLetter(db, letterId);
    throw letter && letter.erasedAt !== null ? new DomainError('erased') : error;
  };

/**
 * @param file as just read from the record
 * @throws DomainError erased when the letter was erased meanwhile; else what the store throws
 */
export const readStoredFile = (
  { db, files }: { db: Db; files: Pick<FileStore, 'read'> },
  letterId: string,
  file: StoredFile,
): Promise<Buffer> => files.read(file).catch(orErased(db, letterId));

export const openStoredFile = (
  { db, files }: { db: Db; files: Pick<FileStore, 'open'> },
  letterId: string,
  file: StoredFile,
): Promise<FileContent> => files.open(file).catch(orErased(db, letterId));
