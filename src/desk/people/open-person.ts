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
import { listMovesOf } from './moves.sql.ts';
import type { MoveRow } from './moves.sql.ts';
import { ensureMayHelp, numberFor } from './people-access.ts';
import { countSessionsOf, listMessagesOf, listNameCorrections } from './people.sql.ts';
import type { NameCorrection, SentMessageRow } from './people.sql.ts';

export interface Person {
  id: string;
  names: string[];
  /** Masked for who may not see it; '': erased. */
  mobile: string;
  letters: LetterSummary[];
  messages: SentMessageRow[];
  sessions: number;
  corrections: NameCorrection[];
  /** Newest first; the number of each is masked for who may not see it. */
  moves: MoveRow[];
  number: NumberState | null;
}

// By the clock, as a letter that is read: a form that comes back is no other opening.
const OPENED_AGAIN_MS = 15 * 60_000;
const MOST_MESSAGES = 50;
const MOST_CORRECTIONS = 20;
const MOST_MOVES = 20;

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
    dedupKey: `${id}:opened:${staff.id}:${Math.floor(Date.now() / OPENED_AGAIN_MS)}`,
    from,
  });
  const { sessionIdleMinutes: idleMinutes } = config.limits;
  const [rows, messages, sessions, corrections, moves, number] = await Promise.all([
    listApplicantLetters(db, { applicantId: id }),
    listMessagesOf(db, { applicantId: id, limit: MOST_MESSAGES }),
    countSessionsOf(db, { applicantId: id, idleMinutes }),
    listNameCorrections(db, { applicantId: id, limit: MOST_CORRECTIONS }),
    listMovesOf(db, { applicantId: id, limit: MOST_MOVES }),
    mobile === '' ? null : readNumberState(deps, mobile),
  ]);
  const letters = rows.filter((letter) => maySee(staff, letter)).map(summaryOf);
  const names = [...new Set(letters.map(({ senderName }) => senderName))].filter(Boolean);
  const shown = {
    letters,
    messages,
    sessions,
    corrections,
    number,
    moves: moves.map((move) => ({ ...move, toMobile: numberFor(staff, move.toMobile) })),
  };
  return { id, names, mobile: numberFor(staff, mobile), ...shown };
};
