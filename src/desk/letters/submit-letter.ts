/** Accept first, then run: nothing here waits for the workflow engine. */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { addTypedRelations, isSameRelated } from './relate-letters.ts';
import type { TypedRelations } from './relate-letters.ts';
import { addLetterFiles } from './letter-files.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { findUnit } from '../administration/units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import type { SentFile, StoredFile } from '../../platform/files/stored-file.ts';
import { takeHeldFiles } from '../../platform/files/held-uploads.ts';
import { discardFile } from '../../platform/files/receive-file.ts';
import { filesOf, hashesOf, isSameContent } from './same-content.ts';
import { addLetter, countLettersOfDay, findSubmission } from './submissions.sql.ts';

export interface SubmitLetter {
  applicantId: string;
  /** UUID made with the form; the same key again leads to the same letter. */
  submissionKey: string;
  senderName: string;
  unitId: string;
  subject: string;
  /** In order; `held`: those that are kept for this submission key. */
  files: SentFile[];
  relations?: TypedRelations;
  by?: Actor | undefined;
  from?: string | undefined;
}

/**
 * The caller has made the files durable in the store; the rest, with the outbox row, is one
 * transaction. A repeated submission leads to the same letter, and its copies of the files are removed.
 * @throws DomainError unit_not_available, number_unknown, too_many_letters, held_file_gone, too_many_files, unavailable; key_reused
 *   when the key came with another letter
 */
export const submitLetter = async (
  deps: Deps,
  input: SubmitLetter,
): Promise<{ letterId: string }> => {
  const { db, files, wake } = deps;
  const newId = randomUUID();
  const added = await beginInTime(db, (tx) => addSubmission(deps, tx, newId, input));
  if (added) {
    wake();
    for (const file of added.replaced) await discardFile(deps, file);
    return { letterId: newId };
  }
  const letterId = await findSubmitted(deps, input);
  for (const file of input.files) if (file !== 'held') await files.remove(file.storageKey);
  return { letterId };
};

/** @returns undefined when the submission key is taken; `replaced`: held files that are not used */
const addSubmission = async (
  deps: Deps,
  tx: Tx,
  letterId: string,
  input: SubmitLetter,
): Promise<{ replaced: StoredFile[] } | undefined> => {
  const { applicantId, submissionKey: formKey, from } = input;
  const unit = await findUnit(tx, input.unitId);
  if (!unit || unit.retiredAt) throw new DomainError('unit_not_available');
  if (!(await addLetter(tx, { id: letterId, ...input }))) return undefined;
  await ensureUnderDailyLimit(deps, tx, applicantId);
  const kept = await takeHeldFiles(deps, tx, { holder: { applicantId }, formKey });
  const files = filesOf(input.files, kept, deps.config);
  await addLetterFiles(tx, { letterId, files });
  const by = input.by ?? { kind: 'applicant', id: applicantId };
  const typed = input.relations ?? {};
  await addTypedRelations(tx, { letterId, typed, applicantId, by, from });
  await addAuditEntry(tx, {
    letterId,
    actor: by,
    action: 'submitted',
    details: { unit: unit.name, sha256: hashesOf(files) },
    from,
  });
  await addOutboxRow(tx, { letterId, kind: 'start', payload: {} });
  return { replaced: input.files.includes('held') ? [] : kept };
};

/** After the insert: this letter counts too, and a repeated one is never refused. */
const ensureUnderDailyLimit = async (
  { config }: Deps,
  tx: Tx,
  applicantId: string,
): Promise<void> => {
  if (config.RATE_LIMITS === 'off') return;
  if ((await countLettersOfDay(tx, applicantId)) > config.limits.maxLettersPerDay)
    throw new DomainError('too_many_letters');
};

const findSubmitted = async (
  deps: Deps,
  { applicantId, submissionKey, senderName, subject, unitId, files, relations = {} }: SubmitLetter,
): Promise<string> => {
  const earlier = await findSubmission(deps.db, { applicantId, submissionKey });
  if (!earlier) throw new Error('a submission key is taken and has no letter');
  const which = { holder: { applicantId }, formKey: submissionKey };
  const draft = { senderName, subject, unitId, files };
  const { letterId } = earlier;
  const isSame =
    (await isSameContent(deps, deps.db, { earlier, which, draft })) &&
    (await isSameRelated(deps.db, { letterId, typed: relations, applicantId }));
  if (!isSame) throw new DomainError('key_reused', { letterId });
  return letterId;
};
