import type { Deps } from '../../platform/deps.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { turnPreviewPage } from '../../platform/files/previews.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findVisibleLetter, mayActOn } from './letter-access.ts';
import { findFile } from './letters.sql.ts';

export const turnPage = async (
  { db }: Pick<Deps, 'db'>,
  { staff, letterId, page }: { staff: StaffMember; letterId: string; page: number },
): Promise<void> => {
  const letter = await findVisibleLetter(db, { staff, letterId });
  if (staff.role === 'auditor' || !mayActOn(staff, letter)) throw new DomainError('not_allowed');
  const file = await findFile(db, { letterId });
  if (!file || !(await turnPreviewPage(db, { fileId: file.id, page })))
    throw new DomainError('not_found');
};
