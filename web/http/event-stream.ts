import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import type { LiveFeed } from '../../src/desk/letters/live-feed.ts';

const RETRY_MS = 3_000;
const ALIVE = ':\n\n';
// A browser that is not told comes back.
const OVER = 'event: end\ndata:\n\n';

export const eventOf = (id: number, data: string): string =>
  `id: ${id}\nevent: news\ndata: ${data}\n\n`;

export const sendFeed = <News>(
  c: Context,
  feed: LiveFeed<News>,
  write: (news: News) => string,
): Response => {
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
    for await (const news of feed) {
      if (news === 'alive') await out.write(ALIVE);
      else if (news === 'over') await out.write(OVER);
      else await out.write(write(news));
    }
  });
};
