import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { lockLetter, moveLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { addAnnulment, findAnnulment, findLetterEntry } from '../register/register.sql.ts';
import type { ChainedEntry } from '../register/register.sql.ts';
import type { InternalText, PublicText } from '../../platform/base/audience.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { writeSms } from '../../platform/messages/write-sms.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { absentAdmins, actingName } from '../staff/substitution.ts';
import { auditingOwnLetter, ensureNotOwnLetter } from './conflict-of-interest.ts';
import { findVisibleLetter } from './letter-access.ts';

export interface AnnulLetter {
  staff: StaffMember;
  letterId: string;
  reason: PublicText;
  internalReason: InternalText | null;
  from?: string | undefined;
}

export interface Annulment extends Omit<AnnulLetter, 'staff'> {
  by: { actor: Actor; name: string };
}

export const annulLetter = async (deps: Deps, { staff, ...input }: AnnulLetter): Promise<void> => {
  const { letterId, from } = input;
  await findVisibleLetter(deps.db, { staff, letterId });
  if (staff.role !== 'admin' || staff.keyId !== undefined) throw new DomainError('not_allowed');
  const name = actingName(deps.config.ORG_LOCALE, staff, absentAdmins(staff));
  const by = { actor: actorOf(staff), name };
  const attempt = { letterId, staffId: staff.id, kind: 'annul', from };
  await auditingOwnLetter(deps.db, attempt, () =>
    recordAnnulment(deps, { ...input, by }, (tx, letter) => ensureNotOwnLetter(tx, letter, staff)),
  );
};

/**
 * The number stays in the register but is no longer valid, and all work on the letter ends. Does
 * not need the engine.
 * @throws DomainError not_found; not_open when it has no number or is annulled
 */
export const recordAnnulment = async (
  deps: Deps,
  annulment: Annulment,
  check: (tx: Tx, letter: LetterRow) => Promise<void> = () => Promise.resolve(),
): Promise<void> => {
  const { letterId, by, reason, internalReason, from } = annulment;
  await beginInTime(deps.db, async (tx) => {
    const letter = ensureRegistered(await lockLetter(tx, letterId));
    await check(tx, letter);
    const entry = await findLetterEntry(tx, letterId);
    if (!entry) throw new Error(`letter ${letterId} has no entry in the register`);
    // Annulled while the lock was waited for: `annulledAt` is of the moment before.
    const isFirst =
      letter.annulledAt === null &&
      (await addAnnulment(tx, { ...entry, reason, internalReason, by: by.name }));
    if (!isFirst) return ensureRepeated(tx, { letter, entry }, annulment);
    await moveLetter(tx, { id: letterId, unitId: letter.unitId, step: 'closed' });
    await addAuditEntry(tx, {
      letterId,
      actor: by.actor,
      action: 'annulled',
      details: {
        by: by.name,
        letterNumber: entry.number,
        text: reason,
        ...(internalReason && { note: internalReason }),
      },
      from,
    });
    await notifySender(deps, tx, { letter, number: entry.number, reason });
    await addOutboxRow(tx, { letterId, kind: 'annul', payload: {} });
  });
  deps.wake();
};

const ensureRegistered = (letter: LetterRow | undefined): LetterRow => {
  if (!letter) throw new DomainError('not_found');
  if (letter.status !== 'approved') throw new DomainError('not_open');
  return letter;
};

const ensureRepeated = async (
  tx: Tx,
  { letter, entry }: { letter: LetterRow; entry: ChainedEntry },
  { by, reason }: Annulment,
): Promise<void> => {
  const annulled = letter.erasedAt === null ? await findAnnulment(tx, entry) : undefined;
  if (annulled?.by !== by.name || annulled.reason !== reason) throw new DomainError('not_open');
};

const notifySender = async (
  { config }: Deps,
  tx: Tx,
  { letter, number, reason }: { letter: LetterRow; number: string; reason: PublicText },
): Promise<void> => {
  // Erased, or damaged: nobody is left to be notified.
  if (letter.mobile === '') return;
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'annulled',
    outcomeKey: 'annulment',
    recipient: letter.mobile,
    text: await writeSms({ config }, tx, 'annulled', { letterNumber: number, reason }),
    params: { letterNumber: number, reason },
  });
};
