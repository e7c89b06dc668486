import { NO_ID } from '../../platform/base/database.ts';
import { NOTICED_FOREIGN_CODES } from '../../platform/base/foreign-codes.ts';
import type { ForeignCodes } from '../../platform/base/foreign-codes.ts';
import type { Deps } from '../../platform/deps.ts';
import { fullPlaceFor } from '../applicants/code-budget.ts';
import { findForeignCodes } from '../applicants/sign-in.sql.ts';
import { listAskedCodes } from './people.sql.ts';
import type { AskedCodeRow } from './people.sql.ts';

export interface AskedCode {
  askedAt: Date;
  knownBrowser: boolean;
  wrongTries: number;
  end: 'typed' | 'used_up' | 'expired' | 'open';
  typedAt: Date | null;
  /** Newest first; none: the number was at its limit. */
  sent: (Pick<AskedCodeRow, 'delivery' | 'deliveryReason'> & {
    at: Date;
    state: NonNullable<AskedCodeRow['state']> | null;
  })[];
}

export interface NumberState {
  codes: AskedCode[];
  /** Until then none is sent to browsers that never signed in with it, and to those that did. */
  limitedUntil: { strangers: Date | null; ownBrowsers: Date | null };
  foreign: ForeignCodes | null;
  full: Awaited<ReturnType<typeof fullPlaceFor>>;
}

const MOST_CODES = 60;
const HOUR_MS = 3_600_000;

export const readNumberState = async (deps: Deps, mobile: string): Promise<NumberState> => {
  const { db, config } = deps;
  const [rows, foreign, full] = await Promise.all([
    listAskedCodes(db, { mobile, limit: MOST_CODES }),
    findForeignCodes(db, { mobile, challengeId: NO_ID }),
    fullPlaceFor(deps, mobile),
  ]);
  const limitOf = (knownBrowser: boolean): Date | null =>
    config.RATE_LIMITS === 'off'
      ? null
      : limitedUntil(
          deps,
          rows.filter((row) => row.knownBrowser === knownBrowser),
        );
  return {
    codes: codesOf(rows, config.limits.codeTries),
    limitedUntil: { strangers: limitOf(false), ownBrowsers: limitOf(true) },
    foreign: foreign && foreign.count >= NOTICED_FOREIGN_CODES ? foreign : null,
    full,
  };
};

const codesOf = (rows: AskedCodeRow[], tries: number): AskedCode[] => {
  const asked = new Map<string, AskedCode>();
  for (const row of rows) {
    const { challengeId, askedAt, knownBrowser, attempts, usedAt: typedAt } = row;
    const wrongTries = attempts - (typedAt ? 1 : 0);
    const end = endOf(row, tries);
    const one = asked.get(challengeId) ?? {
      askedAt,
      knownBrowser,
      wrongTries,
      end,
      typedAt,
      sent: [],
    };
    const { sentAt: at, state, delivery, deliveryReason } = row;
    if (at) one.sent.push({ at, state, delivery, deliveryReason });
    asked.set(challengeId, one);
  }
  return [...asked.values()];
};

const endOf = ({ usedAt, attempts, expired }: AskedCodeRow, tries: number): AskedCode['end'] => {
  if (usedAt) return 'typed';
  if (attempts >= tries) return 'used_up';
  return expired ? 'expired' : 'open';
};

const limitedUntil = ({ config }: Deps, rows: AskedCodeRow[]): Date | null => {
  const times = rows
    .flatMap(({ sentAt }) => (sentAt ? [sentAt.getTime()] : []))
    .sort((one, other) => other - one);
  const { codeSendsPerHour, codeSendsPerDay } = config.limits;
  const ends = [
    (times[codeSendsPerHour - 1] ?? 0) + HOUR_MS,
    (times[codeSendsPerDay - 1] ?? 0) + 24 * HOUR_MS,
  ];
  const last = Math.max(...ends);
  return last > Date.now() ? new Date(last) : null;
};
