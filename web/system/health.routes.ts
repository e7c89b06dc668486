import { Hono } from 'hono';
import { shareHealth } from '../../src/operations/maintenance/health.ts';
import type { AppEnv, RouteDeps } from '../env.ts';

export const createHealthRoutes = (deps: RouteDeps, isDraining: () => boolean) => {
  const { log } = deps;
  const health = shareHealth(deps);
  const routes = new Hono<AppEnv>();
  routes.get('/live', (c) => c.json({ status: 'ok' }));
  // For proxies: a process whose database is away still has a page to show.
  routes.get('/open', (c) =>
    isDraining() ? c.json({ status: 'draining' }, 503) : c.json({ status: 'ok' }),
  );
  routes.get('/ready', async (c) => {
    if (isDraining()) return c.json({ status: 'draining' }, 503);
    try {
      const { ready, parts } = await health();
      return c.json({ status: ready ? 'ok' : 'unavailable', ...parts }, ready ? 200 : 503);
    } catch (error) {
      log.error({ err: error }, 'the health check failed');
      return c.json({ status: 'unavailable' }, 503);
    }
  });
  return routes;
};
