import { Hono } from 'hono';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { csvHeaders } from '../http/csv.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { figuresTable } from './figures-table.ts';
import { FiguresPage } from './figures.page.tsx';

/** The figures of the last twelve months, for administrators and auditors. */
export const createFiguresRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const { desk, downloadLimits } = deps;
  const routes = new Hono<StaffEnv>();
  const member = requireStaff(deps, cookies);

  routes.get('/figures', member, async (c) => {
    const { staff, view } = c.var;
    const figures = await desk.readFigures({ staff });
    return c.html(page(<FiguresPage view={view} staff={staff} figures={figures} />));
  });

  routes.get('/figures.csv', member, downloadLimits.file, async (c) => {
    const figures = await desk.readFigures({ staff: c.var.staff });
    return c.body(figuresTable(figures), 200, csvHeaders('figures.csv'));
  });

  return routes;
};
