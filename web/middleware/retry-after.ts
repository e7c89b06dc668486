import type { MiddlewareHandler } from 'hono';

const SECONDS = '30';

export const retryAfter: MiddlewareHandler = async (c, next) => {
  await next();
  const { status, headers } = c.res;
  if ((status === 429 || status === 503) && !headers.has('retry-after'))
    c.header('retry-after', SECONDS);
};
