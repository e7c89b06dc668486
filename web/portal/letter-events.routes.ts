import type { Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import type { Cookies } from '../http/cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import type { LetterNews } from '../../src/desk/letters/live-updates.ts';

const STAMP = /^\d{1,9}$/;
const RETRY_MS = 3_000;

const eventOf = (news: LetterNews): string => {
  if (news === 'alive') return ':\n\n';
  // A browser that is not told comes back.
  if (news === 'over') return 'event: end\ndata:\n\n';
  return `id: ${news}\nevent: news\ndata: ${news}\n\n`;
};

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
  const feed = await deps.letterEvents.watch({
    applicantId: c.var.applicant.id,
    letterId: letterIdOf(c),
    sessionToken: cookies.read(c, 'sid') ?? '',
    since: STAMP.test(known) ? Number(known) : 0,
  });
  c.header('content-type', 'text/event-stream; charset=utf-8');
  c.header('cache-control', 'no-store');
  // nginx passes each event on as it comes.
  c.header('x-accel-buffering', 'no');
  if (c.req.method === 'HEAD') {
    feed.close();
    return c.body(null);
  }
  return stream(c, async (out) => {
    out.onAbort(() => feed.close());
    await out.write(`retry: ${RETRY_MS}\n\n`);
    for await (const news of feed) await out.write(eventOf(news));
  });
};
