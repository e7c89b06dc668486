import { DomainError } from '../../platform/base/errors.ts';
import type { DomainErrorCode } from '../../platform/base/errors.ts';
import type { Tx } from '../../platform/base/database.ts';
import { hasInfected, isOpen } from '../../platform/files/file-checks.ts';
import { findUnit } from '../administration/units.sql.ts';
import type { UnitRow } from '../administration/units.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import { listFiles } from './letter-files.sql.ts';
import type { LetterRow, StepEnds } from './letters.sql.ts';
import { isSameDoer } from '../staff/actor-of.ts';
import { findReferral, findUnitAction, isActionWaiting } from './unit-actions.sql.ts';
import type { UnitActionRow } from './unit-actions.sql.ts';
import type { UnitActionKind } from './letter.ts';

export const DAMAGED = 'the row of the letter is damaged';
export const FILE_INFECTED = 'the file is infected';
export const FILE_WAITING = 'the file has not been scanned';
export const NOT_REFERRED = 'the referral does not stand';
export const NOT_CONSULTED = 'the letter waits for no such opinion';
export const NOT_WITH_UNIT = 'the letter is not with a unit';
export const NOT_HELD = 'the reply does not wait';
export const OWN_LETTER = 'the letter was sent from the mobile number of who decides it';
export const OWN_REPLY = 'the reply was written by who releases it';
export const OWN_REJECTION = 'the objection is against a rejection by who decides it';
export const REPLY_WAITING = 'a reply waits for a second person';
export const TAKEN_UP = 'the other unit has acted on the letter';
export const UNIT_GONE = 'the unit is not available';

const CODES: Record<string, DomainErrorCode> = {
  [DAMAGED]: 'damaged',
  [FILE_INFECTED]: 'file_infected',
  [FILE_WAITING]: 'file_waiting',
  [OWN_LETTER]: 'own_letter',
  [OWN_REJECTION]: 'own_rejection',
  [OWN_REPLY]: 'own_reply',
  [REPLY_WAITING]: 'reply_waiting',
  [TAKEN_UP]: 'taken_up',
  [UNIT_GONE]: 'unit_not_available',
};

export const refusalError = (
  refusal: string | null,
  otherwise: DomainErrorCode,
  facts: Record<string, string> = {},
): DomainError => new DomainError(CODES[refusal ?? ''] ?? otherwise, facts);

export const alreadyDecided = ({
  kind,
  decidedBy,
  decidedAt,
}: Pick<DecisionRow, 'kind' | 'decidedBy' | 'decidedAt'>): DomainError =>
  new DomainError('already_decided', { kind, by: decidedBy, at: decidedAt.toISOString() });

/** Checked with the letter locked, when an approval is accepted and again when it is recorded. */
export const judgeApproval = async (
  tx: Tx,
  letter: LetterRow,
  unitId: string | null,
): Promise<{ refusal: string } | { unit: UnitRow }> => {
  const unit = await findUnit(tx, unitId ?? letter.unitId);
  if (!unit || unit.retiredAt) return { refusal: UNIT_GONE };
  const files = await listFiles(tx, { letterId: letter.id });
  if (files.every(isOpen)) return { unit };
  if (files.some(({ damaged }) => damaged)) return { refusal: DAMAGED };
  return { refusal: hasInfected(files) ? FILE_INFECTED : FILE_WAITING };
};

export const judgeRecall = async (
  tx: Tx,
  letter: LetterRow,
  { id, referralId }: { id: string; referralId: string | null },
): Promise<{ refusal: string } | { unit: UnitRow; ends: StepEnds }> => {
  const referral = await findReferral(tx, { letterId: letter.id, id: referralId, but: id });
  if (!referral || referral.isWithdrawn) return { refusal: NOT_REFERRED };
  if (referral.isTakenUp || referral.toId !== letter.unitId) return { refusal: TAKEN_UP };
  const unit = await findUnit(tx, referral.fromId);
  return !unit || unit.retiredAt ? { refusal: UNIT_GONE } : { unit, ends: referral.ends };
};

const NOT_BESIDE_HELD: readonly UnitActionKind[] = ['reply', 'refer', 'close'];

export const judgeBesideHeld = async (
  tx: Tx,
  { heldReplyId }: LetterRow,
  {
    kind,
    regardingId,
    ...doer
  }: Pick<UnitActionRow, 'kind' | 'staffId' | 'keyId' | 'actingFor' | 'regardingId'>,
): Promise<string | undefined> => {
  if (NOT_BESIDE_HELD.includes(kind)) return heldReplyId === null ? undefined : REPLY_WAITING;
  if (kind !== 'release' && kind !== 'rework') return undefined;
  if (heldReplyId === null || heldReplyId !== regardingId) return NOT_HELD;
  const reply = await findUnitAction(tx, heldReplyId);
  const isOwn = reply !== undefined && isSameDoer(reply, doer);
  return kind === 'release' && isOwn ? OWN_REPLY : undefined;
};

/** Of a unit with a second look: a reply that was accepted and is not recorded yet will be held. */
export const judgeBesideWaiting = async (
  tx: Tx,
  { id: letterId, unitId }: LetterRow,
  { kind }: Pick<UnitActionRow, 'kind'>,
): Promise<string | undefined> => {
  if (!NOT_BESIDE_HELD.includes(kind) || !(await findUnit(tx, unitId))?.secondLook)
    return undefined;
  return (await isActionWaiting(tx, { letterId, kinds: ['reply'] })) ? REPLY_WAITING : undefined;
};

export const needsClosingReason = ({
  replies,
  reopened,
  step,
}: Pick<LetterRow, 'replies' | 'reopened' | 'step'>): boolean =>
  replies === 0 || (reopened > 0 && step === 'with_unit');
