/**
 * One look for all open pages, every `eventsPollMs` and only while somebody watches: unlike
 * NOTIFY, which holds a lock at every commit, it costs writers nothing.
 */
import { isDatabaseAway } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';

const AGAIN_SECONDS = '60';
const SESSIONS_OF_ONE = 3;

export interface LiveFeed<News> extends AsyncIterable<News | 'alive' | 'over'> {
  close(): void;
}

interface Reader {
  session: string;
  owner: string;
}

export interface Watcher<Given, News> {
  given: Given;
  send: (news: News | 'over') => void;
}

interface OpenWatcher<Given, News> extends Watcher<Given, News> {
  end(): void;
}

interface Hub<Given, News> {
  deps: Deps;
  look: (watchers: Watcher<Given, News>[]) => Promise<void>;
  watchers: Set<OpenWatcher<Given, News>>;
  isStopped: boolean;
  timer: NodeJS.Timeout | undefined;
  looking: Promise<void> | undefined;
  isAway: boolean;
}

export type LiveFeeds<Given extends Reader, News> = ReturnType<typeof createLiveFeeds<Given, News>>;

export const createLiveFeeds = <Given extends Reader, News>(
  deps: Deps,
  look: Hub<Given, News>['look'],
) => {
  const hub: Hub<Given, News> = {
    deps,
    look,
    watchers: new Set(),
    isStopped: false,
    timer: undefined,
    looking: undefined,
    isAway: false,
  };
  const { limits } = deps.config;
  return {
    /**
     * @throws DomainError too_many with fact `seconds` when session or owner has as many open as
     *   it may; unavailable when the process has
     */
    open(given: Given): LiveFeed<News> {
      const ofOwner = [...hub.watchers].filter((one) => one.given.owner === given.owner);
      const ofSession = ofOwner.filter((one) => one.given.session === given.session);
      if (
        ofSession.length >= limits.eventsPerSession ||
        ofOwner.length >= limits.eventsPerSession * SESSIONS_OF_ONE
      )
        throw new DomainError('too_many', { seconds: AGAIN_SECONDS });
      if (hub.isStopped || hub.watchers.size >= limits.eventsPerProcess)
        throw new DomainError('unavailable', { stored: 'no' });
      return openFeed(hub, given);
    },

    async stop(): Promise<void> {
      hub.isStopped = true;
      clearTimeout(hub.timer);
      for (const watcher of hub.watchers) watcher.end();
      await hub.looking;
    },
  };
};

const openFeed = <Given, News>(hub: Hub<Given, News>, given: Given): LiveFeed<News> => {
  let next: News | 'alive' | 'over' | undefined;
  let isEnded = false;
  let wake: () => void = () => {};
  const put = (news: News | 'alive' | 'over'): void => {
    // A reader that is slow gets the newest, not all.
    if (next !== 'over' && !(news === 'alive' && next !== undefined)) next = news;
    wake();
  };
  const watcher: OpenWatcher<Given, News> = {
    given,
    send: put,
    end() {
      isEnded = true;
      hub.watchers.delete(watcher);
      clearInterval(alive);
      wake();
    },
  };
  const alive = setInterval(() => put('alive'), hub.deps.config.limits.eventsAliveSeconds * 1_000);
  hub.watchers.add(watcher);
  scheduleLook(hub);
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

const scheduleLook = <Given, News>(hub: Hub<Given, News>): void => {
  if (hub.timer || hub.isStopped || hub.watchers.size === 0) return;
  hub.timer = setTimeout(() => {
    hub.looking = lookOnce(hub).finally(() => {
      hub.timer = undefined;
      scheduleLook(hub);
    });
  }, hub.deps.config.limits.eventsPollMs);
};

const lookOnce = async <Given, News>(hub: Hub<Given, News>): Promise<void> => {
  const { log } = hub.deps;
  try {
    await hub.look([...hub.watchers]);
    hub.isAway = false;
  } catch (error) {
    if (!isDatabaseAway(error)) log.error({ err: error }, 'events of open pages not read');
    else if (!hub.isAway) log.warn('database away, events of open pages wait');
    hub.isAway = true;
  }
};
