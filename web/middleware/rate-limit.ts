import { isIP } from 'node:net';
import type { Context, HonoRequest } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AddressLimit } from '../../src/desk/staff/address-limits.ts';
import type { Deps } from '../../src/platform/deps.ts';
import { trustsProxy } from '../../src/operations/maintenance/trusted-proxies.ts';
import type { AppEnv, SiteSettings } from '../env.ts';
import { countAddress, forgiveAddress } from '../../src/desk/staff/address-limits.ts';

const MAX_HOPS = 20;

/**
 * `X-Forwarded-For` counts only as far as trusted proxies wrote it: read from its end, the first
 * address that is none of theirs.
 */
export const createClientAddress = ({
  trustedProxies,
}: Pick<SiteSettings, 'trustedProxies'>): ((c: {
  env: AppEnv['Bindings'];
  req: Pick<HonoRequest, 'raw'>;
}) => string) => {
  const isProxy = trustsProxy(trustedProxies);
  return (c) => {
    // A test that calls the app without a server has no connection.
    const direct = c.env?.incoming?.socket?.remoteAddress ?? '';
    if (!isProxy(direct)) return direct;
    const hops = (c.req.raw.headers.get('x-forwarded-for') ?? '').split(',').slice(-MAX_HOPS);
    let nearest = direct;
    for (const hop of hops.toReversed().map((text) => text.trim())) {
      if (isIP(hop) === 0) return nearest;
      nearest = hop;
      if (!isProxy(hop)) return nearest;
    }
    return nearest;
  };
};

/**
 * Counts the request before reading its body. `onlyFailures` takes redirected ones back, so that
 * colleagues behind one address do not count against each other.
 */
export const limitByAddress = ({
  deps,
  addressOf,
  limit,
  onlyFailures = false,
  browserTokenOf,
}: {
  deps: Deps;
  addressOf: (c: Context<AppEnv>) => string;
  limit: AddressLimit;
  onlyFailures?: boolean;
  browserTokenOf?: (c: Context<AppEnv>) => string | undefined;
}) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const counted = { limit, address: addressOf(c), browserToken: browserTokenOf?.(c) };
    await countAddress(deps, counted);
    await next();
    if (onlyFailures && c.res.status === 303) await forgiveAddress(deps, counted);
  });
