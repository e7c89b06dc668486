import { createMiddleware } from 'hono/factory';
import type { AppEnv, SiteSettings } from '../env.ts';

/** Nothing on a page is inline, so the policy needs neither nonce nor exception. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "media-src 'self'",
  "manifest-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  'report-uri /csp-reports',
].join('; ');

/** Over https, browsers that know `report-to` use only that. */
export const SECURE_PAGE_POLICY = `${PAGE_POLICY}; report-to csp`;

const HEADERS = {
  // By it the scripts of the pages know an answer of the desk from one of a network in between.
  'x-answered-by': 'desk',
  'content-security-policy': PAGE_POLICY,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not no-referrer: with it a browser sends `Origin: null` with the desk's own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'otp-credentials=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** On every answer, errors included; keeps an answer's own policy and caching. */
export const securityHeaders = (site: Pick<SiteSettings, 'publicOrigin'>) =>
  createMiddleware<AppEnv>(async (c, next) => {
    await next();
    const isSecure = site.publicOrigin.startsWith('https:');
    if (isSecure && !c.res.headers.has('content-security-policy')) {
      c.res.headers.set('content-security-policy', SECURE_PAGE_POLICY);
      c.res.headers.set('reporting-endpoints', 'csp="/csp-reports"');
    }
    for (const [name, value] of Object.entries(HEADERS))
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (isSecure)
      c.res.headers.set('strict-transport-security', 'max-age=63072000; includeSubDomains');
  });
