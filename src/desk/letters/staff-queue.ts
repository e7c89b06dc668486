import { gregorianDayOf } from '../../platform/base/jalali-day.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
import { parseMobile } from '../../platform/base/mobile.ts';
import { foldText } from '../../platform/base/text.ts';
import type { Db } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { findApplicantId } from '../applicants/sign-in.sql.ts';
import { readLetterNumber } from '../register/letter-number.ts';
import { parseTrackingCode } from '../register/tracking-code.ts';
import { deciderOf } from '../staff/actor-of.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { listDue } from './deadlines.ts';
import { maySee } from './letter-access.ts';
import { summarizeWithDeadlines } from './letter-summary.ts';
import type { LetterSummary } from './letter-summary.ts';
import { listLettersById } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { listRejectedBy } from './objections.sql.ts';
import {
  countQueue,
  countQueues,
  listNumbered,
  listQueue,
  listToSearch,
} from './letter-queues.sql.ts';
import type { LetterHistory, QueueScope } from './letter-queues.sql.ts';
import { listReadersOf } from './presence.sql.ts';

const PAGE_SIZE = 50;
const MAX_NUMBERED = 500;
const HIDDEN_FROM_UNITS: readonly QueueFilter[] = ['pending', 'returned', 'rejected', 'withdrawn'];

export interface QueueQuery {
  filter: QueueFilter;
  /**
   * As typed: a letter number, tracking code, submission number, whole mobile number, or words of
   * subject or sender. Searches letters of every state, whatever `filter` says.
   */
  search?: string | undefined;
  unitId?: string | undefined;
  order?: QueueOrder | undefined;
  overdue?: boolean | undefined;
  history?: LetterHistory | undefined;
  claim?: 'mine' | 'nobody' | undefined;
  /** Jalali days as typed, inclusive; invalid ones are ignored. */
  since?: string | undefined;
  until?: string | undefined;
  page?: number | undefined;
}

export interface StaffQueue {
  letters: LetterSummary[];
  found: number;
  page: number;
  pages: number;
  /** False: only the newest `searchLetters` letters were searched for words. */
  whole: boolean;
  counts: {
    pending: number;
    returned: number;
    with_unit: number;
    answered: number;
    closed: number;
    rejected: number;
    withdrawn: number;
    referred: number;
    consulted: number;
  };
}

export type QueueFilter = keyof StaffQueue['counts'];

export type QueueOrder = 'oldest' | 'newest' | 'due';

type QueuePage = Omit<StaffQueue, 'counts'>;

export const getStaffQueue = async (
  deps: Deps,
  { staff, search = '', since, until, claim, ...query }: QueueQuery & { staff: StaffMember },
): Promise<StaffQueue> => {
  const counts = await countQueuesFor(deps.db, staff);
  const scope = scopeOf(deps, staff, { since, until, claim, ...query });
  const page =
    foldText(search) === ''
      ? await readQueue(deps, staff, { ...scope, ...query })
      : await searchLetters(deps, staff, { ...scope, ...query, orReferred: true, search });
  return { ...page, counts };
};

export const isHiddenFrom = (staff: StaffMember, queue: QueueFilter): boolean =>
  isOfUnit(staff) && HIDDEN_FROM_UNITS.includes(queue);

export const countQueuesFor = async (db: Db, staff: StaffMember): Promise<StaffQueue['counts']> => {
  const counts = await countQueues(db, isOfUnit(staff) ? { unitIds: staff.unitIds } : {});
  if (isOfUnit(staff)) for (const queue of HIDDEN_FROM_UNITS) counts[queue] = 0;
  return counts;
};

export const scopeOf = (
  { config }: Pick<Deps, 'config'>,
  staff: StaffMember,
  {
    unitId,
    history,
    claim,
    since,
    until,
  }: Partial<Pick<QueueQuery, 'unitId' | 'history' | 'claim' | 'since' | 'until'>>,
): QueueScope => ({
  ...(isOfUnit(staff) && { unitIds: staff.unitIds }),
  ...(unitId !== undefined && { unitId }),
  ...(history && { history }),
  claim: claim && { by: claim, staffId: staff.id },
  submitted: {
    since: gregorianDayOf(since ?? ''),
    until: gregorianDayOf(until ?? ''),
    timeZone: config.ORG_TIME_ZONE,
  },
});

const readQueue = async (
  deps: Deps,
  staff: StaffMember,
  {
    filter,
    order,
    overdue = false,
    page,
    ...scope
  }: Omit<QueueQuery, 'search' | 'since' | 'until' | 'claim'> & QueueScope,
): Promise<QueuePage> => {
  const { db } = deps;
  const isHidden = isHiddenFrom(staff, filter);
  const due = await listDueIds(deps, { filter, order, overdue, ...scope });
  const found = isHidden ? 0 : (due?.length ?? (await countQueue(db, { queue: filter, ...scope })));
  const place = placeOf(found, page);
  const read = (): Promise<LetterRow[]> =>
    due
      ? listLettersById(db, due.slice(place.offset, place.offset + PAGE_SIZE))
      : listQueue(db, {
          queue: filter,
          order: order === 'due' ? undefined : order,
          limit: PAGE_SIZE,
          offset: place.offset,
          ...scope,
        });
  const letters = await summarizeForStaff(deps, staff, found === 0 ? [] : await read());
  return { letters, found, page: place.page, pages: place.pages, whole: true };
};

const listDueIds = async (
  deps: Deps,
  {
    filter,
    order,
    overdue,
    ...scope
  }: { filter: QueueFilter; order: QueueOrder | undefined; overdue: boolean } & QueueScope,
): Promise<string[] | undefined> => {
  if (!overdue && order !== 'due') return undefined;
  if (filter !== 'pending' && filter !== 'with_unit') return undefined;
  const due = await listDue(deps, { queue: filter, overdue, ...scope });
  return order === 'newest' ? due.toReversed() : due;
};

/** Sealed texts have to be opened to be searched, so only the newest letters are. */
const searchLetters = async (
  deps: Deps,
  staff: StaffMember,
  {
    search,
    order = 'newest',
    page,
    unitId,
    unitIds,
    orReferred,
    history,
    submitted,
  }: Omit<QueueQuery, 'claim'> & QueueScope & { search: string },
): Promise<QueuePage> => {
  const scope = { unitId, unitIds, orReferred, history, submitted };
  const limit = deps.config.limits.searchLetters;
  const numbered = await findNumbered(deps, search, scope);
  const isNumber = numbered.length > 0;
  const rows = isNumber
    ? numbered
    : await listToSearch(deps.db, { limit, registered: isOfUnit(staff), ...scope });
  const words = foldText(search).split(' ');
  const found = rows
    .filter((row) => maySee(staff, row))
    .filter((row) => {
      const text = foldText(`${row.subject} ${row.senderName}`);
      return isNumber || words.every((word) => text.includes(word));
    });
  if (order === 'oldest') found.reverse();
  const place = placeOf(found.length, page);
  const shown = found.slice(place.offset, place.offset + PAGE_SIZE);
  return {
    letters: await summarizeForStaff(deps, staff, shown),
    found: found.length,
    page: place.page,
    pages: place.pages,
    whole: isNumber || rows.length < limit,
  };
};

const findNumbered = async (
  { db }: Deps,
  search: string,
  scope: QueueScope,
): Promise<LetterRow[]> => {
  const mobile = parseMobile(search);
  const codes = {
    trackingCode: parseTrackingCode(search),
    submissionNumber: submissionNumberIn(search),
    applicantId: mobile && (await findApplicantId(db, mobile)),
    limit: MAX_NUMBERED,
  };
  const [likeliest, ...others] = readLetterNumber(search);
  for (const letterNumber of [likeliest, ...others]) {
    const found = await listNumbered(db, { letterNumber, ...codes, ...scope });
    if (found.length > 0) return found;
  }
  return [];
};

const submissionNumberIn = (search: string): string | undefined =>
  /^[0-9a-f]{8}-[0-9a-f]{4}$/.exec(toLatinDigits(search).trim().toLowerCase())?.[0];

const placeOf = (found: number, asked = 1): { page: number; pages: number; offset: number } => {
  const pages = Math.max(1, Math.ceil(found / PAGE_SIZE));
  const page = Math.min(asked, pages);
  return { page, pages, offset: (page - 1) * PAGE_SIZE };
};

/** A sender learns of a decision when it is applied, so only staff see an open one. */
const summarizeForStaff = async (
  deps: Deps,
  staff: StaffMember,
  rows: LetterRow[],
): Promise<LetterSummary[]> => {
  const objected = rows.filter(({ objectedAt, status }) => objectedAt && status === 'pending');
  const ids = objected.map(({ id }) => id);
  const [summaries, own, readers] = await Promise.all([
    summarizeWithDeadlines(deps, rows),
    listRejectedBy(deps.db, ids, deciderOf(staff)),
    listReadersOf(deps.db, {
      letterIds: rows.map(({ id }) => id),
      staffId: staff.id,
      seconds: deps.config.limits.presenceSeconds,
    }),
  ]);
  const namesOf = (letterId: string): string[] =>
    readers.filter((reader) => reader.letterId === letterId).map(({ name }) => name);
  return summaries.map((summary, index) => ({
    ...summary,
    readers: namesOf(summary.id),
    ...(rows[index]?.hasOpenDecision && { hasOpenDecision: true }),
    ...(own.includes(summary.id) && { isOwnRejection: true }),
  }));
};
