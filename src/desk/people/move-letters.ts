import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { InternalText } from '../../platform/base/audience.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { addLetterMessage, readdressUnsent } from '../../platform/messages/messages.sql.ts';
import { writeSms } from '../../platform/messages/write-sms.ts';
import { ensureApplicant } from '../applicants/sign-in.sql.ts';
import { ownLetterOf } from '../letters/conflict-of-interest.ts';
import { ensureWhole } from '../letters/letter-access.ts';
import { lockLetter } from '../letters/letters.sql.ts';
import type { LetterRow } from '../letters/letters.sql.ts';
import { addOutboxRow } from '../letters/outbox.sql.ts';
import { actorOf } from '../staff/actor-of.ts';
import { endSessionsOf } from '../staff/sessions.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import {
  addMove,
  endMove,
  findObstacle,
  giveLetter,
  listLettersToMove,
  lockNumberOf,
} from './moves.sql.ts';
import type { MoveObstacle, MoveOutcome } from './moves.sql.ts';
import { ensureMayChange, ensureMayMove } from './people-access.ts';
import { listLetterIds } from './people.sql.ts';

export interface ProposeMove {
  staff: StaffMember;
  personId: string;
  /** E.164 */
  mobile: string;
  reason: InternalText;
  from?: string | undefined;
}

export interface EndMove {
  staff: StaffMember;
  personId: string;
  moveId: string;
  outcome: MoveOutcome;
  from?: string | undefined;
}

export const proposeMove = async (
  { db }: Deps,
  { staff, personId, mobile, reason, from }: ProposeMove,
): Promise<{ outcome: 'proposed' | 'same_number' | 'open' }> => {
  ensureMayMove(staff);
  return beginInTime(db, async (tx) => {
    const mobileBefore = await lockNumberOf(tx, personId);
    if (mobileBefore === '') throw new DomainError('not_found');
    const toApplicantId = await ensureApplicant(tx, { id: randomUUID(), mobile });
    if (toApplicantId === personId) return { outcome: 'same_number' };
    await ensureNobodysOwn(tx, staff, [mobile, mobileBefore]);
    const move = { id: randomUUID(), applicantId: personId, toApplicantId, proposedBy: staff.id };
    if (!(await addMove(tx, move))) return { outcome: 'open' };
    let unerased = 0;
    for (const letterId of await listLetterIds(tx, { applicantId: personId })) {
      const letter = await lockLetter(tx, letterId);
      if (letter?.applicantId !== personId) continue;
      ensureWhole(letter);
      if (letter.erasedAt === null) unerased += 1;
      await addAuditEntry(tx, {
        letterId,
        actor: actorOf(staff),
        action: 'move_proposed',
        details: { id: move.id, applicantId: toApplicantId, note: reason },
        from,
      });
    }
    // Of nothing there is nothing to move; the proposal goes with the transaction.
    if (unerased === 0) throw new DomainError('not_open');
    return { outcome: 'proposed' };
  });
};

/** `late`: it had ended, or may not be ended so by this member. */
export const decideMove = async (
  deps: Deps,
  { staff, personId, moveId, outcome, from }: EndMove,
): Promise<'ended' | 'late' | MoveObstacle> => {
  if (outcome === 'moved') ensureMayMove(staff);
  else ensureMayChange(staff);
  if (!isUuid(moveId)) return 'late';
  const result = await beginInTime(deps.db, async (tx) => {
    const approval = { id: moveId, staffId: staff.id };
    const obstacle = outcome === 'moved' ? await findObstacle(tx, approval) : null;
    if (obstacle) return obstacle;
    const end = { id: moveId, applicantId: personId, staffId: staff.id, outcome };
    const move = await endMove(tx, end);
    if (!move) return 'late';
    const { toApplicantId } = move;
    const numbers = {
      old: await lockNumberOf(tx, personId),
      new: await lockNumberOf(tx, toApplicantId),
    };
    if (outcome === 'moved') await ensureNobodysOwn(tx, staff, [numbers.old, numbers.new]);
    const letters: LetterRow[] = [];
    for (const letterId of await listLettersToMove(tx, { moveId, applicantId: personId })) {
      const letter = await lockLetter(tx, letterId);
      const isTheirs = letter?.applicantId === personId;
      const given = { letterId, from: personId, to: toApplicantId };
      if (!isTheirs || (outcome === 'moved' && !(await giveLetter(tx, given)))) continue;
      letters.push(letter);
      await addAuditEntry(tx, {
        letterId,
        actor: actorOf(staff),
        action: ACTIONS[outcome],
        details: { id: moveId, applicantId: toApplicantId },
        from,
      });
    }
    if (outcome === 'moved') {
      if (numbers.new === '') throw new DomainError('not_open');
      const readable = letters.filter(({ erasedAt, damaged }) => erasedAt === null && !damaged);
      for (const { id } of readable)
        await readdressUnsent(tx, { letterId: id, recipient: numbers.new });
      await endSessions(tx, { staff, applicantId: personId, from });
      await notifyOldNumber(deps, tx, { moveId, letter: readable[0], mobile: numbers.old });
    }
    return 'ended';
  });
  if (result === 'ended' && outcome === 'moved') deps.wake();
  return result;
};

const ACTIONS = {
  moved: 'letter_moved',
  refused: 'move_refused',
  withdrawn: 'move_withdrawn',
} as const satisfies Record<MoveOutcome, string>;

const ensureNobodysOwn = async (
  tx: Tx,
  { id, actsFor = [] }: StaffMember,
  mobiles: string[],
): Promise<void> => {
  const staffIds = [id, ...actsFor.map((absent) => absent.id)];
  for (const mobile of mobiles)
    if (await ownLetterOf(tx, { mobile }, { staffIds })) throw new DomainError('own_letter');
};

const endSessions = async (
  tx: Tx,
  {
    staff,
    applicantId,
    from,
  }: { staff: StaffMember; applicantId: string; from: string | undefined },
): Promise<void> => {
  const sessions = await endSessionsOf(tx, { owner: { applicantId } });
  if (sessions === 0) return;
  await addAuditEntry(tx, {
    actor: actorOf(staff),
    action: 'sessions_ended',
    details: { applicantId, sessions },
    from,
  });
};

// Sent by the process of one of the letters, however long the gateway is away.
const notifyOldNumber = async (
  deps: Deps,
  tx: Tx,
  { moveId, letter, mobile }: { moveId: string; letter: LetterRow | undefined; mobile: string },
): Promise<void> => {
  if (!letter || mobile === '') return;
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'moved',
    outcomeKey: `moved:${moveId}`,
    recipient: mobile,
    text: await writeSms(deps, tx, 'moved', {}),
    params: {},
  });
  await addOutboxRow(tx, { letterId: letter.id, kind: 'retry', payload: {} });
};
