import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { InternalText, PublicText } from '../../platform/base/audience.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { isSameFile, takeHeldFile } from '../../platform/files/held-uploads.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { findUnit } from '../administration/units.sql.ts';
import { actingAs, actorOf, unitDoerOf } from '../staff/actor-of.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { absentOfUnit, actingDetails } from '../staff/substitution.ts';
import { auditingOwnLetter, ensureNotOwnLetter } from './conflict-of-interest.ts';
import { findOpenConsultation, judgeConsulting } from './consultations.ts';
import { addConsultations, listConsultedBy } from './consultations.sql.ts';
import type { ConsultationRow, ConsultedUnit } from './consultations.sql.ts';
import { recordedWhenAway } from './decision-outcome.ts';
import type { DecisionOutcome } from './decision-outcome.ts';
import { ensureWhole, lockVisibleLetter, mayActOn } from './letter-access.ts';
import { addFile } from './letter-files.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import {
  judgeBesideHeld,
  judgeBesideWaiting,
  judgeRecall,
  needsClosingReason,
  refusalError,
} from './refusals.ts';
import {
  addUnitAction,
  findActionFileHash,
  findUnitAction,
  isActionWaiting,
} from './unit-actions.sql.ts';
import type { UnitActionRow } from './unit-actions.sql.ts';

export interface ActOnLetter {
  letterId: string;
  staff: StaffMember;
  /** UUID made with the form; the same key again leads to the same action. */
  actionKey?: string;
  action:
    | { kind: 'update'; text: PublicText }
    | { kind: 'note'; note: InternalText }
    | { kind: 'refer'; unitId: string; note: InternalText | null }
    | { kind: 'recall'; referralId: string }
    | { kind: 'reply'; text: PublicText; file: StoredFile | 'held' | null }
    | { kind: 'release'; replyId: string }
    | { kind: 'rework'; replyId: string; note: InternalText }
    | { kind: 'close'; reason: PublicText | null }
    | { kind: 'ask'; text: PublicText }
    | { kind: 'unask'; questionId: string }
    | { kind: 'consult'; units: ConsultedUnit[]; note: InternalText }
    | { kind: 'opine'; consultationId: string; note: InternalText }
    | { kind: 'unconsult'; consultationId: string };
  from?: string | undefined;
}

type KeyedAction = ActOnLetter & { actionKey: string };

/**
 * Recorded with the outbox row that signals the letter's workflow, then awaited briefly. A file
 * that comes with a repeated key is removed.
 * @throws DomainError not_open when the letter is not with a unit; own_letter; held_file_gone;
 *   closing_reason_missing; unit_not_available; taken_up; reply_waiting;
 *   own_reply; key_reused
 */
export const actOnLetter = async (deps: Deps, input: ActOnLetter): Promise<DecisionOutcome> => {
  const { action, actionKey = randomUUID() } = input;
  const keyed = { ...input, actionKey };
  const isNew = await acceptOnce(deps, keyed);
  if (!isNew && action.kind === 'reply' && action.file && action.file !== 'held')
    await deps.files.remove(action.file.storageKey);
  deps.wake();
  return awaitOutcome(deps, actionKey).catch(recordedWhenAway);
};

const isRepeated = async (deps: Deps, input: KeyedAction): Promise<boolean> => {
  const { letterId, staff, action, actionKey } = input;
  const before = await findUnitAction(deps.db, actionKey);
  if (before === undefined) return false;
  const doer = before.keyId ?? before.staffId;
  if (before.letterId !== letterId || doer !== staff.id) throw new DomainError('not_allowed');
  if (!(await isSame(deps, before, action))) throw new DomainError('key_reused');
  return true;
};

const isSame = async (
  deps: Deps,
  before: UnitActionRow,
  action: ActOnLetter['action'],
): Promise<boolean> => {
  const { body, internalNote } = textsOf(action);
  const isSameText =
    before.kind === action.kind &&
    before.unitId === (action.kind === 'refer' ? action.unitId : null) &&
    before.questionId === (action.kind === 'unask' ? action.questionId : null) &&
    before.regardingId === regardingOf(action) &&
    before.consultationId === consultationIdOf(action) &&
    before.body === body &&
    before.internalNote?.reveal() === internalNote?.reveal();
  if (isSameText && action.kind === 'consult')
    return isSameConsulting(await listConsultedBy(deps.db, before.id), action.units);
  if (!isSameText || action.kind !== 'reply') return isSameText;
  const { id, letterId } = before;
  const sha256 = (await findActionFileHash(deps.db, { letterId, unitActionId: id })) ?? null;
  const which = { holder: { staffId: before.staffId ?? '' }, formKey: id };
  return isSameFile(deps, deps.db, { which, file: action.file, sha256 });
};

const isSameConsulting = (before: ConsultedUnit[], units: ConsultedUnit[]): boolean => {
  const namesOf = (asked: ConsultedUnit[]): string =>
    asked
      .map(({ unitId, workingDays }) => `${unitId} ${workingDays}`)
      .toSorted()
      .join();
  return namesOf(before) === namesOf(units);
};

const consultationIdOf = (action: ActOnLetter['action']): string | null =>
  action.kind === 'opine' || action.kind === 'unconsult' ? action.consultationId : null;

const regardingOf = (action: ActOnLetter['action']): string | null => {
  if (action.kind === 'recall') return action.referralId;
  return action.kind === 'release' || action.kind === 'rework' ? action.replyId : null;
};

const textsOf = (
  action: ActOnLetter['action'],
): { body: PublicText | null; internalNote: InternalText | null } => {
  if ('note' in action) return { body: null, internalNote: action.note };
  if (
    action.kind === 'unask' ||
    action.kind === 'recall' ||
    action.kind === 'unconsult' ||
    action.kind === 'release'
  )
    return { body: null, internalNote: null };
  return { body: action.kind === 'close' ? action.reason : action.text, internalNote: null };
};

/** False: it was accepted before; the letter may have been closed, or be out of sight, since. */
const acceptOnce = async (deps: Deps, input: KeyedAction): Promise<boolean> => {
  const { letterId, staff, action, from } = input;
  const attempt = { letterId, staffId: staff.id, kind: action.kind, from };
  try {
    await auditingOwnLetter(deps.db, attempt, () => acceptAction(deps, input));
    return true;
  } catch (error) {
    const isRefused = error instanceof DomainError && error.code !== 'unavailable';
    if (isRefused && (await isRepeated(deps, input))) return false;
    throw error;
  }
};

const acceptAction = (deps: Deps, input: KeyedAction): Promise<void> => {
  const { letterId, staff, action } = input;
  return beginInTime(deps.db, async (tx) => {
    const letter = await lockVisibleLetter(tx, { staff, letterId });
    if (!isOfUnit(staff) && staff.role !== 'admin') throw new DomainError('not_allowed');
    if (action.kind === 'recall') {
      const unit = await ensureRecallable(tx, letter, { ...input, ...action });
      return addAcceptedAction(deps, tx, { ...input, letter, unit });
    }
    await ensurePossible(tx, letter, input);
    const asked = await ensureConsultation(tx, letter, input);
    // An opinion is of the unit that is asked.
    const unit =
      asked && action.kind === 'opine'
        ? { id: asked.unitId, name: asked.unit }
        : { id: letter.unitId, name: letter.unit };
    return addAcceptedAction(deps, tx, { ...input, letter, unit });
  });
};

const ensurePossible = async (
  tx: Tx,
  letter: LetterRow,
  { staff, action }: ActOnLetter,
): Promise<void> => {
  if (action.kind !== 'opine' && !mayActOn(staff, letter)) throw new DomainError('not_open');
  await ensureOpenTo(tx, letter, staff);
  const attempt = {
    kind: action.kind,
    regardingId: regardingOf(action),
    ...unitDoerOf(staff, letter.unitId),
  };
  const refusal =
    (await judgeBesideHeld(tx, letter, attempt)) ?? (await judgeBesideWaiting(tx, letter, attempt));
  if (refusal !== undefined) throw refusalError(refusal, 'not_open');
  if (action.kind === 'close' && action.reason === null && needsClosingReason(letter)) {
    if (!(await isActionWaiting(tx, { letterId: letter.id, kinds: ['reply'] })))
      throw new DomainError('closing_reason_missing');
  }
  if (action.kind === 'ask') await ensureNoQuestion(tx, letter);
  if (action.kind === 'unask' && letter.openQuestionId !== action.questionId)
    throw new DomainError('not_open');
  if (action.kind !== 'refer') return;
  const unit = await findUnit(tx, action.unitId);
  if (!unit || unit.retiredAt || unit.id === letter.unitId)
    throw new DomainError('unit_not_available');
};

const ensureOpenTo = async (tx: Tx, letter: LetterRow, staff: StaffMember): Promise<void> => {
  ensureWhole(letter);
  await ensureNotOwnLetter(tx, letter, staff);
  if (letter.status !== 'approved' || letter.step === 'closed') throw new DomainError('not_open');
  // It is on its way back to the unit that referred it.
  if (await isActionWaiting(tx, { letterId: letter.id, kinds: ['recall'] }))
    throw new DomainError('not_open');
};

const ensureRecallable = async (
  tx: Tx,
  letter: LetterRow,
  { staff, actionKey: id, referralId }: KeyedAction & { referralId: string },
): Promise<{ id: string; name: string }> => {
  await ensureOpenTo(tx, letter, staff);
  if (!isUuid(referralId)) throw new DomainError('not_open');
  const judged = await judgeRecall(tx, letter, { id, referralId });
  if ('refusal' in judged) throw refusalError(judged.refusal, 'not_open');
  if (isOfUnit(staff) && !staff.unitIds.includes(judged.unit.id)) throw new DomainError('not_open');
  return judged.unit;
};

const ensureConsultation = async (
  tx: Tx,
  letter: LetterRow,
  { staff, action }: ActOnLetter,
): Promise<ConsultationRow | undefined> => {
  if (action.kind === 'consult') {
    const refusal = await judgeConsulting(tx, letter, action.units);
    if (refusal !== undefined) throw refusalError(refusal, 'not_open');
  }
  const consultationId = consultationIdOf(action);
  if (consultationId === null) return undefined;
  const asked = await findOpenConsultation(tx, { letterId: letter.id, consultationId });
  const isTheirs = action.kind !== 'opine' || staff.unitIds.includes(asked?.unitId ?? '');
  if (!asked || !isTheirs) throw new DomainError('not_open');
  return asked;
};

const ensureNoQuestion = async (tx: Tx, letter: LetterRow): Promise<void> => {
  if (letter.step !== 'with_unit') throw new DomainError('not_open');
  const { id: letterId, openQuestionId } = letter;
  if (openQuestionId !== null || (await isActionWaiting(tx, { letterId, kinds: ['ask'] })))
    throw new DomainError('not_open');
};

const addAcceptedAction = async (
  deps: Deps,
  tx: Tx,
  {
    actionKey: id,
    letter,
    unit,
    staff,
    action,
    from,
  }: KeyedAction & { letter: LetterRow; unit: { id: string; name: string } },
): Promise<void> => {
  const { id: letterId } = letter;
  const { kind } = action;
  const absent = absentOfUnit(staff, unit.id);
  const { name, ...doer } = actingAs(deps.config.ORG_LOCALE, staff, absent);
  const added = await addUnitAction(tx, {
    id,
    letterId,
    kind,
    unitId: action.kind === 'refer' ? action.unitId : null,
    questionId: action.kind === 'unask' ? action.questionId : null,
    regardingId: regardingOf(action),
    ...textsOf(action),
    ...doer,
    consultationId: consultationIdOf(action),
    actedBy: name,
    actingUnit: unit.name,
    actingUnitId: unit.id,
  });
  if (!added) throw new DomainError('key_reused');
  if (action.kind === 'consult')
    await addConsultations(tx, { actionId: id, letterId, units: action.units });
  if (action.kind === 'reply' && action.file) {
    const held = { holder: { staffId: staff.id }, formKey: id };
    const file = action.file === 'held' ? await takeHeldFile(deps, tx, held) : action.file;
    if (!file) throw new DomainError('held_file_gone');
    await addFile(tx, { letterId, unitActionId: id, file });
  }
  await addOutboxRow(tx, { letterId, kind: 'unitAction', payload: { actionId: id, kind } });
  await addAuditEntry(tx, {
    letterId,
    actor: actorOf(staff),
    action: 'acted',
    details: { actionId: id, kind, ...actingDetails(absent) },
    from,
  });
};

const awaitOutcome = async (deps: Deps, actionKey: string): Promise<DecisionOutcome> => {
  const { db, config, whenTaken } = deps;
  const isTaken = await whenTaken(actionKey, config.limits.decisionWaitMs);
  const acted = isTaken ? await findUnitAction(db, actionKey) : undefined;
  if (!acted) return { outcome: 'recorded' };
  if (acted.outcome === 'refused') throw refusalError(acted.refusal, 'not_open', { stored: 'yes' });
  return { outcome: 'applied' };
};
