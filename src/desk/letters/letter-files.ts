import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import type { FileToSend } from '../../platform/files/stored-file.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { ensureOpen, findOwnLetter, findVisibleLetter } from './letter-access.ts';
import { findFile } from './letter-files.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { openStoredFile } from './read-stored-file.ts';

interface WhichFile {
  number?: number;
  replyNumber?: number;
  answerId?: string;
}

/**
 * @param input.number 1, 2, …: which of the letter's own files; left out: the first
 * @param input.replyNumber, input.answerId of a reply, or of the sender's answer to a question
 * @throws DomainError not_found, damaged, erased, file_waiting, file_infected
 */
export const readLetterFile = async (
  deps: Deps,
  {
    applicantId,
    letterId,
    from,
    ...which
  }: WhichFile & { applicantId: string; letterId: string; from?: string | undefined },
): Promise<FileToSend> => {
  const row = await findOwnLetter(deps.db, { applicantId, letterId });
  return sendFile(deps, row, which, { kind: 'applicant', id: applicantId }, from);
};

/**
 * @param input.round of the letter's own files; left out: the newest
 * @throws as `readLetterFile`
 */
export const readStaffFile = async (
  deps: Deps,
  {
    staff,
    letterId,
    ofHeldReply = false,
    round,
    from,
    ...which
  }: WhichFile & {
    staff: StaffMember;
    letterId: string;
    ofHeldReply?: boolean;
    round?: number;
    from?: string | undefined;
  },
): Promise<FileToSend> => {
  const row = await findVisibleLetter(deps.db, { staff, letterId });
  if (round !== undefined && round >= row.round) throw new DomainError('not_found');
  if (ofHeldReply && row.heldReplyId === null) throw new DomainError('not_found');
  const replyId = ofHeldReply ? (row.heldReplyId ?? undefined) : undefined;
  return sendFile(deps, row, { ...which, replyId, round }, actorOf(staff), from);
};

const sendFile = async (
  deps: Deps,
  { id: letterId, erasedAt }: LetterRow,
  which: WhichFile & { replyId?: string | undefined; round?: number | undefined },
  actor: Actor,
  from: string | undefined,
): Promise<FileToSend> => {
  if (erasedAt !== null) throw new DomainError('erased');
  const file = await findFile(deps.db, { letterId, ...which });
  if (!file) throw new DomainError('not_found');
  ensureOpen(file);
  const content = await openStoredFile(deps, letterId, file);
  await addAuditEntry(deps.db, {
    letterId,
    actor,
    action: 'downloaded',
    details: { fileId: file.id },
    from,
  });
  return { file, content };
};
