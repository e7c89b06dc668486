/** News of one letter to its open page, as server-sent events: only that there is some. */
import type { Hono } from 'hono';
import { stream } from 'hono/streaming';
import type { LetterNews } from '../../src/desk/desk.ts';
import type { Cookies } from '../http/cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';

const STAMP = /^\d{1,9}$/;
/** A browser whose line broke asks again after this long. */
const RETRY_MS = 3_000;

const eventOf = (told: LetterNews): string => {
  if (told === 'alive') return ':\n\n';
  // A browser that is not told comes back.
  if (told === 'over') return 'event: end\ndata:\n\n';
  return `id: ${told}\nevent: news\ndata: ${told}\n\n`;
};

export const addLetterEventsRoute = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  cookies: Cookies,
): void => {
  const { desk } = deps;
  routes.get('/:id/events', async (c) => {
    // A browser that comes back names the last event that it got.
    const known = c.req.header('last-event-id') ?? c.req.query('since') ?? '';
    const feed = await desk.watchLetter({
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
      for await (const told of feed) await out.write(eventOf(told));
    });
  });
};
