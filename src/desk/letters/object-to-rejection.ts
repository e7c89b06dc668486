import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { lockLetter } from './letters.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { addObjection } from './objections.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { writeSms } from '../../platform/messages/write-sms.ts';
import { ensureWhole } from './letter-access.ts';

export interface ObjectToRejection {
  applicantId: string;
  letterId: string;
  text: string;
  from?: string | undefined;
}

/**
 * Allowed once: the letter is pending again in its next round, for somebody else to decide.
 * Repeating the same text changes nothing.
 * @throws DomainError not_open when it is not rejected, was objected to before, or the time is
 *   over; erased
 */
export const objectToRejection = async (deps: Deps, input: ObjectToRejection): Promise<void> => {
  await beginInTime(deps.db, (tx) => reopenLetter(deps, tx, input));
  deps.wake();
};

const reopenLetter = async (
  { config }: Deps,
  tx: Tx,
  { applicantId, letterId, text, from }: ObjectToRejection,
): Promise<void> => {
  const letter = await lockLetter(tx, letterId);
  if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
  ensureWhole(letter);
  // The same form again.
  if (letter.objection === text) return;
  if (letter.erasedAt !== null) throw new DomainError('erased');
  const round = await addObjection(tx, { id: letterId, text });
  if (round === undefined) throw new DomainError('not_open');
  await addLetterMessage(tx, {
    id: randomUUID(),
    letterId,
    kind: 'reopened',
    outcomeKey: `reopened-${round}`,
    recipient: letter.mobile,
    text: await writeSms({ config }, tx, 'reopened', {}),
    params: {},
  });
  await addAuditEntry(tx, {
    letterId,
    actor: { kind: 'applicant', id: applicantId },
    action: 'objected',
    details: { round, text },
    from,
  });
  await addOutboxRow(tx, { letterId, kind: 'objection', payload: { round } });
};
