/**
 * Accepted in the record like a first submission; the workflow is told. The earlier text and files
 * stay in the record.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { findStandingDecision } from './decisions.sql.ts';
import { addLetterFiles, listFiles } from './letter-files.sql.ts';
import { lockLetter } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { findUnit } from '../administration/units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { hasInfected } from '../../platform/files/file-checks.ts';
import type { SentFile, StoredFile } from '../../platform/files/stored-file.ts';
import type { Deps } from '../../platform/deps.ts';
import { takeHeldFiles } from '../../platform/files/held-uploads.ts';
import { filesOf, hashesOf, isSameContent } from './same-content.ts';
import { ensureWhole } from './letter-access.ts';
import { findResubmission, startNextRound } from './submissions.sql.ts';

export interface ResubmitLetter {
  applicantId: string;
  letterId: string;
  round: number;
  /** Left out: the present one stays. */
  senderName?: string;
  unitId: string;
  subject: string;
  /** In order; none: the present ones stay. `held`: those that are kept for `formKey`. */
  files: SentFile[];
  formKey?: string | undefined;
  from?: string | undefined;
}

type KeyedResubmission = ResubmitLetter & { formKey: string };

/**
 * @throws DomainError not_open when it is not returned in that round, or is being withdrawn;
 *   unit_not_available; held_file_gone; too_many_files; file_infected when one that would stay is; key_reused
 */
export const resubmitLetter = async (deps: Deps, input: ResubmitLetter): Promise<void> => {
  const isNew = await beginInTime(deps.db, (tx) => addResubmission(deps, tx, input));
  if (!isNew)
    for (const file of input.files) if (file !== 'held') await deps.files.remove(file.storageKey);
  deps.wake();
};

const addResubmission = async (deps: Deps, tx: Tx, input: ResubmitLetter): Promise<boolean> => {
  const { applicantId, letterId, unitId, subject, formKey, from } = input;
  const letter = await lockLetter(tx, letterId);
  if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
  ensureWhole(letter);
  if (formKey && (await isRepeated(deps, tx, { ...input, formKey }))) return false;
  const standing = await findStandingDecision(tx, letterId);
  if (letter.status !== 'returned' || standing?.outcome === null) throw new DomainError('not_open');
  const unit = await findUnit(tx, unitId);
  if (!unit || unit.retiredAt) throw new DomainError('unit_not_available');
  const { senderName = letter.senderName, round: sent } = input;
  const change = { id: letterId, round: sent, senderName, subject, unitId, formKey };
  const round = await startNextRound(tx, change);
  if (round === undefined) throw new DomainError('not_open');
  const files = await takeFiles(deps, tx, input);
  await addLetterFiles(tx, { letterId, round, files });
  await addAuditEntry(tx, {
    letterId,
    actor: { kind: 'applicant', id: applicantId },
    action: 'resubmitted',
    details: { unit: unit.name, round, ...(files.length > 0 && { sha256: hashesOf(files) }) },
    from,
  });
  await addOutboxRow(tx, { letterId, kind: 'resubmit', payload: { round } });
  return true;
};

const isRepeated = async (
  deps: Deps,
  tx: Tx,
  { applicantId, letterId, round, formKey, ...draft }: KeyedResubmission,
): Promise<boolean> => {
  const earlier = await findResubmission(tx, { id: letterId, round, formKey });
  if (!earlier) return false;
  const which = { holder: { applicantId }, formKey };
  if (!(await isSameContent(deps, tx, { earlier, which, draft })))
    throw new DomainError('key_reused', { letterId });
  return true;
};

const takeFiles = async (
  deps: Deps,
  tx: Tx,
  { applicantId, letterId, files, formKey }: ResubmitLetter,
): Promise<StoredFile[]> => {
  if (files.length === 0) {
    if (hasInfected(await listFiles(tx, { letterId }))) throw new DomainError('file_infected');
    return [];
  }
  const kept =
    formKey === undefined || !files.includes('held')
      ? []
      : await takeHeldFiles(deps, tx, { holder: { applicantId }, formKey });
  return filesOf(files, kept, deps.config);
};
