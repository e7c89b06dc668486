/** Pictures of the pages of a letter's file and of its replies' files, for who may see the letter. */
import type { FileStore } from '../../platform/files/file-store.ts';
import type { Db } from '../../platform/base/database.ts';
import { findFile } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Desk } from '../desk.ts';
import { readPreviewPiece } from './preview-of.ts';
import { ensureOpen, findLetterById, maySee, recordReading } from './read-letters.ts';

export const createReadPreview = ({
  db,
  files,
}: {
  db: Db;
  files: Pick<FileStore, 'read' | 'remove'>;
}): Pick<Desk, 'readPreview' | 'readReplyPreview'> => {
  const readPage = async (
    { id: letterId, erasedAt }: LetterRow,
    { replyNumber, page }: { replyNumber?: number | undefined; page: number },
  ): Promise<Buffer> => {
    if (erasedAt !== null) throw new DomainError('erased');
    const file = await findFile(db, {
      letterId,
      ...(replyNumber !== undefined && { replyNumber }),
    });
    if (!file) throw new DomainError('not_found');
    ensureOpen(file);
    const which = { letterId, fileId: file.id, kind: 'pages', page } as const;
    const bytes = await readPreviewPiece({ db, files }, which);
    if (!bytes) throw new DomainError('not_found');
    return bytes;
  };

  return {
    async readPreview({ staff, letterId, replyNumber, page, from }) {
      const letter = await findLetterById(db, letterId);
      if (!letter || !maySee(staff, letter)) throw new DomainError('not_found');
      const bytes = await readPage(letter, { replyNumber, page });
      await recordReading(db, { staff, letterId, from });
      return bytes;
    },

    async readReplyPreview({ applicantId, letterId, replyNumber, page }) {
      const letter = await findLetterById(db, letterId);
      if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
      return readPage(letter, { replyNumber, page });
    },
  };
};
