import { letterStamps } from '../../platform/audit/audit.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import { openSessions } from '../staff/sessions.sql.ts';
import { createDeskFeeds, openDeskFeed } from './desk-news.ts';
import type { DeskNews } from './desk-news.ts';
import { findOwnLetter } from './letter-access.ts';
import { createLiveFeeds } from './live-feed.ts';
import type { LiveFeed, Watcher } from './live-feed.ts';

const SESSIONS_EVERY_MS = 5_000;

export interface LiveUpdates {
  /**
   * @param input.since the stamp that the page knows
   * @throws DomainError not_found; too_many, unavailable as of `createLiveFeeds`
   */
  watchLetter(input: {
    applicantId: string;
    letterId: string;
    sessionToken: string;
    since: number;
  }): Promise<LiveFeed<number>>;
  watchDesk(input: Parameters<typeof openDeskFeed>[1]): LiveFeed<DeskNews>;
  stop(): Promise<void>;
}

interface OpenLetter {
  session: string;
  owner: string;
  letterId: string;
  stamp: number;
}

export const createLiveUpdates = (deps: Deps): LiveUpdates => {
  let sessionsCheckedAt = 0;
  const letters = createLiveFeeds<OpenLetter, number>(deps, async (watchers) => {
    await sendChanges(deps, watchers);
    if (Date.now() - sessionsCheckedAt < SESSIONS_EVERY_MS) return;
    sessionsCheckedAt = Date.now();
    await endSignedOut(deps, watchers);
  });
  const desk = createDeskFeeds(deps);
  return {
    async watchLetter({ applicantId, letterId, sessionToken, since }) {
      await findOwnLetter(deps.db, { applicantId, letterId });
      const session = hashToken(sessionToken).toString('hex');
      return letters.open({ session, owner: applicantId, letterId, stamp: since });
    },
    watchDesk: (input) => openDeskFeed(desk, input),
    async stop() {
      await Promise.all([letters.stop(), desk.stop()]);
    },
  };
};

const sendChanges = async (
  { db }: Deps,
  watchers: Watcher<OpenLetter, number>[],
): Promise<void> => {
  const letterIds = [...new Set(watchers.map(({ given }) => given.letterId))];
  const stamps = await letterStamps(db, letterIds);
  for (const { given, send } of watchers) {
    const stamp = stamps.get(given.letterId) ?? 0;
    if (stamp <= given.stamp) continue;
    given.stamp = stamp;
    send(stamp);
  }
};

const endSignedOut = async (
  { db, config }: Deps,
  watchers: Watcher<OpenLetter, number>[],
): Promise<void> => {
  const sessions = [...new Set(watchers.map(({ given }) => given.session))];
  const tokenHashes = sessions.map((session) => Buffer.from(session, 'hex'));
  const idleMinutes = config.limits.sessionIdleMinutes;
  const found = await openSessions(db, { tokenHashes, idleMinutes });
  const isOpen = new Set(found.map((tokenHash) => tokenHash.toString('hex')));
  for (const { given, send } of watchers) if (!isOpen.has(given.session)) send('over');
};
