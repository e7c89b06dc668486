import { Hono } from 'hono';
import { readProcessMap } from '../../src/desk/letters/process-map.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { ProcessPage } from './process.page.tsx';

export const createProcessRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const routes = new Hono<StaffEnv>();
  routes.get('/process', requireStaff(deps, cookies), async (c) => {
    const { staff, view } = c.var;
    const boxes = await readProcessMap(deps, { staff });
    return c.html(page(<ProcessPage {...{ view, staff, boxes }} />));
  });
  return routes;
};
