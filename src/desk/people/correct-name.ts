import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { InternalText } from '../../platform/base/audience.ts';
import { beginInTime } from '../../platform/base/database.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { ensureNotOwnLetter } from '../letters/conflict-of-interest.ts';
import { lockLetter } from '../letters/letters.sql.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { ensureMayChange } from './people-access.ts';
import { listLetterIds, setSenderName } from './people.sql.ts';

export interface CorrectName {
  staff: StaffMember;
  personId: string;
  nameBefore: string;
  name: string;
  reason: InternalText;
  from?: string | undefined;
}

/** @returns how many letters had the name: 0 when a colleague was first */
export const correctName = async (
  { db }: Deps,
  { staff, personId, nameBefore, name, reason, from }: CorrectName,
): Promise<{ letters: number }> => {
  ensureMayChange(staff);
  if (!isUuid(personId)) return { letters: 0 };
  return beginInTime(db, async (tx) => {
    let letters = 0;
    for (const letterId of await listLetterIds(tx, { applicantId: personId })) {
      const letter = await lockLetter(tx, letterId);
      const isMeant =
        letter?.applicantId === personId &&
        letter.erasedAt === null &&
        letter.senderName === nameBefore;
      if (!isMeant) continue;
      await ensureNotOwnLetter(tx, letter, staff);
      await setSenderName(tx, { letterId, name });
      await addAuditEntry(tx, {
        letterId,
        actor: actorOf(staff),
        action: 'name_corrected',
        details: { nameBefore, name, note: reason },
        from,
      });
      letters += 1;
    }
    return { letters };
  });
};
