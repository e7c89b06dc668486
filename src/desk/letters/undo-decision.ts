/**
 * «بازگرداندن»: takes a decision back before the letter's workflow applies it. Both happen with the
 * letter locked, so exactly one of them wins, whichever commits first.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findDecision, undoDecision } from './decisions.sql.ts';
import { lockLetter } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { Desk } from '../desk.ts';

export const createUndoDecision =
  ({ db }: { db: Db }): Desk['undoDecision'] =>
  ({ staff, letterId, decisionId, from }) =>
    beginInTime(db, async (tx) => {
      await lockLetter(tx, letterId);
      const decision = await findDecision(tx, decisionId);
      if (decision?.letterId !== letterId) throw new DomainError('not_found');
      if (decision.staffId !== staff.id) throw new DomainError('not_allowed');
      if (decision.outcome === 'undone') return 'undone';
      if (!(await undoDecision(tx, decisionId))) return 'too_late';
      await addAuditEntry(tx, {
        letterId,
        actor: actorOf(staff),
        action: 'undone',
        details: { decisionId, kind: decision.kind },
        from,
      });
      return 'undone';
    });
