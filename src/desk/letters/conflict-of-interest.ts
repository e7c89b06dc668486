/**
 * Nobody decides their own letter, or an objection to their own rejection; reading is allowed.
 * Checked with the letter locked, when a decision or unit action is accepted and again when the
 * workflow records it.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { LetterRow } from './letters.sql.ts';
import { listRejectedBy } from './objections.sql.ts';
import type { Decider } from './objections.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findStaffWithMobile } from '../staff/staff.sql.ts';

/**
 * `said`: the user name or name given by a signal from Temporal's own tools.
 * @returns the id of the member whose own letter it is
 */
export const ownLetterOf = (
  tx: Tx,
  { mobile }: Pick<LetterRow, 'mobile'>,
  by: { staffIds: string[] } | { said: string },
): Promise<string | undefined> => findStaffWithMobile(tx, { by, mobile });

export const ensureNotOwnLetter = async (
  tx: Tx,
  letter: LetterRow,
  staff: StaffMember,
): Promise<void> => {
  // A key has no mobile number.
  if (staff.keyId !== undefined) return;
  const staffIds = [staff.id, ...(staff.actsFor ?? []).map(({ id }) => id)];
  if (await ownLetterOf(tx, letter, { staffIds })) throw new DomainError('own_letter');
};

interface OwnLetterAttempt {
  letterId: string;
  staffId: string;
  kind: string;
  id?: string;
  from?: string | undefined;
}

export const auditOwnLetter = (
  db: Handle,
  { letterId, staffId, kind, id, from }: OwnLetterAttempt,
): Promise<void> =>
  addAuditEntry(db, {
    letterId,
    actor: { kind: 'staff', id: staffId },
    action: 'own_letter_refused',
    details: { kind },
    ...(id !== undefined && { dedupKey: `${letterId}:own:${id}` }),
    from,
  });

/** Audits a refused attempt although the transaction of `act` is rolled back. */
export const auditingOwnLetter = async <Result>(
  db: Handle,
  attempt: OwnLetterAttempt,
  act: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await act();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'own_letter')
      await auditOwnLetter(db, attempt);
    throw error;
  }
};

export const isOwnRejection = async (
  db: Handle,
  { id, objectedAt }: Pick<LetterRow, 'id' | 'objectedAt'>,
  by: Decider,
): Promise<boolean> => objectedAt !== null && (await listRejectedBy(db, [id], by)).length > 0;
