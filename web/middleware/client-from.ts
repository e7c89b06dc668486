import { createMiddleware } from 'hono/factory';
import type { AppEnv, SiteSettings } from '../env.ts';
import { createClientAddress } from './rate-limit.ts';

export const clientFrom = (site: Pick<SiteSettings, 'trustedProxies' | 'fromOf'>) => {
  const addressOf = createClientAddress(site);
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set('from', site.fromOf(addressOf(c)));
    await next();
  });
};
