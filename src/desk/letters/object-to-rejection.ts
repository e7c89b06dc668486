/**
 * «اعتراض»: the sender of a rejected letter asks once to have it decided by somebody else. Accepted in
 * the record, with the letter pending again in its next round; the workflow is told.
 */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { lockLetter } from './letters.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { addObjection } from './objections.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { reopenedSms } from '../../platform/messages/sms-texts.ts';
import type { Desk } from '../desk.ts';
import type { RecordSettings } from './record-decision.ts';
import { ensureWhole } from './letter-access.ts';

interface Deps {
  db: Db;
  wake: () => void;
  settings: Pick<RecordSettings, 'locale' | 'orgName' | 'origin'>;
}

export const createObjectToRejection =
  ({ db, wake, settings }: Deps): Desk['objectToRejection'] =>
  async ({ applicantId, letterId, text, from }) => {
    await beginInTime(db, async (tx) => {
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
        text: reopenedSms(settings.locale, { org: settings.orgName, origin: settings.origin }),
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
    });
    wake();
  };
