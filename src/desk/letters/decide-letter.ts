/**
 * «تایید», «رد», «بازگرداندن برای اصلاح» and what a unit does: recorded first, with the outbox row that signals the letter's
 * workflow, then waited for a little. The record shows the outcome when the workflow has taken it
 * up; while the engine is away the answer is `recorded`.
 */
import { randomUUID } from 'node:crypto';
import type { FileStore } from '../../platform/files/file-store.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime, isDatabaseAway } from '../../platform/base/database.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { addDecision, findDecision, findReturn, findStandingDecision } from './decisions.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import { addFile, findFile, lockLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import {
  addUnitAction,
  findActionFileHash,
  findUnitAction,
  isReplyWaiting,
} from './unit-actions.sql.ts';
import type { UnitActionRow } from './unit-actions.sql.ts';
import { findUnit } from '../administration/units.sql.ts';
import type { InternalText, PublicText } from '../../platform/base/audience.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { DomainErrorCode } from '../../platform/base/errors.ts';
import type { ActOnLetter, DecideLetter, DecisionOutcome, Desk } from '../desk.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { actorOf, doerOf } from '../staff/actor-of.ts';
import { isSameFile, takeHeldFile } from '../../platform/files/held-uploads.ts';
import type { Deps } from '../../platform/deps.ts';
import { OWN_LETTER, ownLetterOf, tellOwnLetter } from './conflict-of-interest.ts';
import { OWN_REJECTION, isOwnRejection } from './own-rejection.ts';
import { DAMAGED, FILE_CLOSED } from './record-decision.ts';
import { waitFor } from '../../platform/base/wait-for.ts';
import type { StaffLetter } from './staff-letter.ts';
import { ensureOpen, ensureWhole, findLetterById, mayActOn, maySee } from './letter-access.ts';

/** Nothing of it differs: a repetition, not another decision. */
const isSame = (standing: DecisionRow, decision: DecideLetter['decision']): boolean =>
  standing.kind === decision.kind &&
  (decision.kind === 'approve'
    ? standing.unitId === (decision.unitId ?? null)
    : standing.reason === decision.reason);

/** What stands, by whom and since when: whoever comes second is told. */
export const alreadyDecided = ({
  kind,
  decidedBy,
  decidedAt,
}: Pick<DecisionRow, 'kind' | 'decidedBy' | 'decidedAt'>): DomainError =>
  new DomainError('already_decided', { kind, by: decidedBy, at: decidedAt.toISOString() });

/** What the sender may read of an action, and what staff alone may. */
const textsOf = (
  action: ActOnLetter['action'],
): { body: PublicText | null; internalNote: InternalText | null } => {
  if (action.kind === 'note' || action.kind === 'refer')
    return { body: null, internalNote: action.note };
  return { body: action.kind === 'close' ? action.reason : action.text, internalNote: null };
};

/** By what the workflow's activity wrote down. */
const REFUSALS: Record<string, DomainErrorCode> = {
  [OWN_LETTER]: 'own_letter',
  [OWN_REJECTION]: 'own_rejection',
  [DAMAGED]: 'damaged',
  [FILE_CLOSED]: 'file_waiting',
};

export const createDecideLetter = ({
  db,
  files,
  waitMs,
  wake,
  getStaffLetter,
  keys,
  undoSeconds = 0,
}: {
  db: Db;
  files: Pick<FileStore, 'remove'>;
  /** How long an answer waits for the outcome, in milliseconds. */
  waitMs: number;
  wake: () => void;
  getStaffLetter: (input: {
    staff: StaffMember;
    letterId: string;
    from?: string | undefined;
  }) => Promise<StaffLetter>;
  keys?: Deps['keys'];
  /** How long a member can take a decision back. */
  undoSeconds?: number;
}): Pick<Desk, 'decideLetter' | 'actOnLetter'> => {
  const seenBy = async (staff: StaffMember, letterId: string): Promise<void> => {
    const letter = await findLetterById(db, letterId);
    if (!letter || !maySee(staff, letter)) throw new DomainError('not_found');
  };

  const lock = async (tx: Tx, letterId: string): Promise<LetterRow> => {
    const letter = await lockLetter(tx, letterId);
    if (!letter) throw new DomainError('not_found');
    return letter;
  };

  const shown = async ({
    staff,
    letterId,
    from,
  }: Pick<DecideLetter, 'staff' | 'letterId' | 'from'>): Promise<StaffLetter> =>
    getStaffLetter({ staff, letterId, from });

  const ensureNotOwn = async (tx: Tx, letter: LetterRow, staff: StaffMember): Promise<void> => {
    // A key has no mobile number.
    if (staff.keyId !== undefined) return;
    if (await ownLetterOf(tx, letter, { staffId: staff.id })) throw new DomainError('own_letter');
  };

  /** What was tried is told, though nothing of it was kept. */
  const orTellOwn =
    ({ letterId, staff, from }: Pick<DecideLetter, 'letterId' | 'staff' | 'from'>, kind: string) =>
    async (error: unknown): Promise<never> => {
      if (error instanceof DomainError && error.code === 'own_letter')
        await tellOwnLetter(db, { letterId, staffId: staff.id, kind, from });
      throw error;
    };

  const ensureUnit = async (tx: Tx, unitId: string): Promise<void> => {
    const unit = await findUnit(tx, unitId);
    if (!unit || unit.retiredAt) throw new DomainError('unit_not_available');
  };

  /**
   * For what comes after the commit: what was recorded is never answered as not received, though
   * the database is away by now.
   */
  const orRecorded = (error: unknown): DecisionOutcome => {
    if (isDatabaseAway(error)) return { outcome: 'recorded' };
    throw error;
  };

  /** Another system decides at once: nobody sits there who could see a slip. */
  const windowOf = ({ keyId }: StaffMember): { undoSeconds?: number } =>
    keyId === undefined && undoSeconds > 0 ? { undoSeconds } : {};

  /** The request that was answered before, or whose answer was lost. */
  const isRepeatedDecision = async (
    tx: Tx,
    { letterId, staff, decision, decisionKey }: DecideLetter,
  ): Promise<boolean> => {
    const earlier = decisionKey === undefined ? undefined : await findDecision(tx, decisionKey);
    if (!earlier) return false;
    const isOwn = (earlier.keyId ?? earlier.staffId) === staff.id;
    if (earlier.letterId !== letterId || !isOwn || !isSame(earlier, decision))
      throw new DomainError('key_reused');
    return true;
  };

  /** Writes the decision and returns its id; that of the same decision by the same person again. */
  const writeDecision = ({
    letterId,
    staff,
    decision,
    decisionKey,
    round,
    from,
  }: DecideLetter): Promise<string> =>
    beginInTime(db, async (tx) => {
      const letter = await lock(tx, letterId);
      const id = decisionKey ?? randomUUID();
      if (await isRepeatedDecision(tx, { letterId, staff, decision, decisionKey })) return id;
      ensureWhole(letter);
      await ensureNotOwn(tx, letter, staff);
      const standing = await findStandingDecision(tx, letterId);
      const doer = doerOf(staff);
      const isOwn = standing?.staffId === doer.staffId && standing.keyId === doer.keyId;
      if (isOwn && isSame(standing, decision)) return standing.id;
      if (standing) throw alreadyDecided(standing);
      if (letter.status !== 'pending') throw new DomainError('not_open');
      if (await isOwnRejection(tx, letter, doer)) throw new DomainError('own_rejection');
      if (round !== undefined && round !== letter.round) {
        const earlier = await findReturn(tx, { letterId, round });
        throw earlier ? alreadyDecided(earlier) : new DomainError('not_open');
      }
      const unitId = decision.kind === 'approve' ? (decision.unitId ?? null) : null;
      if (unitId) await ensureUnit(tx, unitId);
      const file = await findFile(tx, { letterId });
      if (decision.kind === 'approve' && file) ensureOpen(file);
      const undo = windowOf(staff);
      await addDecision(tx, {
        id,
        letterId,
        kind: decision.kind,
        unitId,
        reason: decision.kind === 'approve' ? null : decision.reason,
        ...doer,
        decidedBy: staff.name,
        outcome: null,
        round: null,
        ...undo,
      });
      await addOutboxRow(tx, {
        letterId,
        kind: decision.kind,
        payload: { by: staff.username, decisionId: id, ...undo },
      });
      await addAuditEntry(tx, {
        letterId,
        actor: actorOf(staff),
        action: 'decided',
        details: { decisionId: id, kind: decision.kind },
        from,
      });
      return id;
    });

  const outcomeOf = async (
    decision: DecisionRow,
    input: DecideLetter,
  ): Promise<DecisionOutcome> => {
    const letter = await shown(input);
    if (decision.outcome === 'superseded') {
      const standing = await findStandingDecision(db, input.letterId);
      throw standing ? alreadyDecided(standing) : new DomainError('not_open');
    }
    if (decision.outcome === 'refused')
      throw new DomainError(REFUSALS[decision.refusal ?? ''] ?? 'unit_not_available');
    return { outcome: 'applied', letter };
  };

  const isSameAction = async (
    before: UnitActionRow,
    action: ActOnLetter['action'],
  ): Promise<boolean> => {
    const { body, internalNote } = textsOf(action);
    const isSame =
      before.kind === action.kind &&
      before.unitId === (action.kind === 'refer' ? action.unitId : null) &&
      before.body === body &&
      before.internalNote?.reveal() === internalNote?.reveal();
    if (!isSame || action.kind !== 'reply') return isSame;
    const { id, letterId } = before;
    const sha256 = await findActionFileHash(db, { letterId, unitActionId: id });
    const which = { holder: { staffId: before.staffId ?? '' }, formKey: id };
    return (
      keys !== undefined &&
      isSameFile({ keys }, db, { which, file: action.file, sha256: sha256 ?? null })
    );
  };

  /** False: an action with this id was written meanwhile. */
  const writeAction = async ({
    id,
    letterId,
    staff,
    action,
    from,
  }: Omit<ActOnLetter, 'actionKey'> & { id: string }): Promise<boolean> => {
    await seenBy(staff, letterId);
    if (staff.role !== 'unit' && staff.role !== 'admin') throw new DomainError('not_allowed');
    return beginInTime(db, async (tx) => {
      const letter = await lock(tx, letterId);
      if (!maySee(staff, letter)) throw new DomainError('not_found');
      if (!mayActOn(staff, letter)) throw new DomainError('not_open');
      ensureWhole(letter);
      await ensureNotOwn(tx, letter, staff);
      if (letter.status !== 'approved' || letter.step === 'closed')
        throw new DomainError('not_open');
      if (action.kind === 'close' && action.reason === null && letter.replies === 0) {
        if (!(await isReplyWaiting(tx, letterId))) throw new DomainError('closing_reason_missing');
      }
      if (action.kind === 'refer') {
        if (action.unitId === letter.unitId) throw new DomainError('unit_not_available');
        await ensureUnit(tx, action.unitId);
      }
      const added = await addUnitAction(tx, {
        id,
        letterId,
        kind: action.kind,
        unitId: action.kind === 'refer' ? action.unitId : null,
        ...textsOf(action),
        ...doerOf(staff),
        actedBy: staff.name,
        actingUnit: letter.unit,
        actingUnitId: letter.unitId,
      });
      if (!added) return false;
      if (action.kind === 'reply' && action.file) {
        const file =
          action.file === 'held'
            ? keys &&
              (await takeHeldFile({ keys }, tx, { holder: { staffId: staff.id }, formKey: id }))
            : action.file;
        if (!file) throw new DomainError('held_file_gone');
        await addFile(tx, { letterId, unitActionId: id, file });
      }
      await addOutboxRow(tx, {
        letterId,
        kind: 'unitAction',
        payload: { actionId: id, kind: action.kind },
      });
      await addAuditEntry(tx, {
        letterId,
        actor: actorOf(staff),
        action: 'acted',
        details: { actionId: id, kind: action.kind },
        from,
      });
      return true;
    });
  };

  const outcomeOfAction = async ({
    id,
    letterId,
    staff,
    from,
  }: Pick<ActOnLetter, 'letterId' | 'staff' | 'from'> & {
    id: string;
  }): Promise<DecisionOutcome> => {
    const acted = await waitFor(waitMs, async () => {
      const row = await findUnitAction(db, id);
      return row?.outcome ? row : undefined;
    });
    if (!acted) return { outcome: 'recorded' };
    if (acted.outcome === 'refused')
      throw new DomainError(REFUSALS[acted.refusal ?? ''] ?? 'not_open', { stored: 'yes' });
    // After a referral the letter may be out of this member's sight: the page goes to the queue.
    const letter = await findLetterById(db, letterId);
    return letter && maySee(staff, letter)
      ? { outcome: 'applied', letter: await shown({ staff, letterId, from }) }
      : { outcome: 'applied', letter: null };
  };

  return {
    async decideLetter(input) {
      const { staff, letterId } = input;
      await seenBy(staff, letterId);
      if (staff.role !== 'reviewer' && staff.role !== 'admin') throw new DomainError('not_allowed');
      const id = await writeDecision(input).catch(orTellOwn(input, input.decision.kind));
      wake();
      const outcome = async (): Promise<DecisionOutcome> => {
        const written = await findDecision(db, id);
        if (written?.outcome === null && written.undoSeconds !== null)
          return { outcome: 'undoable' };
        const decided = await waitFor(waitMs, async () => {
          const row = await findDecision(db, id);
          return row?.outcome ? row : undefined;
        });
        return decided ? outcomeOf(decided, input) : { outcome: 'recorded' };
      };
      return outcome().catch(orRecorded);
    },

    async actOnLetter({ letterId, staff, actionKey, action, from }) {
      const id = actionKey ?? randomUUID();
      const isRepeated = async (): Promise<boolean> => {
        const before = await findUnitAction(db, id);
        if (before === undefined) return false;
        const doer = before.keyId ?? before.staffId;
        if (before.letterId !== letterId || doer !== staff.id) throw new DomainError('not_allowed');
        if (!(await isSameAction(before, action))) throw new DomainError('key_reused');
        return true;
      };
      // Asked first: by the first time the letter may have been closed, or be out of sight.
      let repeated = await isRepeated();
      if (!repeated) {
        const written = await writeAction({ id, letterId, staff, action, from }).catch(
          orTellOwn({ letterId, staff, from }, action.kind),
        );
        if (!written) repeated = await isRepeated();
      }
      if (repeated && action.kind === 'reply' && action.file && action.file !== 'held')
        await files.remove(action.file.storageKey);
      wake();
      return outcomeOfAction({ id, letterId, staff, from }).catch(orRecorded);
    },
  };
};
