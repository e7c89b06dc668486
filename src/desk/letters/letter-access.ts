import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import { isOpen } from '../../platform/files/file-checks.ts';
import type { AttachedFile } from '../../platform/files/stored-file.ts';
import { actorOf } from '../staff/actor-of.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findLetter, lockLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';

/** By the clock: reloading a page within it counts as one reading. */
const READ_AGAIN_MS = 15 * 60_000;

export const findLetterById = (db: Db, letterId: string): Promise<LetterRow | undefined> =>
  isUuid(letterId) ? findLetter(db, letterId) : Promise.resolve(undefined);

/** @throws DomainError not_found, also for another applicant's letter */
export const findOwnLetter = async (
  db: Db,
  { applicantId, letterId }: { applicantId: string; letterId: string },
): Promise<LetterRow> => {
  const row = await findLetterById(db, letterId);
  if (row?.applicantId !== applicantId) throw new DomainError('not_found');
  return row;
};

export const findVisibleLetter = async (
  db: Db,
  { staff, letterId }: { staff: StaffMember; letterId: string },
): Promise<LetterRow> => {
  const row = await findLetterById(db, letterId);
  if (!row || !maySee(staff, row)) throw new DomainError('not_found');
  return row;
};

/** @throws DomainError not_found, also for a letter that this member may not see */
export const lockVisibleLetter = async (
  tx: Tx,
  { staff, letterId }: { staff: StaffMember; letterId: string },
): Promise<LetterRow> => {
  const row = isUuid(letterId) ? await lockLetter(tx, letterId) : undefined;
  if (!row || !maySee(staff, row)) throw new DomainError('not_found');
  return row;
};

export const mayActOn = (staff: StaffMember, letter: LetterRow): boolean =>
  !isOfUnit(staff) || (letter.status === 'approved' && staff.unitIds.includes(letter.unitId));

export const maySee = (staff: StaffMember, letter: LetterRow): boolean =>
  mayActOn(staff, letter) ||
  (letter.status === 'approved' &&
    [...letter.referredFrom, ...letter.consulted].some((id) => staff.unitIds.includes(id)));

export const ensureWhole = ({ damaged }: { damaged?: boolean | undefined }): void => {
  if (damaged) throw new DomainError('damaged');
};

export const ensureOpen = (file: Pick<AttachedFile, 'scan' | 'damaged'>): void => {
  ensureWhole(file);
  if (isOpen(file)) return;
  throw new DomainError(file.scan === 'infected' ? 'file_infected' : 'file_waiting');
};

/** Call before anything is shown, so that nobody reads unseen. */
export const recordReading = (
  db: Db,
  { staff, letterId, from }: { staff: StaffMember; letterId: string; from: string | undefined },
): Promise<void> =>
  addAuditEntry(db, {
    letterId,
    actor: actorOf(staff),
    action: 'read',
    dedupKey: `${letterId}:read:${staff.id}:${Math.floor(Date.now() / READ_AGAIN_MS)}`,
    from,
  });
