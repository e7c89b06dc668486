/**
 * Limits that survive a restart, counted in the database. While it cannot count, reading goes on
 * and what costs money or guesses a secret stops.
 */
import { createHmac } from 'node:crypto';
import { isDatabaseAway, type Db } from './database.ts';
import { countedHits, countHit, countPlace, takeBackHit } from './rate-limits.sql.ts';
import { DomainError } from './errors.ts';

export type LimitName =
  | 'codes_of_address'
  | 'codes_to_address'
  | 'checks_of_address'
  | 'codes_of_desk'
  | 'codes_of_operator'
  | 'codes_of_prefix'
  /** Per client address, and per user name or known browser; also second factors. */
  | 'staff_of_address'
  | 'staff_of_name'
  | 'staff_of_browser'
  | 'second_factor'
  | 'forged_receipts'
  | 'verify_of_address'
  | 'file_checks'
  | 'previews'
  | 'tracking_misses'
  | 'api_reads'
  | 'api_writes';

export interface RateLimit {
  /**
   * Counts one hit, or `amount`; 0 only looks.
   * @throws DomainError too_many with the fact `seconds`
   */
  take(name: LimitName, subject?: string, amount?: number): Promise<void>;
  /**
   * Counts one hit if fewer than `max` (by default the limit) are counted.
   * @returns seconds until the next try
   */
  takePlace(
    place: [name: LimitName, subject?: string],
    max?: number,
  ): Promise<{ taken: true } | { taken: false; seconds: number }>;
  used(name: LimitName, subject?: string): Promise<number>;
  giveBack(name: LimitName, subject?: string): Promise<void>;
}

export interface RateLimitSettings {
  codesPerAddress: number;
  codesOfDesk: number;
  codesPerOperator?: number;
  codesPerPrefix?: number;
  staffAttempts: number;
  trackingMisses: number;
  forgedReceipts: number;
  receiptChecks?: number;
  apiReads?: number;
  apiWrites?: number;
}

interface Rule {
  max: number;
  seconds: number;
  away: 'go on' | 'stop';
  alarm?: string;
  /** Logged once a window, at this hit: a lot, but not refused yet. */
  watchAt?: number;
}

const TEN_MINUTES = 600;
const HOUR = 3600;
const MINUTE = 60;
const CHECKS_OF_ADDRESS = 1_000;
const WATCHED_SHARE = 0.2;
const FILE_CHECK_POINTS = 60;
const PREVIEW_SECONDS = 120;

/** Rounds up, and corrects floating point: 0.55 of 200 is 110. */
const wholeOf = (max: number): number => Math.ceil(max - 1e-6);

export const NO_LIMITS: RateLimit = {
  take: () => Promise.resolve(),
  takePlace: () => Promise.resolve({ taken: true }),
  used: () => Promise.resolve(0),
  giveBack: () => Promise.resolve(),
};

export const createRateLimit = ({
  db,
  key,
  settings,
  log,
}: {
  db: Db;
  key: Buffer;
  settings: RateLimitSettings;
  log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}): RateLimit => {
  const staff = { max: settings.staffAttempts, seconds: TEN_MINUTES, away: 'stop' } as const;
  const rules: Record<LimitName, Rule> = {
    codes_of_address: {
      max: settings.codesPerAddress,
      seconds: TEN_MINUTES,
      away: 'stop',
      watchAt: Math.ceil(settings.codesPerAddress * WATCHED_SHARE),
    },
    // Drawing does not wait for a database that is away.
    checks_of_address: { max: CHECKS_OF_ADDRESS, seconds: TEN_MINUTES, away: 'go on' },
    // How many it may be stands with who asks.
    codes_to_address: { max: settings.codesOfDesk, seconds: TEN_MINUTES, away: 'stop' },
    codes_of_desk: {
      max: settings.codesOfDesk,
      seconds: TEN_MINUTES,
      away: 'stop',
      alarm: 'ALARM: the budget of sign-in codes is used up for those who ask now',
    },
    codes_of_operator: {
      max: settings.codesPerOperator ?? Infinity,
      seconds: TEN_MINUTES,
      away: 'stop',
      alarm: 'ALARM: very many sign-in codes for numbers of one operator, it gets none for now',
    },
    codes_of_prefix: {
      max: settings.codesPerPrefix ?? Infinity,
      seconds: TEN_MINUTES,
      away: 'stop',
      alarm: 'ALARM: many sign-in codes for neighbouring numbers, they get none for now',
    },
    staff_of_address: { ...staff, alarm: 'many failed staff sign-ins from one address' },
    staff_of_name: { ...staff, alarm: 'many failed staff sign-ins with one user name' },
    staff_of_browser: { ...staff, alarm: 'many failed staff sign-ins in one known browser' },
    second_factor: { ...staff, alarm: 'ALARM: many wrong second factors after a right password' },
    tracking_misses: { max: settings.trackingMisses, seconds: HOUR, away: 'go on' },
    // They are refused in any case.
    forged_receipts: {
      max: settings.forgedReceipts,
      seconds: TEN_MINUTES,
      away: 'go on',
      alarm: 'many SMS receipts with a wrong signature from one address',
    },
    verify_of_address: {
      max: settings.receiptChecks ?? Infinity,
      seconds: TEN_MINUTES,
      away: 'go on',
    },
    file_checks: {
      max: FILE_CHECK_POINTS,
      seconds: TEN_MINUTES,
      away: 'go on',
      alarm: 'the files of one person take much to check, none is taken for now',
    },
    previews: {
      max: PREVIEW_SECONDS,
      seconds: TEN_MINUTES,
      away: 'go on',
      alarm: 'the files of one person take much to draw, they wait for now',
    },
    api_reads: { max: settings.apiReads ?? Infinity, seconds: MINUTE, away: 'go on' },
    api_writes: { max: settings.apiWrites ?? Infinity, seconds: MINUTE, away: 'go on' },
  };
  const hashOf = (name: LimitName, subject: string): Buffer =>
    createHmac('sha256', key).update(`${name}\0${subject}`).digest();

  return {
    async take(name, subject = '', amount = 1) {
      const { max, seconds: window, away, alarm, watchAt } = rules[name];
      const hash = hashOf(name, subject);
      let counted;
      try {
        counted = await countHit(db, { name, subject: hash, seconds: window, amount });
      } catch (error) {
        if (away === 'stop' || !isDatabaseAway(error)) throw error;
        log.warn({ limit: name, err: error }, 'a limit could not be counted');
        return;
      }
      const { hits, seconds } = counted;
      const facts = { limit: name, hits, seconds, subject: hash.toString('hex').slice(0, 16) };
      if (hits === watchAt) log.warn(facts, 'many requests from one address');
      if (hits <= max) return;
      if (hits > max && hits - amount <= max && alarm !== undefined)
        log.error({ event: 'limit_alarm', ...facts }, alarm);
      throw new DomainError('too_many', { seconds: String(seconds) });
    },

    async takePlace([name, subject = ''], max) {
      const { max: most, seconds: window, alarm } = rules[name];
      const least = Math.min(most, wholeOf(max ?? most));
      if (!Number.isFinite(least)) return { taken: true };
      const hash = hashOf(name, subject);
      const place = { name, subject: hash, seconds: window, max: least };
      const { taken, hits, seconds } = await countPlace(db, place);
      if (!taken) return { taken, seconds };
      const facts = { limit: name, hits, seconds, subject: hash.toString('hex').slice(0, 16) };
      if (hits === least && alarm !== undefined)
        log.error({ event: 'limit_alarm', ...facts }, alarm);
      return { taken };
    },

    used: (name, subject = '') => countedHits(db, { name, subject: hashOf(name, subject) }),

    async giveBack(name, subject = '') {
      await takeBackHit(db, { name, subject: hashOf(name, subject) }).catch((error: unknown) => {
        log.warn({ limit: name, err: error }, 'a limit could not be counted');
      });
    },
  };
};
