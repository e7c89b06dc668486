import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { publicText } from '../../platform/base/audience.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { isSameFile, takeHeldFile } from '../../platform/files/held-uploads.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { ensureWhole } from './letter-access.ts';
import type { UnitActionKind } from './letter.ts';
import { addFile } from './letter-files.sql.ts';
import { lockLetter } from './letters.sql.ts';
import { addSenderAction, awaitSenderAction } from './sender-actions.ts';
import type { SenderOutcome } from './sender-actions.ts';
import { findActionFileHash, findUnitAction, isActionWaiting } from './unit-actions.sql.ts';

export interface AnswerQuestion {
  applicantId: string;
  letterId: string;
  questionId: string;
  text: string;
  file: StoredFile | 'held' | null;
  formKey: string;
  from?: string | undefined;
}

export const answerQuestion = async (deps: Deps, input: AnswerQuestion): Promise<SenderOutcome> => {
  const isNew = await beginInTime(deps.db, (tx) => addAnswer(deps, tx, input));
  if (!isNew && input.file && input.file !== 'held') await deps.files.remove(input.file.storageKey);
  deps.wake();
  return awaitSenderAction(deps, input.formKey);
};

/** Any of these, once recorded, ends the question before an answer is applied. */
const ENDS_QUESTION: UnitActionKind[] = ['answer', 'reply', 'close', 'unask'];

const addAnswer = async (deps: Deps, tx: Tx, input: AnswerQuestion): Promise<boolean> => {
  const { applicantId, letterId, questionId, text, formKey: id, from } = input;
  const letter = await lockLetter(tx, letterId);
  if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
  ensureWhole(letter);
  if (await isRepeated(deps, tx, input)) return false;
  if (letter.openQuestionId !== questionId) throw new DomainError('not_open');
  if (await isActionWaiting(tx, { letterId, kinds: ENDS_QUESTION }))
    throw new DomainError('not_open');
  await addSenderAction(tx, letter, { id, kind: 'answer', questionId, body: publicText(text) });
  const file = await takeFile(deps, tx, input);
  if (file) await addFile(tx, { letterId, unitActionId: id, file });
  await addAuditEntry(tx, {
    letterId,
    actor: { kind: 'applicant', id: applicantId },
    action: 'acted',
    details: { actionId: id, kind: 'answer', ...(file && { sha256: file.sha256 }) },
    from,
  });
  return true;
};

const isRepeated = async (
  deps: Deps,
  tx: Tx,
  { applicantId, letterId, questionId, text, file, formKey }: AnswerQuestion,
): Promise<boolean> => {
  const before = await findUnitAction(tx, formKey);
  if (!before) return false;
  const sha256 = (await findActionFileHash(tx, { letterId, unitActionId: formKey })) ?? null;
  const which = { holder: { applicantId }, formKey };
  const isSame =
    before.kind === 'answer' &&
    before.letterId === letterId &&
    before.questionId === questionId &&
    before.body === text &&
    (await isSameFile(deps, tx, { which, file, sha256 }));
  if (!isSame) throw new DomainError('key_reused');
  return true;
};

const takeFile = async (
  deps: Deps,
  tx: Tx,
  { applicantId, file, formKey }: AnswerQuestion,
): Promise<StoredFile | null> => {
  if (file !== 'held') return file;
  const kept = await takeHeldFile(deps, tx, { holder: { applicantId }, formKey });
  if (!kept) throw new DomainError('held_file_gone');
  return kept;
};
