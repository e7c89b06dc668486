/** Called by the letter's workflow. One transaction; the same decision again changes nothing. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Decision, LetterState, Recorded } from '../../workflows/letter.contract.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Actor } from '../db/audit.ts';
import type { Db, Tx } from '../db/client.ts';
import {
  addDecision,
  findDecision,
  setDecisionOutcome,
  supersedeOpenDecisions,
} from '../db/decisions.ts';
import type { DecisionRow } from '../db/decisions.ts';
import { approveLetter, findLetter, lockLetter, rejectLetter } from '../db/letters.ts';
import type { LetterRow } from '../db/letters.ts';
import { addLetterMessage, unsentMessageIds } from '../db/messages.ts';
import { addRegisterEntry } from '../db/register.ts';
import { findUnit } from '../db/units.ts';
import { formatJalaliDate, toJalali } from '../domain/jalali.ts';
import { approvedSms, rejectedSms } from '../domain/sms-texts.ts';
import type { SmsLocale } from '../domain/sms-texts.ts';
import { cleanText } from '../domain/text.ts';
import { formatTrackingCode, makeTrackingCode } from '../domain/tracking-code.ts';

export interface RecordSettings {
  timeZone: string;
  locale: SmsLocale;
  orgName: string;
  /** The desk's address, for messages. */
  origin: string;
  smsMaxParts: number;
  /** For tests of the turn of the year; else the database's clock. */
  now?: () => Date;
}

export const toLetterState = (letter: LetterRow): LetterState => ({
  status: letter.status,
  step: letter.step,
  letterNumber: letter.letterNumber,
  trackingCode: letter.trackingCode,
  registeredAt: letter.registeredAt?.toISOString() ?? null,
  unit: letter.unit,
  unitId: letter.unitId,
  needsAttention: letter.needsAttention,
});

/** The letter as it stands in the record, for the workflow to go on from. */
export const readRecorded = async (
  tx: Tx,
  letterId: string,
  refused: string | null = null,
): Promise<Recorded> => {
  const letter = await findLetter(tx, letterId);
  if (!letter) throw new Error(`letter ${letterId} is gone`);
  return {
    state: toLetterState(letter),
    messageIds: refused === null ? await unsentMessageIds(tx, letterId) : [],
    refused,
  };
};

export const createRecordDecision =
  ({ db, settings }: { db: Db; settings: RecordSettings }) =>
  ({ letterId, decision }: { letterId: string; decision: Decision }): Promise<Recorded> =>
    db.begin(async (tx) => {
      const letter = await lockLetter(tx, letterId);
      if (!letter) throw new Error(`letter ${letterId} is not in the record`);
      const row = await findDecision(tx, decision.decisionId);
      if (row?.outcome === 'applied') return readRecorded(tx, letterId);
      if (letter.status !== 'pending') return readRecorded(tx, letterId, 'already decided');

      const refuse = async (why: string): Promise<Recorded> => {
        if (row?.letterId === letterId)
          await setDecisionOutcome(tx, { id: row.id, outcome: 'refused', refusal: why });
        return readRecorded(tx, letterId, why);
      };
      if (row && (row.letterId !== letterId || row.kind !== decision.kind || row.outcome))
        return refuse('the decision is of another letter or kind');
      const terms = row ? termsOfRow(row) : termsOfSignal(decision);
      if (decision.kind === 'reject' && !terms.reason) return refuse('a rejection needs a reason');
      const unit = await findUnit(tx, terms.unitId ?? letter.unitId);
      if (!unit || (unit.retiredAt && decision.kind === 'approve'))
        return refuse('the unit is not available');

      if (row) await setDecisionOutcome(tx, { id: row.id, outcome: 'applied' });
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
        });
      const decided = { letter, by: terms.by, actor: terms.actor, unit };
      await (decision.kind === 'approve'
        ? approve(tx, decided, settings)
        : reject(tx, { ...decided, reason: terms.reason ?? '' }, settings));
      return readRecorded(tx, letterId);
    });

interface Terms {
  by: string;
  actor: Actor;
  unitId: string | null;
  reason: string | null;
}

const termsOfRow = ({ decidedBy, staffId, unitId, reason }: DecisionRow): Terms => ({
  by: decidedBy,
  actor: staffId ? { kind: 'staff', id: staffId } : { kind: 'operator', id: decidedBy },
  unitId,
  reason,
});

/** A decision that came by Temporal's own tools: who sent it is what the signal says. */
const termsOfSignal = (decision: Decision): Terms => ({
  by: decision.by,
  actor: { kind: 'operator', id: decision.by },
  unitId: decision.kind === 'approve' ? (decision.unit ?? null) : null,
  reason: decision.kind === 'reject' ? cleanText(decision.reason ?? '') || null : null,
});

interface Decided {
  letter: LetterRow;
  by: string;
  actor: Actor;
  unit: { id: string; name: string };
}

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
    outcomeKey: 'decision',
    recipient: letter.mobile,
    text: approvedSms(settings.locale, { org: settings.orgName, ...params }),
    params,
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'approved',
    details: { by, letterNumber: number, unit: unit.name },
    dedupKey: `${letter.id}:decision`,
  });
};

const reject = async (
  tx: Tx,
  { letter, by, actor, reason }: Decided & { reason: string },
  settings: RecordSettings,
): Promise<void> => {
  const [clock] = await tx<{ at: Date }[]>`select now() as at`;
  const decidedAt = settings.now?.() ?? clock?.at ?? new Date();
  await rejectLetter(tx, { id: letter.id, decidedBy: by, decidedAt, reason });
  const rejectedOn = formatJalaliDate(toJalali(decidedAt, settings.timeZone));
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'rejected',
    outcomeKey: 'decision',
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
    dedupKey: `${letter.id}:decision`,
  });
};
