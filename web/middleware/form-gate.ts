import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv, SiteSettings } from '../env.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
export const FORM_TYPE = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i;

const JSON_TYPE = /^application\/json\s*(;|$)/i;
/** Other systems, which sign what they send: no cookie is read there. */
const JSON_ADDRESSES = new Set(['/sms/receipts']);

/**
 * Only form content types may change anything: JSON would bypass the CSRF check. A present Origin
 * must be this desk's, whatever Sec-Fetch-Site says.
 */
export const formGate = ({ publicOrigin }: Pick<SiteSettings, 'publicOrigin'>) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { method, path } = c.req;
    if (SAFE_METHODS.has(method)) return next();
    const isSigned = method === 'POST' && JSON_ADDRESSES.has(path);
    const taken = isSigned ? JSON_TYPE : FORM_TYPE;
    if (!taken.test(c.req.header('content-type') ?? '')) throw new HTTPException(415);
    if (isSigned) return next();
    const origin = c.req.header('origin');
    // `null` is what a browser says that names none: then `Sec-Fetch-Site` decides.
    if (origin !== undefined && origin !== 'null' && origin !== publicOrigin)
      throw new HTTPException(403);
    return next();
  });
