import { createMiddleware } from 'hono/factory';
import type { Desk } from '../../src/desk/desk.ts';
import { trustsProxy } from '../../src/operations/maintenance/trusted-proxies.ts';
import type { AppEnv, SiteSettings, WebLog } from '../env.ts';

const PAUSE_MS = 60_000;

/**
 * Behind a proxy that TRUSTED_PROXY leaves out, all people are one client to every limit. Noted for
 * `doctor`, once a minute at most.
 */
export const noteUntrustedProxies = ({
  desk,
  site,
  log,
}: {
  desk: Pick<Desk, 'noteUntrustedProxy'>;
  site: Pick<SiteSettings, 'trustedProxies'>;
  log: Pick<WebLog, 'warn'>;
}) => {
  const isTrusted = trustsProxy(site.trustedProxies);
  let quietUntil = 0;
  return createMiddleware<AppEnv>(async (c, next) => {
    // A test that calls the app without a server has no connection.
    const peer = c.env?.incoming?.socket?.remoteAddress ?? '';
    const isForwarded = c.req.raw.headers.has('x-forwarded-for');
    if (isForwarded && peer !== '' && !isTrusted(peer) && Date.now() >= quietUntil) {
      quietUntil = Date.now() + PAUSE_MS;
      log.warn({}, 'X-Forwarded-For came from a proxy that TRUSTED_PROXY does not cover');
      desk.noteUntrustedProxy(peer.replace(/^::ffff:/, '')).catch((error: unknown) => {
        log.warn({ err: error }, 'an untrusted proxy could not be noted');
      });
    }
    await next();
  });
};
