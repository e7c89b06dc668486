import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv } from '../env.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const FORM_TYPE = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i;

/** Only what a form of a page can send changes anything: JSON would pass the CSRF check unseen. */
export const formGate = createMiddleware<AppEnv>(async (c, next) => {
  if (!SAFE_METHODS.has(c.req.method) && !FORM_TYPE.test(c.req.header('content-type') ?? ''))
    throw new HTTPException(415);
  await next();
});
