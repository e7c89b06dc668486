/**
 * Limits that survive a restart, counted in the database. While it cannot count, reading goes on
 * and what costs money or guesses a secret stops.
 */
import { createHmac } from 'node:crypto';
import { isDatabaseAway, type Db } from './database.ts';
import { countedHits, countHit, countPlace, takeBackHit } from './rate-limits.sql.ts';
import { DomainError } from './errors.ts';
import { rulesOf } from './rate-limit-rules.ts';
import type { LimitName, RateLimitSettings } from './rate-limit-rules.ts';

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

/** Rounds up, and corrects floating point: 0.55 of 200 is 110. */
const wholeOf = (max: number): number => Math.ceil(max - 1e-6);

export const NO_LIMITS: RateLimit = {
  take: () => Promise.resolve(),
  takePlace: () => Promise.resolve({ taken: true }),
  used: () => Promise.resolve(0),
  giveBack: () => Promise.resolve(),
};

interface LimitLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const createRateLimit = ({
  db,
  key,
  settings,
  log,
}: {
  db: Db;
  key: Buffer;
  settings: RateLimitSettings;
  log: LimitLog;
}): RateLimit => {
  const rules = rulesOf(settings);
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
