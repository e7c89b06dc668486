import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime, isDatabaseAway } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import {
  addDecision,
  findDecision,
  findStandingDecision,
  settleDecisions,
} from './decisions.sql.ts';
import { lockLetter } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { alreadyDecided } from './refusals.ts';
import { findLetterById } from './letter-access.ts';

/** In record and signal: the sender's name has no business there. */
const BY_SENDER = 'applicant';

export interface WithdrawLetter {
  applicantId: string;
  letterId: string;
  from?: string | undefined;
}

export interface WithdrawalOutcome {
  outcome: 'applied' | 'recorded';
}

/**
 * Recorded like a decision, so that it and a reviewer's cannot both stand. Idempotent.
 * @throws DomainError already_decided with facts `kind`, `by` and `at`; not_open
 */
export const withdrawLetter = async (
  deps: Deps,
  input: WithdrawLetter,
): Promise<WithdrawalOutcome> => {
  const letter = await findLetterById(deps.db, input.letterId);
  if (letter?.applicantId !== input.applicantId) throw new DomainError('not_found');
  const decisionId = await beginInTime(deps.db, (tx) => addWithdrawal(tx, input));
  deps.wake();
  try {
    return await outcomeOf(deps, input.letterId, decisionId);
  } catch (error) {
    // It is recorded, though the database is away by now.
    if (isDatabaseAway(error)) return { outcome: 'recorded' };
    throw error;
  }
};

const addWithdrawal = async (
  tx: Tx,
  { applicantId, letterId, from }: WithdrawLetter,
): Promise<string> => {
  const letter = await lockLetter(tx, letterId);
  if (!letter) throw new DomainError('not_found');
  const standing = await findStandingDecision(tx, letterId);
  if (standing?.kind === 'withdraw') return standing.id;
  const hasComeBack = letter.status === 'returned' && standing?.outcome === 'applied';
  // Of a decision in its undo window the sender knows nothing yet: it gives way.
  if (standing?.outcome === null && standing.undoSeconds !== null)
    await settleDecisions(tx, { letterId });
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
};

const outcomeOf = async (
  { db, config, whenTaken }: Deps,
  letterId: string,
  decisionId: string,
): Promise<WithdrawalOutcome> => {
  const isTaken = await whenTaken(decisionId, config.limits.decisionWaitMs);
  const taken = isTaken ? await findDecision(db, decisionId) : undefined;
  if (!taken) return { outcome: 'recorded' };
  if (taken.outcome === 'applied') return { outcome: 'applied' };
  const standing = await findStandingDecision(db, letterId);
  throw standing ? alreadyDecided(standing) : new DomainError('not_open');
};
