import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { findApplicantRow } from '../applicants/sign-in.sql.ts';
import { maySee } from '../letters/letter-access.ts';
import { summaryOf } from '../letters/letter-summary.ts';
import type { LetterSummary } from '../letters/letter-summary.ts';
import { listApplicantLetters } from '../letters/letters.sql.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { readNumberState } from './number-state.ts';
import type { NumberState } from './number-state.ts';
import { ensureMayHelp, numberFor } from './people-access.ts';
import { countSessionsOf, listMessagesOf } from './people.sql.ts';
import type { SentMessageRow } from './people.sql.ts';

export interface Person {
  id: string;
  names: string[];
  /** Masked for who may not see it; '': erased. */
  mobile: string;
  letters: LetterSummary[];
  messages: SentMessageRow[];
  sessions: number;
  number: NumberState | null;
}

const MOST_MESSAGES = 50;

export const openPerson = async (
  deps: Deps,
  { staff, personId, from }: { staff: StaffMember; personId: string; from?: string | undefined },
): Promise<Person> => {
  const { db, config } = deps;
  ensureMayHelp(staff);
  const row = isUuid(personId) ? await findApplicantRow(db, personId) : undefined;
  if (!row) throw new DomainError('not_found');
  const { id, mobile } = row;
  // Before anything is shown, so that nobody looks unseen.
  await addAuditEntry(db, {
    actor: actorOf(staff),
    action: 'person_opened',
    details: { applicantId: id },
    from,
  });
  const { sessionIdleMinutes: idleMinutes } = config.limits;
  const [rows, messages, sessions, number] = await Promise.all([
    listApplicantLetters(db, { applicantId: id }),
    listMessagesOf(db, { applicantId: id, mobile, limit: MOST_MESSAGES }),
    countSessionsOf(db, { applicantId: id, idleMinutes }),
    mobile === '' ? null : readNumberState(deps, mobile),
  ]);
  const letters = rows.filter((letter) => maySee(staff, letter)).map(summaryOf);
  const names = [...new Set(letters.map(({ senderName }) => senderName))].filter(Boolean);
  return { id, names, mobile: numberFor(staff, mobile), letters, messages, sessions, number };
};
