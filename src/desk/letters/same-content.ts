import { DomainError } from '../../platform/base/errors.ts';
import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { areSameFiles } from '../../platform/files/held-uploads.ts';
import type { HeldFor, SentFile, StoredFile } from '../../platform/files/stored-file.ts';
import type { ResubmitLetter } from './resubmit-letter.ts';
import type { SubmissionRow } from './submissions.sql.ts';

export const isSameContent = async (
  deps: Deps,
  db: Handle,
  {
    earlier,
    which,
    draft: { senderName = earlier.senderName, subject, unitId, files },
  }: {
    earlier: SubmissionRow;
    which: HeldFor;
    draft: Pick<ResubmitLetter, 'senderName' | 'subject' | 'unitId' | 'files'>;
  },
): Promise<boolean> =>
  (earlier.nameCorrected || earlier.senderName === senderName) &&
  earlier.subject === subject &&
  earlier.unitId === unitId &&
  (await areSameFiles(deps, db, { which, files, sha256s: earlier.sha256s }));

/**
 * What was sent, with what was kept for the form in its place.
 * @throws DomainError held_file_gone when not as many are kept as its page said, too_many_files
 */
export const filesOf = (
  sent: SentFile[],
  kept: StoredFile[],
  { MAX_FILES }: Deps['config'],
): StoredFile[] => {
  const received = sent.filter((file) => file !== 'held');
  const promised = sent.length - received.length;
  if (promised > 0 && promised !== kept.length) throw new DomainError('held_file_gone');
  const files = promised > 0 ? [...kept, ...received] : received;
  if (files.length > MAX_FILES) throw new DomainError('too_many_files');
  return files;
};

/** For the audit trail: of each file, in order. */
export const hashesOf = (files: StoredFile[]): string =>
  files.map(({ sha256 }) => sha256).join(' ');
