import { randomBytes, randomUUID } from 'node:crypto';
import type { Decision, Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Tx } from '../../platform/base/database.ts';
import {
  addDecision,
  findDecision,
  refuseDecision,
  settleDecisions,
  transactionTime,
} from './decisions.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import {
  approveLetter,
  lockLetter,
  markLetterWithdrawn,
  rejectLetter,
  returnLetter,
} from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { closeObjectionPeriod } from './objections.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { addRegisterEntry } from '../register/register.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { writeSms } from '../../platform/messages/write-sms.ts';
import { cleanText } from '../../platform/base/text.ts';
import { formatTrackingCode, makeTrackingCode } from '../register/tracking-code.ts';
import { readWorkingCalendar } from './deadlines.ts';
import { periodEnd } from './period-end.ts';
import { auditOwnLetter, isOwnRejection, ownLetterOf } from './conflict-of-interest.ts';
import { readRecorded } from './recorded.ts';
import { addLetterMails } from './staff-mails.sql.ts';
import { DAMAGED, OWN_LETTER, OWN_REJECTION, judgeApproval } from './refusals.ts';

export interface RecordDecision {
  letterId: string;
  decision: Decision;
  /** For tests of the turn of the year. Left out: the database's clock. */
  now?: Date;
}

interface Proposed {
  letter: LetterRow;
  decision: Decision;
  row: DecisionRow | undefined;
  terms: Terms;
}

interface Terms {
  by: string;
  actor: Actor;
  unitId: string | null;
  reason: string | null;
}

interface Accepted {
  letter: LetterRow;
  by: string;
  actor: Actor;
  unit: { id: string; name: string };
  reason: string;
  now: Date | undefined;
}

/** Called by the letter's workflow. Idempotent. */
export const recordDecision = (
  deps: Deps,
  { letterId, decision, now }: RecordDecision,
): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    const letter = await lockLetter(tx, letterId);
    if (!letter) throw new Error(`letter ${letterId} is not in the record`);
    const row = await findDecision(tx, decision.decisionId);
    if (row?.outcome === 'applied' || row?.outcome === 'undone')
      return readRecorded(deps, tx, letterId);
    if (!isTimely(letter, decision)) return readRecorded(deps, tx, letterId, 'already decided');

    const terms = row ? termsOfRow(row) : termsOfSignal(decision);
    const proposed = { letter, decision, row, terms };
    const judged = await judge(tx, proposed);
    if ('refusal' in judged) {
      const { refusal } = judged;
      if (row?.letterId === letterId) await refuseDecision(tx, { id: row.id, refusal });
      return readRecorded(deps, tx, letterId, refusal);
    }
    await settle(tx, proposed);
    const actor: Actor =
      decision.kind === 'withdraw' ? { kind: 'applicant', id: letter.applicantId } : terms.actor;
    const { by, reason } = terms;
    const accepted = { letter, by, actor, unit: judged.unit, reason: reason ?? '', now };
    await APPLY[decision.kind](deps, tx, accepted);
    return readRecorded(deps, tx, letterId);
  });

export const endObjectionPeriod = (
  deps: Deps,
  { letterId }: { letterId: string },
): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    await lockLetter(tx, letterId);
    await closeObjectionPeriod(tx, letterId);
    return readRecorded(deps, tx, letterId);
  });

const isTimely = (letter: LetterRow, { kind }: Decision): boolean =>
  letter.status === 'pending' || (letter.status === 'returned' && kind === 'withdraw');

const needsReason = ({ kind }: Decision): boolean => kind === 'reject' || kind === 'return';

const ownerDeciding = async (
  tx: Tx,
  { letter, decision, row }: Proposed,
): Promise<string | undefined> => {
  if (!row) return ownLetterOf(tx, letter, { said: decision.by });
  // Without a member it is the sender's withdrawal, the desk's own, or of another system.
  const { staffId, actingFor } = row;
  if (staffId === null) return undefined;
  const isOwn = await ownLetterOf(tx, letter, { staffIds: [staffId, ...actingFor] });
  return isOwn && staffId;
};

const judge = async (
  tx: Tx,
  proposed: Proposed,
): Promise<{ refusal: string } | { unit: { id: string; name: string } }> => {
  const { letter, decision, row, terms } = proposed;
  const { kind, decisionId } = decision;
  if (row && (row.letterId !== letter.id || row.kind !== kind || row.outcome))
    return { refusal: 'the decision is of another letter or kind' };
  if (kind === 'withdraw' && !row) return { refusal: 'only its sender withdraws a letter' };
  // Nobody can be told the outcome, or knows what was decided.
  if (letter.damaged && kind !== 'withdraw') return { refusal: DAMAGED };
  const owner = await ownerDeciding(tx, proposed);
  if (owner !== undefined) {
    await auditOwnLetter(tx, { letterId: letter.id, staffId: owner, kind, id: decisionId });
    return { refusal: OWN_LETTER };
  }
  const { staffId, keyId, actingFor } = row ?? { staffId: null, keyId: null, actingFor: [] };
  const decider = { staffId, keyId, actingFor, said: row ? null : decision.by };
  if (kind !== 'withdraw' && (await isOwnRejection(tx, letter, decider)))
    return { refusal: OWN_REJECTION };
  if (needsReason(decision) && !terms.reason) return { refusal: `to ${kind} needs a reason` };
  return kind === 'approve'
    ? judgeApproval(tx, letter, terms.unitId)
    : { unit: { id: letter.unitId, name: letter.unit } };
};

const settle = async (tx: Tx, { letter, decision, row, terms }: Proposed): Promise<void> => {
  const { id: letterId, round } = letter;
  await settleDecisions(tx, { letterId, applied: row && { id: row.id, round } });
  if (row) return;
  await addDecision(tx, {
    id: decision.decisionId,
    letterId,
    kind: decision.kind,
    unitId: terms.unitId,
    reason: terms.reason,
    staffId: null,
    decidedBy: terms.by,
    outcome: 'applied',
    round,
  });
};

const actorOfRow = ({ staffId, keyId }: DecisionRow): Actor => {
  if (keyId !== null) return { kind: 'key', id: keyId };
  // Without a member of staff it is the desk's own, of an infected file.
  return staffId ? { kind: 'staff', id: staffId } : { kind: 'engine', id: 'workflow' };
};

const termsOfRow = (row: DecisionRow): Terms => ({
  by: row.decidedBy,
  actor: actorOfRow(row),
  unitId: row.unitId,
  reason: row.reason,
});

const termsOfSignal = (decision: Decision): Terms => ({
  by: decision.by,
  actor: { kind: 'operator', id: decision.by },
  unitId: decision.kind === 'approve' ? (decision.unit ?? null) : null,
  reason: 'reason' in decision ? cleanText(decision.reason ?? '') || null : null,
});

type Apply = (deps: Deps, tx: Tx, accepted: Accepted) => Promise<void>;

/** Each round has a decision of its own, with effects of its own. */
const decisionIn = ({ round }: Pick<LetterRow, 'round'>): string => `decision-${round}`;

const approve: Apply = async ({ config }, tx, { letter, by, actor, unit, now }) => {
  const { number, registeredAt, registeredOn } = await addRegisterEntry(tx, {
    unitId: unit.id,
    letterId: letter.id,
    timeZone: config.ORG_TIME_ZONE,
    ...(now && { now }),
  });
  const trackingCode = makeTrackingCode(randomBytes(16));
  await approveLetter(tx, {
    id: letter.id,
    unitId: unit.id,
    decidedBy: by,
    letterNumber: number,
    trackingCode,
    registeredAt,
    registeredOn,
  });
  const params = {
    letterNumber: number,
    registeredOn,
    trackingCode: formatTrackingCode(trackingCode),
  };
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'approved',
    outcomeKey: decisionIn(letter),
    recipient: letter.mobile,
    text: await writeSms({ config }, tx, 'approved', params),
    params,
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'approved',
    details: { by, letterNumber: number, unit: unit.name },
    dedupKey: `${letter.id}:${decisionIn(letter)}`,
  });
  await addLetterMails(tx, {
    kind: 'assigned',
    letterId: letter.id,
    unitId: unit.id,
    audience: 'unit',
    about: `${letter.id}:assigned-${decisionIn(letter)}`,
  });
};

const reject: Apply = async ({ config }, tx, { letter, by, actor, reason, now }) => {
  const decidedAt = now ?? (await transactionTime(tx));
  // Once: what stands after an objection is final. Fixed now, whatever becomes of the calendar.
  const period = { from: decidedAt, workingDays: config.OBJECTION_DAYS };
  const calendar = await readWorkingCalendar(tx, config);
  const objectionUntil = letter.objectedAt === null ? periodEnd(calendar, period) : null;
  await rejectLetter(tx, { id: letter.id, decidedBy: by, decidedAt, reason, objectionUntil });
  const rejectedOn = formatJalaliDate(toJalali(decidedAt, config.ORG_TIME_ZONE));
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'rejected',
    outcomeKey: decisionIn(letter),
    recipient: letter.mobile,
    text: await writeSms({ config }, tx, 'rejected', { rejectedOn, reason }),
    params: { rejectedOn, reason },
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'rejected',
    details: { by, text: reason },
    dedupKey: `${letter.id}:${decisionIn(letter)}`,
  });
};

const sendBack: Apply = async ({ config }, tx, { letter, by, actor, reason, now }) => {
  const returnedAt = now ?? (await transactionTime(tx));
  await returnLetter(tx, { id: letter.id, returnedAt, reason });
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'returned',
    outcomeKey: `return-${letter.round}`,
    recipient: letter.mobile,
    text: await writeSms({ config }, tx, 'returned', { reason }),
    params: { reason },
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'returned',
    details: { by, text: reason, round: letter.round },
    dedupKey: `${letter.id}:return-${letter.round}`,
  });
};

const withdraw: Apply = async (_deps, tx, { letter, actor, now }) => {
  const withdrawnAt = now ?? (await transactionTime(tx));
  await markLetterWithdrawn(tx, { id: letter.id, withdrawnAt });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'withdrawn',
    dedupKey: `${letter.id}:${decisionIn(letter)}`,
  });
};

const APPLY: Record<Decision['kind'], Apply> = { approve, reject, return: sendBack, withdraw };
