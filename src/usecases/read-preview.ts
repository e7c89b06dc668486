/** The pictures of a letter's own file, for staff who may see the letter. */
import type { FileStore } from '../adapters/files/file-store.ts';
import type { Db } from '../db/client.ts';
import { findFile } from '../db/letters.ts';
import { findPreviewPage, forgetPreview } from '../db/previews.ts';
import { DomainError } from '../domain/errors.ts';
import type { Desk } from './desk.ts';
import { ensureOpen, findLetterById, maySee, recordReading } from './read-letters.ts';

export const createReadPreview =
  ({ db, files }: { db: Db; files: Pick<FileStore, 'read' | 'remove'> }): Desk['readPreview'] =>
  async ({ staff, letterId, page, from }) => {
    const letter = await findLetterById(db, letterId);
    if (!letter || !maySee(staff, letter)) throw new DomainError('not_found');
    if (letter.erasedAt !== null) throw new DomainError('erased');
    const file = await findFile(db, { letterId });
    if (!file) throw new DomainError('not_found');
    ensureOpen(file);
    const place = await findPreviewPage(db, { letterId, fileId: file.id, page });
    if (!place) throw new DomainError('not_found');
    let bytes: Buffer;
    try {
      bytes = await files.read(place);
    } catch {
      // A picture is not evidence: one that is gone or damaged is made again.
      const left = await db.begin((tx) => forgetPreview(tx, file.id));
      for (const storageKey of left) await files.remove(storageKey).catch(() => {});
      throw new DomainError('not_found');
    }
    await recordReading(db, { staff, letterId, from });
    return bytes;
  };
