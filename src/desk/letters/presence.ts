/** A notice, not a lock: the first decision stands, whatever is noted here. */
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findVisibleLetter, mayActOn } from './letter-access.ts';
import { claimLetter } from './claim-letter.ts';
import { dropClaim } from './claims.sql.ts';
import {
  dropGoneReaders,
  dropLetterReader,
  listOtherReaders,
  noteLetterReader,
} from './presence.sql.ts';

export const noteReader = async (
  deps: Deps,
  { staff, letterId, hasLeft = false }: { staff: StaffMember; letterId: string; hasLeft?: boolean },
): Promise<string[]> => {
  const { db, config } = deps;
  const letter = await findVisibleLetter(db, { staff, letterId });
  const reader = { letterId, staffId: staff.id };
  if (hasLeft) await dropClaim(db, reader);
  else if (mayActOn(staff, letter)) await claimLetter(deps, { staff, letter });
  const seconds = config.limits.presenceSeconds;
  if (seconds === 0) return [];
  if (hasLeft) {
    await dropLetterReader(db, reader);
    return [];
  }
  // Auditors work on no letter.
  if (staff.role !== 'auditor') await noteLetterReader(db, reader);
  await dropGoneReaders(db, seconds);
  return (await listOtherReaders(db, { ...reader, seconds })).map(({ name }) => name);
};
