import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { AppEnv, WebLog } from '../env.ts';

/** One line per request: the route's pattern, never the address, a body, a mobile or a code. */
export const requestLog = (log: WebLog) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const started = performance.now();
    c.set('requestId', crypto.randomUUID());
    await next();
    c.res.headers.set('x-request-id', c.var.requestId);
    const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? 'unknown';
    log.info(
      {
        requestId: c.var.requestId,
        method: c.req.method,
        route,
        status: c.res.status,
        ms: Math.round(performance.now() - started),
      },
      'request',
    );
  });
