import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv } from '../env.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const FORM_TYPE = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i;

const JSON_TYPE = /^application\/json\s*(;|$)/i;
/** Of other systems, which sign what they send: no cookie is read there. */
const JSON_ADDRESSES = new Set(['/sms/receipts']);

/** Only what a form of a page can send changes anything: JSON would pass the CSRF check unseen. */
export const formGate = createMiddleware<AppEnv>(async (c, next) => {
  const { method, path } = c.req;
  const taken = method === 'POST' && JSON_ADDRESSES.has(path) ? JSON_TYPE : FORM_TYPE;
  if (!SAFE_METHODS.has(method) && !taken.test(c.req.header('content-type') ?? ''))
    throw new HTTPException(415);
  await next();
});
