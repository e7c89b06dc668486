import { Hono } from 'hono';
import type { Context } from 'hono';
import type { TakeReceiptsResult } from '../../src/platform/messages/delivery-receipts.ts';
import type { AppEnv, RouteDeps, SiteSettings } from '../env.ts';
import { createClientAddress } from '../middleware/rate-limit.ts';
import { readBody } from '../http/read-body.ts';
import { noteEvent } from '../security-events.ts';
import { takeReceipts } from '../../src/platform/messages/delivery-receipts.ts';

/** A replay is told that all is well. */
const statusOf = (result: TakeReceiptsResult): 200 | 202 | 400 | 401 => {
  if (result.outcome === 'taken') return result.unknown > 0 ? 202 : 200;
  return { old: 200, malformed: 400, forged: 401 }[result.outcome] as 200 | 400 | 401;
};

/** No cookie is read: the signature authenticates the gateway. */
export const createReceiptsRoutes = (
  deps: RouteDeps,
  { maxBytes }: NonNullable<SiteSettings['receipts']>,
) => {
  const routes = new Hono<AppEnv>();
  routes.post('/receipts', take(deps, maxBytes));
  return routes;
};

const take = (deps: RouteDeps, maxBytes: number) => {
  const addressOf = createClientAddress(deps.site);
  return async (c: Context<AppEnv>) => {
    const result = await takeReceipts(deps, {
      body: await readBody(c, maxBytes),
      timestamp: c.req.header('x-signature-timestamp') ?? '',
      signature: c.req.header('x-signature') ?? '',
      address: addressOf(c),
    });
    const { requestId } = c.var;
    if (result.outcome === 'forged') noteEvent(c, 'sms_receipt_forged');
    if (result.outcome === 'old')
      deps.log.warn({ requestId }, 'SMS receipts that were signed too long ago changed nothing');
    return c.json(result, statusOf(result));
  };
};
