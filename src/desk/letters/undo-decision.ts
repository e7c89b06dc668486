import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import { findDecision, takeBackDecision } from './decisions.sql.ts';
import { lockLetter } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { absentDeciders, actingDetails } from '../staff/substitution.ts';

export interface UndoDecision {
  letterId: string;
  staff: StaffMember;
  decisionId: string;
  from?: string | undefined;
}

/**
 * The workflow applies a decision under the same lock of the letter: exactly one of the two wins.
 * `too_late`: it was applied, or is settled otherwise.
 * @throws DomainError not_found; not_allowed but for the member who made it
 */
export const undoDecision = (
  { db }: Deps,
  { staff, letterId, decisionId, from }: UndoDecision,
): Promise<'undone' | 'too_late'> =>
  beginInTime(db, async (tx) => {
    await lockLetter(tx, letterId);
    const decision = await findDecision(tx, decisionId);
    if (decision?.letterId !== letterId) throw new DomainError('not_found');
    if (decision.staffId !== staff.id) throw new DomainError('not_allowed');
    if (decision.outcome === 'undone') return 'undone';
    if (!(await takeBackDecision(tx, decisionId))) return 'too_late';
    await addAuditEntry(tx, {
      letterId,
      actor: actorOf(staff),
      action: 'undone',
      details: { decisionId, kind: decision.kind, ...actingDetails(absentDeciders(staff)) },
      from,
    });
    return 'undone';
  });
