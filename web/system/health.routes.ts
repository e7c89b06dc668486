import { Hono } from 'hono';
import type { AppEnv, RouteDeps } from '../env.ts';

/** Probes. Ready is 503 only when a letter could not be accepted; the rest is told in the JSON. */
export const createHealthRoutes = ({ desk, log }: RouteDeps) => {
  const routes = new Hono<AppEnv>();
  routes.get('/live', (c) => c.json({ status: 'ok' }));
  routes.get('/ready', async (c) => {
    try {
      const { ready, parts } = await desk.health();
      return c.json({ status: ready ? 'ok' : 'unavailable', ...parts }, ready ? 200 : 503);
    } catch (error) {
      log.error({ err: error }, 'the health check failed');
      return c.json({ status: 'unavailable' }, 503);
    }
  });
  return routes;
};
