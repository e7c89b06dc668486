import type { Deps } from '../../platform/deps.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { turnPreviewPage } from '../../platform/files/previews.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findVisibleLetter, mayActOn } from './letter-access.ts';
import { findFile } from './letter-files.sql.ts';

/**
 * Turns it by a quarter, clockwise.
 * @param input.number which of the letter's files
 * @throws DomainError not_found, also for a page without a picture; not_allowed
 */
export const turnPage = async (
  { db }: Pick<Deps, 'db'>,
  {
    staff,
    letterId,
    number,
    page,
  }: { staff: StaffMember; letterId: string; number: number; page: number },
): Promise<void> => {
  const letter = await findVisibleLetter(db, { staff, letterId });
  if (staff.role === 'auditor' || !mayActOn(staff, letter)) throw new DomainError('not_allowed');
  const file = await findFile(db, { letterId, number });
  if (!file || !(await turnPreviewPage(db, { fileId: file.id, page })))
    throw new DomainError('not_found');
};
