/** Called by the letter's workflow. One transaction; the same decision again changes nothing. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Decision, LetterState, Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import {
  addDecision,
  findDecision,
  setDecisionOutcome,
  supersedeOpenDecisions,
  transactionTime,
} from './decisions.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import { waitingFileIds } from '../../platform/files/file-scans.sql.ts';
import {
  approveLetter,
  findFile,
  findLetter,
  lockLetter,
  rejectLetter,
  returnLetter,
  withdrawLetter,
} from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { endObjectionPeriod } from './objections.sql.ts';
import { addLetterMessage, unsentMessageIds } from '../../platform/messages/messages.sql.ts';
import { addRegisterEntry } from '../register/register.sql.ts';
import { isOpen } from '../../platform/files/file-checks.ts';
import { findUnit } from '../administration/units.sql.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { approvedSms, rejectedSms, returnedSms } from '../../platform/messages/sms-texts.ts';
import type { SmsLocale } from '../../platform/messages/sms-texts.ts';
import { cleanText } from '../../platform/base/text.ts';
import { formatTrackingCode, makeTrackingCode } from '../register/tracking-code.ts';
import { objectionEnd } from './objection-end.ts';
import type { ObjectionPeriod } from './objection-end.ts';
import { OWN_LETTER, ownLetterOf, tellOwnLetter } from './conflict-of-interest.ts';
import { OWN_REJECTION, isOwnRejection } from './own-rejection.ts';

export interface RecordSettings {
  timeZone: string;
  locale: SmsLocale;
  orgName: string;
  /** The desk's address, for messages. */
  origin: string;
  smsMaxParts: number;
  /** How long a sender can object to a rejection. Left out: they cannot. */
  objection?: ObjectionPeriod;
  /** For tests of the turn of the year; else the database's clock. */
  now?: () => Date;
}

export const toLetterState = (letter: LetterRow): LetterState => ({
  status: letter.status,
  step: letter.step,
  round: letter.round,
  objectionUntil: letter.objectionUntil?.toISOString() ?? null,
  letterNumber: letter.letterNumber,
  trackingCode: letter.trackingCode,
  registeredAt: letter.registeredAt?.toISOString() ?? null,
  unit: letter.unit,
  unitId: letter.unitId,
  needsAttention: letter.needsAttention,
  annulled: letter.annulledAt !== null,
});

/** The letter as it stands in the record, for the workflow to go on from. */
export const readRecorded = async (
  tx: Tx,
  letterId: string,
  refused: string | null = null,
): Promise<Recorded> => {
  const letter = await findLetter(tx, letterId);
  if (!letter) throw new Error(`letter ${letterId} is gone`);
  const waiting = await waitingFileIds(tx, letterId);
  return {
    state: toLetterState(letter),
    messageIds: refused === null ? await unsentMessageIds(tx, letterId) : [],
    refused,
    ...(waiting.length > 0 && { waitingFileIds: waiting }),
  };
};

/** Why an approval is refused while the letter's file is not open. */
export const FILE_CLOSED = 'the file has not been scanned, or is infected';

/** Why all but its withdrawal is refused of a letter that cannot be read in the record. */
export const DAMAGED = 'the row of the letter is damaged';

const isLetterOpen = async (tx: Tx, letterId: string): Promise<boolean> => {
  const file = await findFile(tx, { letterId });
  return !file || isOpen(file);
};

/** A sender may withdraw a letter that has come back; the rest is decided while it is pending. */
const isTimely = (letter: LetterRow, { kind }: Decision): boolean =>
  letter.status === 'pending' || (letter.status === 'returned' && kind === 'withdraw');

const needsReason = ({ kind }: Decision): boolean => kind === 'reject' || kind === 'return';

/** The member of staff who would decide their own letter. */
const ownerDeciding = async (
  tx: Tx,
  letter: LetterRow,
  { decision, row }: { decision: Decision; row: DecisionRow | undefined },
): Promise<string | undefined> => {
  if (!row) return ownLetterOf(tx, letter, { said: decision.by });
  // Without a member it is the sender's withdrawal, the desk's own, or of another system.
  return row.staffId === null ? undefined : ownLetterOf(tx, letter, { staffId: row.staffId });
};

export const createRecordDecision =
  ({ db, settings }: { db: Db; settings: RecordSettings }) =>
  ({ letterId, decision }: { letterId: string; decision: Decision }): Promise<Recorded> =>
    db.begin(async (tx) => {
      const letter = await lockLetter(tx, letterId);
      if (!letter) throw new Error(`letter ${letterId} is not in the record`);
      const row = await findDecision(tx, decision.decisionId);
      if (row?.outcome === 'applied' || row?.outcome === 'undone')
        return readRecorded(tx, letterId);
      if (!isTimely(letter, decision)) return readRecorded(tx, letterId, 'already decided');

      const refuse = async (why: string): Promise<Recorded> => {
        if (row?.letterId === letterId)
          await setDecisionOutcome(tx, { id: row.id, outcome: 'refused', refusal: why });
        return readRecorded(tx, letterId, why);
      };
      if (row && (row.letterId !== letterId || row.kind !== decision.kind || row.outcome))
        return refuse('the decision is of another letter or kind');
      const terms = row ? termsOfRow(row) : termsOfSignal(decision);
      if (decision.kind === 'withdraw' && !row) return refuse('only its sender withdraws a letter');
      // Nobody can be told the outcome, or knows what was decided.
      if (letter.damaged && decision.kind !== 'withdraw') return refuse(DAMAGED);
      const own = await ownerDeciding(tx, letter, { decision, row });
      if (own !== undefined) {
        const { kind, decisionId } = decision;
        await tellOwnLetter(tx, { letterId, staffId: own, kind, id: decisionId });
        return refuse(OWN_LETTER);
      }
      const { staffId, keyId } = row ?? { staffId: null, keyId: null };
      const decider = { staffId, keyId, said: row ? null : decision.by };
      if (decision.kind !== 'withdraw' && (await isOwnRejection(tx, letter, decider)))
        return refuse(OWN_REJECTION);
      if (needsReason(decision) && !terms.reason)
        return refuse(`to ${decision.kind} needs a reason`);
      const unit = await findUnit(tx, terms.unitId ?? letter.unitId);
      if (!unit || (unit.retiredAt && decision.kind === 'approve'))
        return refuse('the unit is not available');
      if (decision.kind === 'approve' && !(await isLetterOpen(tx, letterId)))
        return refuse(FILE_CLOSED);

      const { round } = letter;
      if (row) await setDecisionOutcome(tx, { id: row.id, outcome: 'applied', round });
      await supersedeOpenDecisions(tx, letterId);
      if (!row)
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
      const actor: Actor =
        decision.kind === 'withdraw' ? { kind: 'applicant', id: letter.applicantId } : terms.actor;
      const decided = { letter, by: terms.by, actor, unit, reason: terms.reason ?? '' };
      await APPLY[decision.kind](tx, decided, settings);
      return readRecorded(tx, letterId);
    });

interface Terms {
  by: string;
  actor: Actor;
  unitId: string | null;
  reason: string | null;
}

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

/** A decision that came by Temporal's own tools: who sent it is what the signal says. */
const termsOfSignal = (decision: Decision): Terms => ({
  by: decision.by,
  actor: { kind: 'operator', id: decision.by },
  unitId: decision.kind === 'approve' ? (decision.unit ?? null) : null,
  reason: 'reason' in decision ? cleanText(decision.reason ?? '') || null : null,
});

interface Decided {
  letter: LetterRow;
  by: string;
  actor: Actor;
  unit: { id: string; name: string };
  reason: string;
}

type Apply = (tx: Tx, decided: Decided, settings: RecordSettings) => Promise<void>;

const now = async (tx: Tx, settings: RecordSettings): Promise<Date> => {
  return settings.now?.() ?? (await transactionTime(tx));
};

/** Each round has a decision of its own, with effects of its own. */
const decisionIn = ({ round }: Pick<LetterRow, 'round'>): string => `decision-${round}`;

const approve = async (
  tx: Tx,
  { letter, by, actor, unit }: Decided,
  settings: RecordSettings,
): Promise<void> => {
  const { number, registeredAt, registeredOn } = await addRegisterEntry(tx, {
    unitId: unit.id,
    letterId: letter.id,
    timeZone: settings.timeZone,
    ...(settings.now && { now: settings.now() }),
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
    text: approvedSms(settings.locale, { org: settings.orgName, ...params }),
    params,
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'approved',
    details: { by, letterNumber: number, unit: unit.name },
    dedupKey: `${letter.id}:${decisionIn(letter)}`,
  });
};

const reject = async (
  tx: Tx,
  { letter, by, actor, reason }: Decided,
  settings: RecordSettings,
): Promise<void> => {
  const decidedAt = await now(tx, settings);
  // Once: what stands after an objection is final.
  const objectionUntil =
    letter.objectedAt === null ? await objectionEnd(tx, decidedAt, settings) : null;
  await rejectLetter(tx, { id: letter.id, decidedBy: by, decidedAt, reason, objectionUntil });
  const rejectedOn = formatJalaliDate(toJalali(decidedAt, settings.timeZone));
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'rejected',
    outcomeKey: decisionIn(letter),
    recipient: letter.mobile,
    text: rejectedSms(settings.locale, {
      org: settings.orgName,
      rejectedOn,
      reason,
      maxParts: settings.smsMaxParts,
    }),
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

/** Back to the sender: the letter is pending again when it has been corrected. */
const sendBack: Apply = async (tx, { letter, by, actor, reason }, settings) => {
  const returnedAt = await now(tx, settings);
  await returnLetter(tx, { id: letter.id, returnedAt, reason });
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'returned',
    outcomeKey: `return-${letter.round}`,
    recipient: letter.mobile,
    text: returnedSms(settings.locale, {
      org: settings.orgName,
      origin: settings.origin,
      reason,
      maxParts: settings.smsMaxParts,
    }),
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

/** Nobody is told: the sender did it. */
const withdraw: Apply = async (tx, { letter, actor }, settings) => {
  await withdrawLetter(tx, { id: letter.id, withdrawnAt: await now(tx, settings) });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'withdrawn',
    dedupKey: `${letter.id}:${decisionIn(letter)}`,
  });
};

/** The time to object is over, unless the database's clock says that it is not. */
export const createEndObjectionPeriod =
  (db: Db) =>
  ({ letterId }: { letterId: string }): Promise<Recorded> =>
    db.begin(async (tx) => {
      await lockLetter(tx, letterId);
      await endObjectionPeriod(tx, letterId);
      return readRecorded(tx, letterId);
    });

const APPLY: Record<Decision['kind'], Apply> = { approve, reject, return: sendBack, withdraw };
