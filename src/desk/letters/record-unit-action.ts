import { randomUUID } from 'node:crypto';
import type { Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { publicText } from '../../platform/base/audience.ts';
import type { Tx } from '../../platform/base/database.ts';
import {
  dropHeldReply,
  holdReply,
  lockLetter,
  moveLetter,
  reopenLetterRow,
  setClosingTime,
} from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { findOpenConsultation, judgeConsulting } from './consultations.ts';
import { beginConsultations, endConsultation, listConsultedBy } from './consultations.sql.ts';
import {
  findUnitAction,
  keepEndsOfAnswer,
  releaseReply,
  setUnitActionOutcome,
} from './unit-actions.sql.ts';
import type { UnitActionRow } from './unit-actions.sql.ts';
import { endQuestion, openQuestion } from './questions.sql.ts';
import { findUnit } from '../administration/units.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { AuditDetails } from '../../platform/audit/audit-detail.ts';
import { writeSms } from '../../platform/messages/write-sms.ts';
import { auditOwnLetter, ownLetterOf } from './conflict-of-interest.ts';
import { readRecorded } from './recorded.ts';
import {
  DAMAGED,
  judgeBesideHeld,
  judgeRecall,
  needsClosingReason,
  NOT_CONSULTED,
  OWN_LETTER,
  UNIT_GONE,
} from './refusals.ts';
import { endsOfAnswer, endsOfClosing } from './step-ends.ts';
import { addLetterMails } from './staff-mails.sql.ts';

interface Applied {
  letter: LetterRow;
  action: UnitActionRow;
}

/** Called by the letter's workflow. Idempotent. */
export const recordUnitAction = (
  deps: Deps,
  { letterId, actionId }: { letterId: string; actionId: string },
): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    const letter = await lockLetter(tx, letterId);
    const action = await findUnitAction(tx, actionId);
    if (!letter) throw new Error(`letter ${letterId} is not in the record`);
    if (action?.letterId !== letterId)
      return readRecorded(deps, tx, letterId, 'there is no such action');
    if (action.outcome) return readRecorded(deps, tx, letterId);
    const refusal = await whyNot(tx, letter, action);
    if (refusal) {
      const { kind, staffId, id } = action;
      if (refusal === OWN_LETTER && staffId !== null)
        await auditOwnLetter(tx, { letterId, staffId, kind, id });
      await setUnitActionOutcome(tx, { id: actionId, outcome: 'refused', refusal });
      return readRecorded(deps, tx, letterId, refusal);
    }
    await APPLY[action.kind](deps, tx, { letter, action });
    return readRecorded(deps, tx, letterId);
  });

const whyNot = async (
  tx: Tx,
  letter: LetterRow,
  action: UnitActionRow,
): Promise<string | undefined> => {
  if (action.kind === 'reopen') {
    const isEnded = letter.step === 'answered' || letter.step === 'closed';
    if (!isEnded || letter.annulledAt !== null) return 'the letter cannot be reopened';
  } else if (letter.status !== 'approved' || letter.step === 'closed')
    return 'the letter is not with a unit';
  if (letter.damaged || action.damaged) return DAMAGED;
  const { staffId, actingFor } = action;
  if (staffId !== null && (await ownLetterOf(tx, letter, { staffIds: [staffId, ...actingFor] })))
    return OWN_LETTER;
  if (action.kind === 'close' && action.body === null && needsClosingReason(letter))
    return 'nothing was replied, and no reason is given';
  if (action.kind === 'ask' && (letter.step !== 'with_unit' || letter.openQuestionId !== null))
    return 'the letter waits for no answer of the unit, or a question is open';
  if (action.questionId !== null && letter.openQuestionId !== action.questionId)
    return 'the question is not open';
  const besideHeld = await judgeBesideHeld(tx, letter, action);
  if (besideHeld !== undefined) return besideHeld;
  if (action.kind === 'recall') {
    const judged = await judgeRecall(tx, letter, recallOf(action));
    return 'refusal' in judged ? judged.refusal : undefined;
  }
  if (action.kind === 'consult')
    return judgeConsulting(tx, letter, await listConsultedBy(tx, action.id));
  const { id: letterId } = letter;
  const { consultationId } = action;
  if (consultationId !== null && !(await findOpenConsultation(tx, { letterId, consultationId })))
    return NOT_CONSULTED;
  if (action.kind !== 'refer') return undefined;
  const unit = action.unitId ? await findUnit(tx, action.unitId) : undefined;
  return !unit || unit.retiredAt ? UNIT_GONE : undefined;
};

const recallOf = ({ id, regardingId: referralId }: UnitActionRow) => ({ id, referralId });

/** An action with neither is the sender's own; a constraint of the table ensures it. */
const actorOf = ({ letter, action: { staffId, keyId } }: Applied): Actor => {
  if (staffId !== null) return { kind: 'staff', id: staffId };
  return keyId === null
    ? { kind: 'applicant', id: letter.applicantId }
    : { kind: 'key', id: keyId };
};

const audit = (
  tx: Tx,
  applied: Applied,
  entry: { action: AuditAction; details: AuditDetails },
): Promise<void> => {
  const { letter, action } = applied;
  return addAuditEntry(tx, {
    letterId: letter.id,
    actor: actorOf(applied),
    action: entry.action,
    details: { ...(action.actedBy !== '' && { by: action.actedBy }), ...entry.details },
    dedupKey: `${letter.id}:${action.id}`,
  });
};

const noteOf = ({ internalNote }: UnitActionRow): Pick<AuditDetails, 'note'> =>
  internalNote === null ? {} : { note: internalNote };

const sendReply = async (
  deps: Deps,
  tx: Tx,
  applied: Applied,
  replyNumber: number,
): Promise<void> => {
  const { letter } = applied;
  const ends = await endsOfAnswer(deps, tx);
  await moveLetter(tx, { id: letter.id, unitId: letter.unitId, step: 'answered', ends });
  const params = { letterNumber: letter.letterNumber ?? '' };
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'replied',
    outcomeKey: `reply-${replyNumber}`,
    recipient: letter.mobile,
    text: await writeSms(deps, tx, 'replied', params),
    params,
  });
  await audit(tx, applied, { action: 'replied', details: { unit: letter.unit } });
};

type Apply = (deps: Deps, tx: Tx, applied: Applied) => Promise<void>;

const APPLY: Record<UnitActionRow['kind'], Apply> = {
  async update(_deps, tx, applied) {
    const { letter, action } = applied;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await audit(tx, applied, {
      action: 'updated',
      details: { unit: letter.unit, text: action.body ?? '' },
    });
  },
  async note(_deps, tx, applied) {
    const { letter, action } = applied;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await audit(tx, applied, {
      action: 'noted',
      details: { unit: letter.unit, ...noteOf(action) },
    });
  },
  async refer(_deps, tx, applied) {
    const { letter, action } = applied;
    const unit = await findUnit(tx, action.unitId ?? '');
    if (!unit) throw new Error('the unit of a referral is gone');
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await keepEndsOfAnswer(tx, action.id);
    await moveLetter(tx, { id: letter.id, unitId: unit.id, step: 'with_unit' });
    await audit(tx, applied, {
      action: 'referred',
      details: { unit: unit.name, from: letter.unit, ...noteOf(action) },
    });
    await addLetterMails(tx, {
      kind: 'assigned',
      letterId: letter.id,
      unitId: unit.id,
      audience: 'unit',
      about: `${letter.id}:assigned-${action.id}`,
    });
  },
  async recall(_deps, tx, applied) {
    const { letter, action } = applied;
    const judged = await judgeRecall(tx, letter, recallOf(action));
    if ('refusal' in judged) throw new Error(judged.refusal);
    const { unit, ends } = judged;
    const step = ends.answeredAt === null ? 'with_unit' : 'answered';
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await moveLetter(tx, { id: letter.id, unitId: unit.id, step, ends });
    await audit(tx, applied, {
      action: 'referral_withdrawn',
      details: { unit: unit.name, from: letter.unit },
    });
  },
  async reply(deps, tx, applied) {
    const { letter, action } = applied;
    // A referral may have been applied since the reply was accepted.
    const units = [await findUnit(tx, letter.unitId), await findUnit(tx, action.actingUnitId)];
    if (units.some((unit) => unit?.secondLook)) {
      await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
      await holdReply(tx, { id: letter.id, replyId: action.id });
      await audit(tx, applied, { action: 'reply_held', details: { unit: letter.unit } });
      await addLetterMails(tx, {
        kind: 'reply_held',
        letterId: letter.id,
        unitId: letter.unitId,
        audience: 'head',
        about: `${letter.id}:reply-held-${action.id}`,
        but: action.staffId === null ? [] : [action.staffId, ...action.actingFor],
      });
      return;
    }
    const replyNumber = letter.replies + 1;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied', replyNumber });
    await sendReply(deps, tx, applied, replyNumber);
  },
  async release(deps, tx, applied) {
    const { letter, action } = applied;
    const replyNumber = letter.replies + 1;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await releaseReply(tx, { id: action.regardingId, replyNumber });
    await sendReply(deps, tx, applied, replyNumber);
  },
  async rework(deps, tx, applied) {
    const { letter, action } = applied;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await dropHeldReply(tx, letter.id);
    const { closesAt } = await endsOfAnswer(deps, tx);
    await setClosingTime(tx, { id: letter.id, closesAt });
    await audit(tx, applied, {
      action: 'reply_sent_back',
      details: { unit: letter.unit, ...noteOf(action) },
    });
  },
  async ask(deps, tx, applied) {
    const { letter, action } = applied;
    const [letterNumber, question] = [letter.letterNumber ?? '', action.body ?? publicText('')];
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await openQuestion(tx, { id: letter.id, questionId: action.id });
    await addLetterMessage(tx, {
      id: randomUUID(),
      letterId: letter.id,
      kind: 'question',
      outcomeKey: `question-${action.id}`,
      recipient: letter.mobile,
      text: await writeSms(deps, tx, 'question', { letterNumber, question }),
      params: { letterNumber, question },
    });
    await audit(tx, applied, {
      action: 'question_asked',
      details: { unit: letter.unit, text: question },
    });
  },
  async unask(_deps, tx, applied) {
    const { letter, action } = applied;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await endQuestion(tx, { id: letter.id, questionId: action.questionId });
    await audit(tx, applied, { action: 'question_withdrawn', details: { unit: letter.unit } });
  },
  async answer(_deps, tx, applied) {
    const { letter, action } = applied;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await endQuestion(tx, { id: letter.id, questionId: action.questionId });
    await audit(tx, applied, { action: 'question_answered', details: { text: action.body ?? '' } });
  },
  async consult(_deps, tx, applied) {
    const { letter, action } = applied;
    const asked = await listConsultedBy(tx, action.id);
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await beginConsultations(tx, action.id);
    await audit(tx, applied, {
      action: 'consulted',
      details: {
        unit: asked.map(({ unit }) => unit).join('، '),
        from: letter.unit,
        ...noteOf(action),
      },
    });
    for (const { unitId } of asked)
      await addLetterMails(tx, {
        kind: 'consulted',
        letterId: letter.id,
        unitId,
        audience: 'unit',
        about: `${letter.id}:consulted-${action.id}`,
      });
  },
  async opine(_deps, tx, applied) {
    const { action } = applied;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await endConsultation(tx, { id: action.consultationId, outcome: 'answered' });
    await audit(tx, applied, {
      action: 'opined',
      details: { unit: action.actingUnit, ...noteOf(action) },
    });
  },
  async unconsult(_deps, tx, applied) {
    const { letter, action } = applied;
    const one = { letterId: letter.id, consultationId: action.consultationId };
    const asked = await findOpenConsultation(tx, one);
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    await endConsultation(tx, { id: action.consultationId, outcome: 'withdrawn' });
    await audit(tx, applied, {
      action: 'consultation_withdrawn',
      details: { unit: asked?.unit ?? '', from: letter.unit },
    });
  },
  async reopen(deps, tx, applied) {
    const { letter, action } = applied;
    const letterNumber = letter.letterNumber ?? '';
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    const times = (await reopenLetterRow(tx, letter.id)) ?? 0;
    await addLetterMessage(tx, {
      id: randomUUID(),
      letterId: letter.id,
      kind: 'reopened',
      outcomeKey: `follow-up-${times}`,
      recipient: letter.mobile,
      text: await writeSms(deps, tx, 'follow_up', { letterNumber }),
      params: { letterNumber },
    });
    await audit(tx, applied, {
      action: 'reopened',
      details: { unit: letter.unit, text: action.body ?? '', round: letter.round + times },
    });
  },
  async close(deps, tx, applied) {
    const { letter, action } = applied;
    const reason = action.body;
    await setUnitActionOutcome(tx, { id: action.id, outcome: 'applied' });
    const ends = await endsOfClosing(deps, tx);
    await moveLetter(tx, { id: letter.id, unitId: letter.unitId, step: 'closed', ends });
    if (reason !== null) {
      const letterNumber = letter.letterNumber ?? '';
      await addLetterMessage(tx, {
        id: randomUUID(),
        letterId: letter.id,
        kind: 'closed',
        outcomeKey: `close-${action.id}`,
        recipient: letter.mobile,
        text: await writeSms(deps, tx, 'closed', { letterNumber, reason }),
        params: { letterNumber, reason },
      });
    }
    await audit(tx, applied, {
      action: 'closed',
      details: { unit: letter.unit, ...(reason !== null && { text: reason }) },
    });
  },
};
