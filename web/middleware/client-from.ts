import { createMiddleware } from 'hono/factory';
import type { AppEnv, WebConfig } from '../env.ts';
import { createClientAddress } from './rate-limit.ts';

/** Sets `c.var.from`, which every use case that writes the audit trail is given. */
export const clientFrom = (config: Pick<WebConfig, 'trustedProxies' | 'fromOf'>) => {
  const addressOf = createClientAddress(config);
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set('from', config.fromOf(addressOf(c)));
    await next();
  });
};
