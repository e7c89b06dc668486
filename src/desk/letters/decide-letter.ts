import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { dropClaims } from './claims.sql.ts';
import { actingAs, actorOf, deciderOf, doerOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { absentDeciders, actingDetails } from '../staff/substitution.ts';
import { auditingOwnLetter, ensureNotOwnLetter, isOwnRejection } from './conflict-of-interest.ts';
import { recordedWhenAway } from './decision-outcome.ts';
import type { DecisionOutcome } from './decision-outcome.ts';
import { addDecision, findDecision, findReturn, findStandingDecision } from './decisions.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import { ensureWhole, lockVisibleLetter } from './letter-access.ts';
import type { LetterRow } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { alreadyDecided, judgeApproval, OWN_REJECTION, refusalError } from './refusals.ts';

export interface DecideLetter {
  letterId: string;
  staff: StaffMember;
  decision:
    | { kind: 'approve'; unitId?: string }
    | { kind: 'reject'; reason: string }
    | { kind: 'return'; reason: string };
  decisionKey?: string | undefined;
  /** Round that was read: a letter sent again since is not decided. Left out: any. */
  round?: number | undefined;
  waits?: boolean;
  from?: string | undefined;
}

/**
 * Recorded with the outbox row that signals the letter's workflow, then awaited briefly.
 * @throws DomainError already_decided with facts `kind`, `by` and `at` (ISO); own_letter;
 *   own_rejection when this member made the rejection that is objected to; not_open; key_reused
 */
export const decideLetter = async (deps: Deps, input: DecideLetter): Promise<DecisionOutcome> => {
  const { staff, letterId, decision, from } = input;
  const attempt = { letterId, staffId: staff.id, kind: decision.kind, from };
  const accepted = await auditingOwnLetter(deps.db, attempt, () =>
    beginInTime(deps.db, (tx) => acceptDecision(deps, tx, input)),
  );
  deps.wake();
  if (input.waits === false) return { outcome: 'recorded' };
  return awaitOutcome(deps, letterId, accepted).catch(recordedWhenAway);
};

type Accepted = Pick<DecisionRow, 'id' | 'outcome' | 'undoSeconds'>;

/** The decision; the earlier one when the same person decides the same again. */
const acceptDecision = async (deps: Deps, tx: Tx, input: DecideLetter): Promise<Accepted> => {
  const { letterId, staff, decision } = input;
  const letter = await lockVisibleLetter(tx, { staff, letterId });
  if (staff.role !== 'reviewer' && staff.role !== 'admin') throw new DomainError('not_allowed');
  const earlier = await findRepeated(tx, input);
  if (earlier) return earlier;
  ensureWhole(letter);
  await ensureNotOwnLetter(tx, letter, staff);
  const standing = await findStandingDecision(tx, letterId);
  const { staffId, keyId } = doerOf(staff);
  const isTheirs = standing?.staffId === staffId && standing.keyId === keyId;
  if (isTheirs && isSame(standing, decision)) return standing;
  if (standing) throw alreadyDecided(standing);
  await ensureUndecided(tx, letter, input);
  const accepted = await addAcceptedDecision(deps, tx, input);
  await dropClaims(tx, letterId);
  return accepted;
};

const findRepeated = async (
  tx: Tx,
  { letterId, staff, decision, decisionKey }: DecideLetter,
): Promise<DecisionRow | undefined> => {
  const earlier = decisionKey === undefined ? undefined : await findDecision(tx, decisionKey);
  if (!earlier) return undefined;
  const isOwn = (earlier.keyId ?? earlier.staffId) === staff.id;
  if (earlier.letterId !== letterId || !isOwn || !isSame(earlier, decision))
    throw new DomainError('key_reused');
  return earlier;
};

const isSame = (earlier: DecisionRow, decision: DecideLetter['decision']): boolean =>
  earlier.kind === decision.kind &&
  (decision.kind === 'approve'
    ? earlier.unitId === (decision.unitId ?? null)
    : earlier.reason === decision.reason);

const ensureUndecided = async (
  tx: Tx,
  letter: LetterRow,
  { staff, decision, round }: DecideLetter,
): Promise<void> => {
  if (letter.status !== 'pending') throw new DomainError('not_open');
  if (await isOwnRejection(tx, letter, deciderOf(staff)))
    throw refusalError(OWN_REJECTION, 'not_open');
  if (round !== undefined && round !== letter.round) {
    const earlier = await findReturn(tx, { letterId: letter.id, round });
    throw earlier ? alreadyDecided(earlier) : new DomainError('not_open');
  }
  if (decision.kind !== 'approve') return;
  const judged = await judgeApproval(tx, letter, decision.unitId ?? null);
  if ('refusal' in judged) throw refusalError(judged.refusal, 'not_open');
};

const addAcceptedDecision = async (
  { config }: Deps,
  tx: Tx,
  { letterId, staff, decision, from, decisionKey: id = randomUUID() }: DecideLetter,
): Promise<Accepted> => {
  const { kind } = decision;
  const absent = absentDeciders(staff);
  const { name, ...doer } = actingAs(config.ORG_LOCALE, staff, absent);
  // Another system decides at once: nobody sits there who could see a slip.
  const hasWindow = staff.keyId === undefined && config.UNDO_SECONDS > 0;
  const undo: { undoSeconds?: number } = hasWindow ? { undoSeconds: config.UNDO_SECONDS } : {};
  await addDecision(tx, {
    id,
    letterId,
    kind,
    unitId: decision.kind === 'approve' ? (decision.unitId ?? null) : null,
    reason: decision.kind === 'approve' ? null : decision.reason,
    ...doer,
    decidedBy: name,
    outcome: null,
    round: null,
    ...undo,
  });
  await addOutboxRow(tx, {
    letterId,
    kind,
    payload: { by: staff.username, decisionId: id, ...undo },
  });
  await addAuditEntry(tx, {
    letterId,
    actor: actorOf(staff),
    action: 'decided',
    details: { decisionId: id, kind, ...actingDetails(absent) },
    from,
  });
  return { id, outcome: null, undoSeconds: undo.undoSeconds ?? null };
};

const awaitOutcome = async (
  deps: Deps,
  letterId: string,
  { id, outcome, undoSeconds }: Accepted,
): Promise<DecisionOutcome> => {
  const { db, config, whenTaken } = deps;
  if (outcome === null && undoSeconds !== null) return { outcome: 'undoable' };
  const isTaken = await whenTaken(id, config.limits.decisionWaitMs);
  const decided = isTaken ? await findDecision(db, id) : undefined;
  if (!decided) return { outcome: 'recorded' };
  if (decided.outcome === 'superseded') {
    const standing = await findStandingDecision(db, letterId);
    throw standing ? alreadyDecided(standing) : new DomainError('not_open');
  }
  if (decided.outcome === 'refused') throw refusalError(decided.refusal, 'unit_not_available');
  return { outcome: 'applied' };
};
