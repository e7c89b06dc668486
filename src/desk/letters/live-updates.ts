/**
 * One query for all open pages, every `eventsPollMs` and only while somebody watches: unlike
 * NOTIFY, which holds a lock at every commit, it costs writers nothing.
 */
import { letterStamps } from '../../platform/audit/audit.sql.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import { openSessions } from '../staff/sessions.sql.ts';
import { findOwnLetter } from './letter-access.ts';

const SESSIONS_EVERY_MS = 5_000;
const AGAIN_SECONDS = '60';

export type LetterNews = number | 'alive' | 'over';

export interface LetterFeed extends AsyncIterable<LetterNews> {
  close(): void;
}

export interface LetterEvents {
  /**
   * @param input.since the stamp that the page knows
   * @throws DomainError not_found; too_many with fact `seconds` when the session has as many open
   *   as it may; unavailable when the process has
   */
  watch(input: {
    applicantId: string;
    letterId: string;
    sessionToken: string;
    since: number;
  }): Promise<LetterFeed>;
  open(): number;
  stop(): Promise<void>;
}

interface Watcher {
  letterId: string;
  tokenHash: Buffer;
  stamp: number;
  send(news: LetterNews): void;
  end(): void;
}

interface Hub {
  deps: Deps;
  watchers: Set<Watcher>;
  isStopped: boolean;
  timer: NodeJS.Timeout | undefined;
  polling: Promise<void> | undefined;
  sessionsCheckedAt: number;
  isAway: boolean;
}

export const createLetterEvents = (deps: Deps): LetterEvents => {
  const hub: Hub = {
    deps,
    watchers: new Set(),
    isStopped: false,
    timer: undefined,
    polling: undefined,
    sessionsCheckedAt: 0,
    isAway: false,
  };
  const { limits } = deps.config;
  return {
    async watch({ applicantId, letterId, sessionToken, since }) {
      await findOwnLetter(deps.db, { applicantId, letterId });
      const tokenHash = hashToken(sessionToken);
      const own = [...hub.watchers].filter((one) => one.tokenHash.equals(tokenHash)).length;
      if (own >= limits.eventsPerSession)
        throw new DomainError('too_many', { seconds: AGAIN_SECONDS });
      if (hub.isStopped || hub.watchers.size >= limits.eventsPerProcess)
        throw new DomainError('unavailable', { stored: 'no' });
      return openFeed(hub, { letterId, tokenHash, stamp: since });
    },

    open: () => hub.watchers.size,

    async stop() {
      hub.isStopped = true;
      clearTimeout(hub.timer);
      for (const watcher of hub.watchers) watcher.end();
      await hub.polling;
    },
  };
};

const openFeed = (
  hub: Hub,
  given: Pick<Watcher, 'letterId' | 'tokenHash' | 'stamp'>,
): LetterFeed => {
  let next: LetterNews | undefined;
  let isEnded = false;
  let wake: () => void = () => {};
  const watcher: Watcher = {
    ...given,
    send(news) {
      if (typeof news === 'number') watcher.stamp = news;
      // A reader that is slow gets the newest, not all.
      if (next !== 'over' && !(news === 'alive' && next !== undefined)) next = news;
      wake();
    },
    end() {
      isEnded = true;
      hub.watchers.delete(watcher);
      clearInterval(alive);
      wake();
    },
  };
  const aliveMs = hub.deps.config.limits.eventsAliveSeconds * 1_000;
  const alive = setInterval(() => watcher.send('alive'), aliveMs);
  hub.watchers.add(watcher);
  schedulePoll(hub);
  return {
    close: () => watcher.end(),
    async *[Symbol.asyncIterator]() {
      try {
        while (!isEnded) {
          const news = next;
          next = undefined;
          if (news !== undefined) yield news;
          if (news === 'over') return;
          if (news === undefined)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        watcher.end();
      }
    },
  };
};

const schedulePoll = (hub: Hub): void => {
  if (hub.timer || hub.isStopped || hub.watchers.size === 0) return;
  hub.timer = setTimeout(() => {
    hub.polling = poll(hub).finally(() => {
      hub.timer = undefined;
      schedulePoll(hub);
    });
  }, hub.deps.config.limits.eventsPollMs);
};

const poll = async (hub: Hub): Promise<void> => {
  const { log } = hub.deps;
  try {
    await sendChanges(hub);
    await endSignedOut(hub);
    hub.isAway = false;
  } catch (error) {
    if (!isDatabaseAway(error)) log.error({ err: error }, 'events of letters not read');
    else if (!hub.isAway) log.warn('database away, events of letters wait');
    hub.isAway = true;
  }
};

const sendChanges = async ({ deps, watchers }: Hub): Promise<void> => {
  const stamps = await letterStamps(deps.db, [
    ...new Set([...watchers].map(({ letterId }) => letterId)),
  ]);
  for (const watcher of watchers) {
    const stamp = stamps.get(watcher.letterId) ?? 0;
    if (stamp > watcher.stamp) watcher.send(stamp);
  }
};

const endSignedOut = async (hub: Hub): Promise<void> => {
  if (Date.now() - hub.sessionsCheckedAt < SESSIONS_EVERY_MS) return;
  hub.sessionsCheckedAt = Date.now();
  const watching = [...hub.watchers];
  const tokenHashes = [...new Map(watching.map((one) => [hexOf(one), one.tokenHash])).values()];
  const idleMinutes = hub.deps.config.limits.sessionIdleMinutes;
  const found = await openSessions(hub.deps.db, { tokenHashes, idleMinutes });
  const isOpen = new Set(found.map((tokenHash) => hexOf({ tokenHash })));
  for (const watcher of watching) if (!isOpen.has(hexOf(watcher))) watcher.send('over');
};

const hexOf = ({ tokenHash }: Pick<Watcher, 'tokenHash'>): string => tokenHash.toString('hex');
