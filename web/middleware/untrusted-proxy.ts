import { createMiddleware } from 'hono/factory';
import {
  noteUntrustedProxy,
  trustsProxy,
} from '../../src/operations/maintenance/trusted-proxies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';

const PAUSE_MS = 60_000;

/**
 * Behind a proxy that TRUSTED_PROXY omits, all people are one client to every limit. Noted for
 * `doctor`, at most once a minute.
 */
export const noteUntrustedProxies = (deps: RouteDeps) => {
  const { log, site } = deps;
  const isTrusted = trustsProxy(site.trustedProxies);
  let quietUntil = 0;
  return createMiddleware<AppEnv>(async (c, next) => {
    // A test that calls the app without a server has no connection.
    const peer = c.env?.incoming?.socket?.remoteAddress ?? '';
    const isForwarded = c.req.raw.headers.has('x-forwarded-for');
    if (isForwarded && peer !== '' && !isTrusted(peer) && Date.now() >= quietUntil) {
      quietUntil = Date.now() + PAUSE_MS;
      log.warn({}, 'X-Forwarded-For came from a proxy that TRUSTED_PROXY does not cover');
      noteUntrustedProxy(deps, peer.replace(/^::ffff:/, '')).catch((error: unknown) => {
        log.warn({ err: error }, 'an untrusted proxy could not be noted');
      });
    }
    await next();
  });
};
