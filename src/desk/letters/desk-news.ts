/** What changes at the desk while a member has a queue open: only what they may read. */
import type { Deps } from '../../platform/deps.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import { newestAuditEntry } from '../../platform/audit/audit.sql.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findStaff } from '../staff/staff-sessions.ts';
import { listArrivals, listStillIn, listWithin } from './letter-queues.sql.ts';
import { createLiveFeeds } from './live-feed.ts';
import type { LiveFeed, LiveFeeds, Watcher } from './live-feed.ts';
import { listReaders } from './presence.sql.ts';
import type { OpenReader } from './presence.sql.ts';
import { countQueuesFor, isHiddenFrom, scopeOf } from './staff-queue.ts';
import type { QueueQuery, StaffQueue } from './staff-queue.ts';

/** Also what is written between two looks, or by a clock that is a little behind. */
const OVERLAP_MS = 5_000;
const MEMBERS_EVERY_MS = 5_000;
const LONGEST_BACK_MS = 60 * 60_000;
const MAX_ARRIVED = 100;

export interface DeskNews {
  /** Milliseconds since 1970. */
  at: number;
  counts: StaffQueue['counts'];
  /** Letters that came into the open queue since the page was made. */
  arrived: string[];
  /** By letter, the colleagues who have it open. */
  readers: Record<string, string[]>;
}

interface OpenDesk {
  session: string;
  owner: string;
  sessionToken: string;
  staff: StaffMember;
  query: QueueQuery;
  since: number;
  arrived: Set<string>;
  sent: string;
}

type DeskWatcher = Watcher<OpenDesk, DeskNews>;

export const openDeskFeed = (
  feeds: LiveFeeds<OpenDesk, DeskNews>,
  {
    sessionToken,
    since,
    ...given
  }: { staff: StaffMember; sessionToken: string; query: QueueQuery; since: number },
): LiveFeed<DeskNews> =>
  feeds.open({
    ...given,
    sessionToken,
    session: hashToken(sessionToken).toString('hex'),
    owner: given.staff.id,
    since: Math.max(since, Date.now() - LONGEST_BACK_MS),
    arrived: new Set(),
    sent: '',
  });

export const createDeskFeeds = (deps: Deps): LiveFeeds<OpenDesk, DeskNews> => {
  let membersReadAt = 0;
  let known = '';
  return createLiveFeeds<OpenDesk, DeskNews>(deps, async (watchers) => {
    const at = Date.now();
    const isTurn = at - membersReadAt >= MEMBERS_EVERY_MS;
    if (isTurn) {
      membersReadAt = at;
      await readMembers(deps, watchers);
    }
    const seconds = deps.config.limits.presenceSeconds;
    const readers = await listReaders(deps.db, seconds);
    const newest = JSON.stringify([await newestAuditEntry(deps.db), readers]);
    const isSame = newest === known && !isTurn;
    known = newest;
    const asked = isSame ? watchers.filter(({ given }) => given.sent === '') : watchers;
    await sendNews(deps, asked, { at, readers });
  });
};

/** A member may have left, or have got another role, other units or somebody to stand in for. */
const readMembers = async (deps: Deps, watchers: DeskWatcher[]): Promise<void> => {
  const once = shareAnswers();
  for (const { given, send } of watchers) {
    const { sessionToken } = given;
    const staff = await once([sessionToken], () =>
      findStaff(deps, sessionToken, { keepsOpen: false }),
    );
    if (staff) given.staff = staff;
    else send('over');
  }
};

const sendNews = async (
  deps: Deps,
  watchers: DeskWatcher[],
  { at, readers }: { at: number; readers: OpenReader[] },
): Promise<void> => {
  const once = shareAnswers();
  const arrivals = await readArrivals(deps, watchers, at);
  for (const { given, send } of watchers) {
    const { staff } = given;
    const unitIds = unitsOf(staff);
    const counts = await once(['counts', unitIds], () => countQueuesFor(deps.db, staff));
    const visible = await once(['readers', unitIds], () => visibleOf(deps, readers, unitIds));
    const arrived = [...(arrivals.get(given) ?? [])];
    const news = { counts, arrived, readers: othersOf(staff, visible) };
    const text = JSON.stringify(news);
    if (text !== given.sent) send({ at, ...news });
    given.sent = text;
  }
};

const unitsOf = (staff: StaffMember): string[] | undefined =>
  isOfUnit(staff) ? staff.unitIds.toSorted() : undefined;

/** Also those of before that are still there: a colleague may have taken them up. */
const readArrivals = async (
  deps: Deps,
  watchers: DeskWatcher[],
  at: number,
): Promise<Map<OpenDesk, Set<string>>> => {
  const once = shareAnswers();
  const isListed = ({ staff, query }: OpenDesk): boolean =>
    !isHiddenFrom(staff, query.filter) && !query.overdue && !query.search;
  const open = watchers
    .map(({ given }) => given)
    .filter(isListed)
    .map((given) => {
      const scope = { ...scopeOf(deps, given.staff, given.query), unitIds: unitsOf(given.staff) };
      const place = { queue: given.query.filter, ...scope };
      return { given, place, key: JSON.stringify(place) };
    });
  for (const { given, place, key } of open) {
    const since = new Date(given.since - OVERLAP_MS);
    const ids = await once(['new', since, key], () => listArrivals(deps.db, { since, ...place }));
    for (const id of ids) given.arrived.add(id);
    given.since = at;
  }
  for (const { given, place, key } of open) {
    const still = await once(['still', key], () => {
      const alike = open.filter((other) => other.key === key);
      const letterIds = [...new Set(alike.flatMap((other) => [...other.given.arrived]))];
      return listStillIn(deps.db, { letterIds, ...place });
    });
    given.arrived = new Set(still.filter((id) => given.arrived.has(id)).slice(0, MAX_ARRIVED));
  }
  return new Map(open.map(({ given }) => [given, given.arrived]));
};

/** Of members who see the same only the first asks the database. */
const shareAnswers = () => {
  const answers = new Map<string, Promise<unknown>>();
  return <Answer>(key: unknown[], ask: () => Promise<Answer>): Promise<Answer> => {
    const name = JSON.stringify(key);
    const answer = answers.get(name) ?? ask();
    answers.set(name, answer);
    return answer as Promise<Answer>;
  };
};

const visibleOf = async (
  { db }: Deps,
  readers: OpenReader[],
  unitIds: string[] | undefined,
): Promise<OpenReader[]> => {
  if (unitIds === undefined || readers.length === 0) return readers;
  const letterIds = [...new Set(readers.map(({ letterId }) => letterId))];
  const within = new Set(await listWithin(db, { letterIds, unitIds }));
  return readers.filter(({ letterId }) => within.has(letterId));
};

const othersOf = ({ id }: StaffMember, readers: OpenReader[]): Record<string, string[]> => {
  const others: Record<string, string[]> = {};
  for (const { letterId, staffId, name } of readers)
    if (staffId !== id) (others[letterId] ??= []).push(name);
  return others;
};
