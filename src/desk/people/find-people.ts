import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { maskMobile, parseMobile } from '../../platform/base/mobile.ts';
import { foldText } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import { findApplicantId } from '../applicants/sign-in.sql.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { readNumberState } from './number-state.ts';
import type { NumberState } from './number-state.ts';
import { listOpenMoves } from './moves.sql.ts';
import { ensureMayHelp } from './people-access.ts';
import { listSenders } from './people.sql.ts';
import type { SenderRow } from './people.sql.ts';

export interface FoundPerson {
  id: string;
  names: string[];
  maskedMobile: string;
  letters: number;
  lastLetterAt: Date | null;
}

export interface FoundPeople {
  people: FoundPerson[];
  /** False: more people bear the name. */
  whole: boolean;
  /** Of a number that never signed in. */
  number?: NumberState;
  /** Moves to another number that wait for a second member. */
  openMoves: Awaited<ReturnType<typeof listOpenMoves>>;
}

type Found = Omit<FoundPeople, 'openMoves'>;

const MOST_LETTERS = 300;
const MOST_MOVES = 50;

/** The search is audited too, before anything is shown. */
export const findPeople = async (
  deps: Deps,
  { staff, search, from }: { staff: StaffMember; search: string; from?: string | undefined },
): Promise<FoundPeople> => {
  ensureMayHelp(staff);
  if (!/[\p{L}\p{N}]/u.test(foldText(search)))
    return { people: [], whole: true, openMoves: await listOpenMoves(deps.db, MOST_MOVES) };
  const mobile = parseMobile(search);
  const found = await (mobile === undefined ? findNamed(deps, search) : findNumbered(deps, mobile));
  const { people } = found;
  const [person] = people;
  const what =
    mobile === undefined
      ? { kind: 'name', applicants: people.length }
      : { kind: 'number', ...(person && { applicantId: person.id }) };
  await addAuditEntry(deps.db, {
    actor: actorOf(staff),
    action: 'people_searched',
    details: what,
    from,
  });
  return { ...found, openMoves: [] };
};

const findNamed = async ({ db }: Deps, name: string): Promise<Found> => {
  const rows = await listSenders(db, { name, limit: MOST_LETTERS });
  return { people: peopleOf(rows), whole: rows.length < MOST_LETTERS };
};

const findNumbered = async (deps: Deps, mobile: string): Promise<Found> => {
  const applicantId = await findApplicantId(deps.db, mobile);
  if (applicantId === undefined)
    return { people: [], whole: true, number: await readNumberState(deps, mobile) };
  const rows = await listSenders(deps.db, { applicantId, limit: MOST_LETTERS });
  const [person] = peopleOf(rows);
  const noLetters = { names: [], letters: 0, lastLetterAt: null };
  const maskedMobile = maskMobile(mobile);
  return { people: [person ?? { id: applicantId, maskedMobile, ...noLetters }], whole: true };
};

const peopleOf = (rows: SenderRow[]): FoundPerson[] => {
  const people = new Map<string, FoundPerson>();
  for (const { applicantId: id, mobile, senderName, submittedAt, letters } of rows) {
    const known = people.get(id) ?? {
      id,
      names: [],
      letters,
      lastLetterAt: submittedAt,
      maskedMobile: maskMobile(mobile),
    };
    if (senderName !== '' && !known.names.includes(senderName)) known.names.push(senderName);
    people.set(id, known);
  }
  return [...people.values()];
};
