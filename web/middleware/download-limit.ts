/**
 * How many answers of a kind are in flight per person and per process, so that slow readers cannot
 * hold all places.
 */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { AppEnv, ApplicantEnv, StaffEnv } from '../env.ts';

export const DOWNLOADS = { perPerson: 4, perProcess: 200 };
/** Pictures of pages: a browser asks for those of a whole letter at once. */
export const PICTURES = { perPerson: 40, perProcess: 400 };
const RETRY_SECONDS = '10';

const personOf = (c: Context<AppEnv>): string => {
  const { applicant, staff, keyId } = c.var as AppEnv['Variables'] &
    Partial<ApplicantEnv['Variables'] & StaffEnv['Variables']>;
  return applicant?.id ?? staff?.id ?? keyId ?? '';
};

/**
 * A place is freed when the answer is sent or its connection closed.
 * @throws DomainError too_many_downloads or unavailable
 */
const createPlaces = ({ perPerson, perProcess }: typeof DOWNLOADS) => {
  const taken = new Map<string, number>();
  let all = 0;
  return (c: Context<AppEnv>): void => {
    const person = personOf(c);
    const own = taken.get(person) ?? 0;
    const seconds = RETRY_SECONDS;
    if (own >= perPerson) throw new DomainError('too_many_downloads', { seconds });
    if (all >= perProcess) throw new DomainError('unavailable', { seconds, stored: 'no' });
    const outgoing = c.env?.outgoing;
    // A test that calls the app without a server has no connection.
    if (!outgoing || outgoing.destroyed) return;
    taken.set(person, own + 1);
    all += 1;
    outgoing.once('close', () => {
      all -= 1;
      const left = (taken.get(person) ?? 1) - 1;
      if (left === 0) taken.delete(person);
      else taken.set(person, left);
    });
  };
};

export const createDownloadLimits = () => {
  const takeFile = createPlaces(DOWNLOADS);
  const takePicture = createPlaces(PICTURES);
  const limitBy = (take: typeof takeFile) =>
    createMiddleware<AppEnv>(async (c, next) => {
      take(c);
      await next();
    });
  return { takeFile, file: limitBy(takeFile), picture: limitBy(takePicture) };
};

export type DownloadLimits = ReturnType<typeof createDownloadLimits>;
