/**
 * Two colleagues at one list are handed different letters. A claim hands out and locks nothing: a
 * letter can still be opened and decided by its address, and then the first decision stands.
 */
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { addClaim, listClaimedByOthers } from './claims.sql.ts';
import type { LetterSummary } from './letter-summary.ts';

type Waiting = Pick<LetterSummary, 'id' | 'status' | 'step'>;

/** Reviewers work on what waits for a decision, units on what is with them. */
export const mayClaim = ({ role }: StaffMember, { status, step }: Waiting): boolean =>
  role === 'reviewer' || role === 'admin'
    ? status === 'pending'
    : role !== 'auditor' && step === 'with_unit';

/** @returns false when a colleague has it, or it is not for this member to work on */
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

/**
 * The letter behind `after` that no colleague has, else the nearest before it.
 * @returns its id; undefined when there is none
 */
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
