/**
 * «ارسال دوباره»: a returned letter, corrected by its sender, is pending again in its next round.
 * Like the first submission it is accepted in the record; the workflow is told. What the letter said
 * before, and its file, stay in the record.
 */
import type { FileStore } from '../../platform/files/file-store.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { findStandingDecision } from './decisions.sql.ts';
import { addFile, findFile, findResubmission, lockLetter, resubmitLetter } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { findUnit } from '../administration/units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import type { Desk, ResubmitLetter } from '../desk.ts';
import { NOTHING_HELD } from '../../platform/files/held-uploads.ts';
import { isSameContent } from './same-content.ts';
import type { HeldUploads } from '../../platform/files/held-uploads.ts';
import { ensureWhole } from './read-letters.ts';

type KeyedResubmission = ResubmitLetter & { formKey: string };

export const createResubmitLetter = ({
  db,
  files,
  wake,
  held = NOTHING_HELD,
}: {
  db: Db;
  files: Pick<FileStore, 'remove'>;
  wake: () => void;
  held?: HeldUploads;
}): Desk['resubmitLetter'] => {
  const takeFile = async (tx: Tx, input: ResubmitLetter): Promise<StoredFile | null> => {
    const { applicantId, letterId, file, formKey } = input;
    if (file === null) {
      const present = await findFile(tx, { letterId });
      if (present?.scan === 'infected') throw new DomainError('file_infected');
    }
    if (file !== 'held') return file;
    const kept =
      formKey === undefined ? undefined : await held.take(tx, { holder: { applicantId }, formKey });
    if (!kept) throw new DomainError('held_file_gone');
    return kept;
  };

  /** @throws key_reused when this very form has come before with other content */
  const isRepeated = async (
    tx: Tx,
    { applicantId, letterId, round, formKey, subject, unitId, file }: KeyedResubmission,
  ): Promise<boolean> => {
    const earlier = await findResubmission(tx, { id: letterId, round, formKey });
    if (!earlier) return false;
    const which = { holder: { applicantId }, formKey };
    const draft = { subject, unitId, file };
    if (!(await isSameContent(tx, held, { earlier, which, draft })))
      throw new DomainError('key_reused', { letterId });
    return true;
  };

  /** False: this very form has come before. */
  const write = (input: ResubmitLetter): Promise<boolean> =>
    beginInTime(db, async (tx) => {
      const { applicantId, letterId, unitId, subject, formKey, from } = input;
      const letter = await lockLetter(tx, letterId);
      if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
      ensureWhole(letter);
      if (formKey && (await isRepeated(tx, { ...input, formKey }))) return false;
      const standing = await findStandingDecision(tx, letterId);
      if (letter.status !== 'returned' || standing?.outcome === null)
        throw new DomainError('not_open');
      const unit = await findUnit(tx, unitId);
      if (!unit || unit.retiredAt) throw new DomainError('unit_not_available');
      const { round: before } = input;
      const change = { id: letterId, round: before, subject, unitId, formKey };
      const round = await resubmitLetter(tx, change);
      if (round === undefined) throw new DomainError('not_open');
      const file = await takeFile(tx, input);
      if (file) await addFile(tx, { letterId, round, file });
      await addAuditEntry(tx, {
        letterId,
        actor: { kind: 'applicant', id: applicantId },
        action: 'resubmitted',
        details: { unit: unit.name, round, ...(file && { sha256: file.sha256 }) },
        from,
      });
      await addOutboxRow(tx, { letterId, kind: 'resubmit', payload: { round } });
      return true;
    });

  return async (input) => {
    const isNew = await write(input);
    if (!isNew && input.file && input.file !== 'held') await files.remove(input.file.storageKey);
    wake();
  };
};
