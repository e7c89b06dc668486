import type { Context, Hono } from 'hono';
import type { Cookies } from '../http/cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { eventOf, sendFeed } from '../http/event-stream.ts';

const STAMP = /^\d{1,9}$/;

export const addLetterEventsRoute = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  cookies: Cookies,
): void => {
  routes.get('/:id/events', sendEvents(deps, cookies));
};

const sendEvents = (deps: RouteDeps, cookies: Cookies) => async (c: Context<ApplicantEnv>) => {
  // A browser that comes back names the last event that it got.
  const known = c.req.header('last-event-id') ?? c.req.query('since') ?? '';
  const feed = await deps.liveUpdates.watchLetter({
    applicantId: c.var.applicant.id,
    letterId: letterIdOf(c),
    sessionToken: cookies.read(c, 'sid') ?? '',
    since: STAMP.test(known) ? Number(known) : 0,
  });
  return sendFeed(c, feed, (stamp) => eventOf(stamp, String(stamp)));
};
