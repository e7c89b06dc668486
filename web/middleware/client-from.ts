import { createMiddleware } from 'hono/factory';
import type { AppEnv, SiteSettings } from '../env.ts';
import { createClientAddress } from './rate-limit.ts';

/** Sets `c.var.from`, which every use case that writes the audit trail is given. */
export const clientFrom = (site: Pick<SiteSettings, 'trustedProxies' | 'fromOf'>) => {
  const addressOf = createClientAddress(site);
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set('from', site.fromOf(addressOf(c)));
    await next();
  });
};
