/**
 * «ابطال شماره»: the number stays in the register and is not valid any more. Done in one transaction,
 * whether the engine is there or not; it ends all work on the letter.
 */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { lockLetter, moveLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { addAnnulment, findAnnulment, findLetterEntry } from '../register/register.sql.ts';
import type { ChainedEntry } from '../register/register.sql.ts';
import type { InternalText, PublicText } from '../../platform/base/audience.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { annulledSms } from '../../platform/messages/sms-texts.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { Desk } from '../desk.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { ownLetterOf, tellOwnLetter } from './conflict-of-interest.ts';
import type { RecordSettings } from './record-decision.ts';
import { findLetterById, maySee } from './letter-access.ts';

interface Deps {
  db: Db;
  wake: () => void;
  settings: Pick<RecordSettings, 'locale' | 'orgName' | 'smsMaxParts'>;
}

interface Annulment {
  letterId: string;
  by: { actor: Actor; name: string };
  reason: PublicText;
  /** For staff alone; null: nothing is added. */
  internalReason: InternalText | null;
  from?: string | undefined;
}

const ensureRegistered = (letter: LetterRow | undefined): LetterRow => {
  if (!letter) throw new DomainError('not_found');
  if (letter.status !== 'approved') throw new DomainError('not_open');
  return letter;
};

/** The same form again, as by a second click. @throws DomainError not_open when it is another */
const ensureRepeated = async (
  tx: Tx,
  { letter, entry }: { letter: LetterRow; entry: ChainedEntry },
  { by, reason }: Annulment,
): Promise<void> => {
  const annulled = letter.erasedAt === null ? await findAnnulment(tx, entry) : undefined;
  if (annulled?.by !== by.name || annulled.reason !== reason) throw new DomainError('not_open');
};

/** @throws DomainError not_found; not_open when it has no number, or is annulled */
export const annulLetter = async (
  { db, wake, settings }: Deps,
  annulment: Annulment,
  check: (tx: Tx, letter: LetterRow) => Promise<void> = () => Promise.resolve(),
): Promise<void> => {
  const { letterId, by, reason, internalReason, from } = annulment;
  await beginInTime(db, async (tx) => {
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
    await notifySender(tx, letter, { number: entry.number, reason, settings });
    await addOutboxRow(tx, { letterId, kind: 'annul', payload: {} });
  });
  wake();
};

const notifySender = async (
  tx: Tx,
  letter: LetterRow,
  { number, reason, settings }: { number: string; reason: PublicText; settings: Deps['settings'] },
): Promise<void> => {
  // Erased, or damaged: nobody is left to be told.
  if (letter.mobile === '') return;
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId: letter.id,
    kind: 'annulled',
    outcomeKey: 'annulment',
    recipient: letter.mobile,
    text: annulledSms(settings.locale, {
      org: settings.orgName,
      letterNumber: number,
      reason,
      maxParts: settings.smsMaxParts,
    }),
    params: { letterNumber: number, reason },
  });
};

/** By an administrator at the desk. */
export const createAnnulLetter =
  (deps: Deps): Desk['annulLetter'] =>
  async ({ staff, letterId, reason, internalReason, from }) => {
    const seen = await findLetterById(deps.db, letterId);
    if (!seen || !maySee(staff, seen)) throw new DomainError('not_found');
    if (staff.role !== 'admin' || staff.keyId !== undefined) throw new DomainError('not_allowed');
    const by = { actor: actorOf(staff), name: staff.name };
    const ensureNotOwn = async (tx: Tx, letter: LetterRow): Promise<void> => {
      if (await ownLetterOf(tx, letter, { staffId: staff.id })) throw new DomainError('own_letter');
    };
    try {
      await annulLetter(deps, { letterId, by, reason, internalReason, from }, ensureNotOwn);
    } catch (error) {
      await noteOwn(deps.db, { error, staff, letterId, from });
      throw error;
    }
  };

const noteOwn = async (
  db: Db,
  {
    error,
    staff,
    letterId,
    from,
  }: { error: unknown; staff: StaffMember; letterId: string; from: string | undefined },
): Promise<void> => {
  if (error instanceof DomainError && error.code === 'own_letter')
    await tellOwnLetter(db, { letterId, staffId: staff.id, kind: 'annul', from });
};
