/**
 * A claim hands out letters and locks nothing: a letter can still be decided by its address, and
 * the first decision stands.
 */
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { addClaim, listClaimedByOthers } from './claims.sql.ts';
import type { LetterSummary } from './letter-summary.ts';

type Waiting = Pick<LetterSummary, 'id' | 'status' | 'step'>;

export const mayClaim = ({ role }: StaffMember, { status, step }: Waiting): boolean =>
  role === 'reviewer' || role === 'admin'
    ? status === 'pending'
    : role !== 'auditor' && step === 'with_unit';

export const claimLetter = async (
  { db, config }: Deps,
  { staff, letter }: { staff: StaffMember; letter: Waiting },
): Promise<boolean> =>
  mayClaim(staff, letter) &&
  addClaim(db, {
    letterId: letter.id,
    staffId: staff.id,
    seconds: config.limits.claimSeconds,
  });

export const claimNextLetter = async (
  deps: Deps,
  { staff, letters, after }: { staff: StaffMember; letters: LetterSummary[]; after?: string },
): Promise<string | undefined> => {
  const at = letters.findIndex(({ id }) => id === after);
  const inOrder = [...letters.slice(at + 1), ...letters.slice(0, Math.max(0, at)).toReversed()];
  const open = inOrder.filter(
    (letter) => mayClaim(staff, letter) && !letter.hasOpenDecision && !letter.isOwnRejection,
  );
  const letterIds = open.map(({ id }) => id);
  const taken = await listClaimedByOthers(deps.db, { letterIds, staffId: staff.id });
  for (const letter of open)
    if (!taken.has(letter.id) && (await claimLetter(deps, { staff, letter }))) return letter.id;
  return undefined;
};
