import type { MiddlewareHandler } from 'hono';

const SECONDS = '30';

/** A form that is drawn again because the desk is busy says when to come again, as an error does. */
export const retryAfter: MiddlewareHandler = async (c, next) => {
  await next();
  const { status, headers } = c.res;
  if ((status === 429 || status === 503) && !headers.has('retry-after'))
    c.header('retry-after', SECONDS);
};
