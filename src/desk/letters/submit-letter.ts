/** «ثبت», guide row 7: accept first, then run. Nothing here waits for the workflow engine. */
import { randomUUID } from 'node:crypto';
import type { FileStore } from '../../platform/files/file-store.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { addFile, addLetter, countLettersOfDay, findSubmission } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { findUnit } from '../administration/units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Desk, SubmitLetter } from '../desk.ts';
import { NOTHING_HELD } from '../../platform/files/held-uploads.ts';
import { isSameContent } from './same-content.ts';
import type { HeldUploads } from '../../platform/files/held-uploads.ts';

/**
 * The file is durable in the store before this is called; letter, file row, audit entry and the
 * outbox row that starts the workflow are one transaction. The same submission key with the same
 * content again leads to the same letter, and the second copy of the file is taken away.
 * @throws DomainError unit_not_available, too_many_letters, held_file_gone, unavailable; key_reused
 *   when the submission key came with another letter
 */
export const createSubmitLetter =
  ({
    db,
    files,
    wake,
    maxPerDay = Infinity,
    held = NOTHING_HELD,
  }: {
    db: Db;
    files: FileStore;
    wake: () => void;
    /** Letters of one applicant in 24 hours. */
    maxPerDay?: number;
    held?: HeldUploads;
  }): Desk['submitLetter'] =>
  async (input) => {
    const newId = randomUUID();
    const heldFor = {
      holder: { applicantId: input.applicantId },
      formKey: input.submissionKey,
    };
    const added = await beginInTime(db, async (tx) => {
      const unit = await findUnit(tx, input.unitId);
      if (!unit || unit.retiredAt) throw new DomainError('unit_not_available');
      if (!(await addLetter(tx, { id: newId, ...input }))) return undefined;
      // This letter is counted too; one that was sent before is never refused here.
      if (maxPerDay < Infinity && (await countLettersOfDay(tx, input.applicantId)) > maxPerDay)
        throw new DomainError('too_many_letters');
      const kept = await held.take(tx, heldFor);
      const file = input.file === 'held' ? kept : input.file;
      if (!file) throw new DomainError('held_file_gone');
      await addFile(tx, { letterId: newId, file });
      await addAuditEntry(tx, {
        letterId: newId,
        actor: { kind: 'applicant', id: input.applicantId },
        action: 'submitted',
        details: { unit: unit.name, sha256: file.sha256 },
        from: input.from,
      });
      await addOutboxRow(tx, { letterId: newId, kind: 'start', payload: {} });
      return { replaced: kept === file ? undefined : kept };
    });
    if (added) {
      wake();
      // One that stays belongs to nobody, and goes with the sweep.
      if (added.replaced) await files.remove(added.replaced.storageKey).catch(() => {});
      return { letterId: newId };
    }
    const letterId = await submittedBefore(db, held, input);
    if (input.file !== 'held') await files.remove(input.file.storageKey);
    return { letterId };
  };

const submittedBefore = async (
  db: Db,
  held: HeldUploads,
  { applicantId, submissionKey, senderName, subject, unitId, file }: SubmitLetter,
): Promise<string> => {
  const earlier = await findSubmission(db, { applicantId, submissionKey });
  if (!earlier) throw new Error('a submission key is taken and has no letter');
  const which = { holder: { applicantId }, formKey: submissionKey };
  const isSame =
    earlier.senderName === senderName &&
    (await isSameContent(db, held, { earlier, which, draft: { subject, unitId, file } }));
  if (!isSame) throw new DomainError('key_reused', { letterId: earlier.letterId });
  return earlier.letterId;
};
