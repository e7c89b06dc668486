/**
 * Tells open pages that something has happened to their letter. One query for all of them, as often
 * as is set and only while somebody watches: what it costs does not grow with what is written, as a
 * NOTIFY would, which takes its turn at every commit.
 */
import { letterStamps } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { openSessions } from '../staff/sessions.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Logger } from '../../platform/base/logger.ts';
import type { Desk, LetterFeed, LetterNews } from '../desk.ts';
import { findLetterById } from './read-letters.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';

const SESSIONS_EVERY_MS = 5_000;
/** When a session that watches as much as it may should ask again. */
const AGAIN_SECONDS = '60';

export interface LetterEvents {
  watch: Desk['watchLetter'];
  /** Those that are open now. */
  open(): number;
  /** Ends every feed, and none is begun any more. */
  stop(): Promise<void>;
}

export interface LetterEventsSettings {
  pollMs: number;
  /** A feed with nothing to tell says that it is alive. */
  aliveMs: number;
  perSession: number;
  perProcess: number;
  sessionIdleMinutes: number;
}

interface Watcher {
  letterId: string;
  tokenHash: Buffer;
  /** What its reader knows of. */
  stamp: number;
  tell(what: LetterNews): void;
  end(): void;
}

const hexOf = ({ tokenHash }: Pick<Watcher, 'tokenHash'>): string => tokenHash.toString('hex');

export const createLetterEvents = ({
  db,
  settings,
  log,
}: {
  db: Db;
  settings: LetterEventsSettings;
  log: Logger;
}): LetterEvents => {
  const watchers = new Set<Watcher>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let sessionsSeen = 0;
  let isAway = false;

  const tellChanges = async (): Promise<void> => {
    const stamps = await letterStamps(db, [...new Set([...watchers].map((one) => one.letterId))]);
    for (const watcher of watchers) {
      const stamp = stamps.get(watcher.letterId) ?? 0;
      if (stamp > watcher.stamp) watcher.tell(stamp);
    }
  };

  const endSignedOut = async (): Promise<void> => {
    if (Date.now() - sessionsSeen < SESSIONS_EVERY_MS) return;
    sessionsSeen = Date.now();
    const asked = [...watchers];
    const tokenHashes = [...new Map(asked.map((one) => [hexOf(one), one.tokenHash])).values()];
    const idleMinutes = settings.sessionIdleMinutes;
    const found = await openSessions(db, { tokenHashes, idleMinutes });
    const isOpen = new Set(found.map((tokenHash) => hexOf({ tokenHash })));
    for (const watcher of asked) if (!isOpen.has(hexOf(watcher))) watcher.tell('over');
  };

  const look = async (): Promise<void> => {
    try {
      await tellChanges();
      await endSignedOut();
      isAway = false;
    } catch (error) {
      if (!isDatabaseAway(error)) log.error({ err: error }, 'events of letters not read');
      else if (!isAway) log.warn('database away, events of letters wait');
      isAway = true;
    }
  };

  const lookSoon = (): void => {
    if (timer || stopped || watchers.size === 0) return;
    timer = setTimeout(() => {
      looking = look().finally(() => {
        timer = undefined;
        lookSoon();
      });
    }, settings.pollMs);
  };

  const open = (given: Pick<Watcher, 'letterId' | 'tokenHash' | 'stamp'>): LetterFeed => {
    let next: LetterNews | undefined;
    let ended = false;
    let wake: () => void = () => {};
    const watcher: Watcher = {
      ...given,
      tell(what) {
        if (typeof what === 'number') watcher.stamp = what;
        // A reader that is slow gets the newest, not all.
        if (next !== 'over' && !(what === 'alive' && next !== undefined)) next = what;
        wake();
      },
      end() {
        ended = true;
        watchers.delete(watcher);
        clearInterval(alive);
        wake();
      },
    };
    const alive = setInterval(() => watcher.tell('alive'), settings.aliveMs);
    watchers.add(watcher);
    lookSoon();
    return {
      close: () => watcher.end(),
      async *[Symbol.asyncIterator]() {
        try {
          while (!ended) {
            const told = next;
            next = undefined;
            if (told !== undefined) yield told;
            if (told === 'over') return;
            if (told === undefined)
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

  return {
    async watch({ applicantId, letterId, sessionToken, since }) {
      const letter = await findLetterById(db, letterId);
      if (letter?.applicantId !== applicantId) throw new DomainError('not_found');
      const tokenHash = hashToken(sessionToken);
      const own = [...watchers].filter((one) => one.tokenHash.equals(tokenHash)).length;
      if (own >= settings.perSession) throw new DomainError('too_many', { seconds: AGAIN_SECONDS });
      if (stopped || watchers.size >= settings.perProcess)
        throw new DomainError('unavailable', { stored: 'no' });
      return open({ letterId, tokenHash, stamp: since });
    },

    open: () => watchers.size,

    async stop() {
      stopped = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.end();
      await looking;
    },
  };
};
