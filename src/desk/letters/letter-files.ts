import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import type { FileToSend } from '../../platform/files/stored-file.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { ensureOpen, findOwnLetter, findVisibleLetter } from './letter-access.ts';
import { findFile } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { openStoredFile } from './read-stored-file.ts';

export const readLetterFile = async (
  deps: Deps,
  {
    applicantId,
    letterId,
    replyNumber,
    answerId,
    from,
  }: {
    applicantId: string;
    letterId: string;
    replyNumber?: number;
    answerId?: string;
    from?: string | undefined;
  },
): Promise<FileToSend> => {
  const row = await findOwnLetter(deps.db, { applicantId, letterId });
  return sendFile(
    deps,
    row,
    { replyNumber, answerId },
    { kind: 'applicant', id: applicantId },
    from,
  );
};

export const readStaffFile = async (
  deps: Deps,
  {
    staff,
    letterId,
    replyNumber,
    answerId,
    ofHeldReply = false,
    round,
    from,
  }: {
    staff: StaffMember;
    letterId: string;
    replyNumber?: number;
    answerId?: string;
    ofHeldReply?: boolean;
    round?: number;
    from?: string | undefined;
  },
): Promise<FileToSend> => {
  const row = await findVisibleLetter(deps.db, { staff, letterId });
  if (round !== undefined && round >= row.round) throw new DomainError('not_found');
  if (ofHeldReply && row.heldReplyId === null) throw new DomainError('not_found');
  const replyId = ofHeldReply ? (row.heldReplyId ?? undefined) : undefined;
  return sendFile(deps, row, { replyNumber, answerId, replyId, round }, actorOf(staff), from);
};

const sendFile = async (
  deps: Deps,
  { id: letterId, erasedAt }: LetterRow,
  which: {
    replyNumber?: number | undefined;
    answerId?: string | undefined;
    replyId?: string | undefined;
    round?: number | undefined;
  },
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
