import { createMiddleware } from 'hono/factory';
import type { AppEnv, WebConfig } from '../env.ts';

/** Nothing on a page is inline, so the policy needs neither nonce nor exception. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not no-referrer: with it a browser sends `Origin: null` with the desk's own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'otp-credentials=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** On every answer, errors included; an answer's own policy or caching stays. */
export const securityHeaders = (config: Pick<WebConfig, 'publicOrigin'>) =>
  createMiddleware<AppEnv>(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS))
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (config.publicOrigin.startsWith('https:'))
      c.res.headers.set('strict-transport-security', 'max-age=63072000; includeSubDomains');
  });
