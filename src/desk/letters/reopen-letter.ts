import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { publicText } from '../../platform/base/audience.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { transactionTime } from './decisions.sql.ts';
import { ensureWhole } from './letter-access.ts';
import { lockLetter } from './letters.sql.ts';
import { addSenderAction, awaitSenderAction } from './sender-actions.ts';
import type { SenderOutcome } from './sender-actions.ts';
import { findUnitAction, isActionWaiting } from './unit-actions.sql.ts';

export interface ReopenLetter {
  applicantId: string;
  letterId: string;
  text: string;
  formKey: string;
  from?: string | undefined;
}

/**
 * Keeps the number; the deadline starts anew.
 * @throws DomainError not_open when it is with its unit, annulled, or the time is over; erased;
 *   key_reused
 */
export const reopenLetter = async (deps: Deps, input: ReopenLetter): Promise<SenderOutcome> => {
  await beginInTime(deps.db, (tx) => addReopening(tx, input));
  deps.wake();
  return awaitSenderAction(deps, input.formKey);
};

const addReopening = async (tx: Tx, input: ReopenLetter): Promise<void> => {
  const { applicantId, letterId, text, formKey: id, from } = input;
  const letter = await lockLetter(tx, letterId);
  if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
  ensureWhole(letter);
  const before = await findUnitAction(tx, id);
  if (before) {
    const isSame = before.letterId === letterId && before.kind === 'reopen' && before.body === text;
    if (!isSame) throw new DomainError('key_reused');
    return;
  }
  if (letter.erasedAt !== null) throw new DomainError('erased');
  const { reopenUntil, annulledAt } = letter;
  const isInTime = reopenUntil !== null && reopenUntil > (await transactionTime(tx));
  const isWaiting = await isActionWaiting(tx, { letterId, kinds: ['reopen', 'refer'] });
  if (!isInTime || annulledAt !== null || isWaiting) throw new DomainError('not_open');
  await addSenderAction(tx, letter, { id, kind: 'reopen', body: publicText(text) });
  await addAuditEntry(tx, {
    letterId,
    actor: { kind: 'applicant', id: applicantId },
    action: 'acted',
    details: { actionId: id, kind: 'reopen' },
    from,
  });
};
