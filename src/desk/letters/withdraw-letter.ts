/**
 * «انصراف»: recorded like a decision, so that it and a reviewer's cannot both stand; the workflow
 * takes it up. A letter that was withdrawn never gets a number.
 */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime, isDatabaseAway } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import {
  addDecision,
  findDecision,
  findStandingDecision,
  supersedeOpenDecisions,
} from './decisions.sql.ts';
import { lockLetter } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { alreadyDecided } from './decide-letter.ts';
import type { Desk } from '../desk.ts';
import { waitFor } from '../../platform/base/wait-for.ts';
import { findLetterById } from './letter-access.ts';

/** In the record and in the signal: the sender's name is nobody's business there. */
const BY_SENDER = 'applicant';

export const createWithdrawLetter = ({
  db,
  waitMs,
  wake,
}: {
  db: Db;
  /** How long an answer waits for the outcome, in milliseconds. */
  waitMs: number;
  wake: () => void;
}): Desk['withdrawLetter'] => {
  type Withdrawal = Parameters<Desk['withdrawLetter']>[0];

  /** The id of the decision; that of an earlier withdrawal again. */
  const write = ({ applicantId, letterId, from }: Withdrawal): Promise<string> =>
    beginInTime(db, async (tx) => {
      const letter = await lockLetter(tx, letterId);
      if (!letter) throw new DomainError('not_found');
      const standing = await findStandingDecision(tx, letterId);
      if (standing?.kind === 'withdraw') return standing.id;
      const hasComeBack = letter.status === 'returned' && standing?.outcome === 'applied';
      // Of a decision in its undo window the sender knows nothing yet: it gives way.
      if (standing?.outcome === null && standing.undoSeconds !== null)
        await supersedeOpenDecisions(tx, letterId);
      else if (standing && !hasComeBack) throw alreadyDecided(standing);
      if (letter.status !== 'pending' && letter.status !== 'returned')
        throw new DomainError('not_open');
      const id = randomUUID();
      await addDecision(tx, {
        id,
        letterId,
        kind: 'withdraw',
        unitId: null,
        reason: null,
        staffId: null,
        decidedBy: BY_SENDER,
        outcome: null,
        round: null,
      });
      await addOutboxRow(tx, {
        letterId,
        kind: 'withdraw',
        payload: { by: BY_SENDER, decisionId: id },
      });
      await addAuditEntry(tx, {
        letterId,
        actor: { kind: 'applicant', id: applicantId },
        action: 'decided',
        details: { decisionId: id, kind: 'withdraw' },
        from,
      });
      return id;
    });

  const outcomeOf = async (
    letterId: string,
    decisionId: string,
  ): Promise<{ outcome: 'applied' | 'recorded' }> => {
    const taken = await waitFor(waitMs, async () => {
      const row = await findDecision(db, decisionId);
      return row?.outcome ? row : undefined;
    });
    if (!taken) return { outcome: 'recorded' };
    if (taken.outcome === 'applied') return { outcome: 'applied' };
    const standing = await findStandingDecision(db, letterId);
    throw standing ? alreadyDecided(standing) : new DomainError('not_open');
  };

  return async (input) => {
    const letter = await findLetterById(db, input.letterId);
    if (letter?.applicantId !== input.applicantId) throw new DomainError('not_found');
    const decisionId = await write(input);
    wake();
    return outcomeOf(input.letterId, decisionId).catch((error: unknown) => {
      // It is recorded, though the database is away by now.
      if (isDatabaseAway(error)) return { outcome: 'recorded' as const };
      throw error;
    });
  };
};
