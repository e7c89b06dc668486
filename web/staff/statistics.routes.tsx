import { Hono } from 'hono';
import type { Context } from 'hono';
import { readStatistics } from '../../src/desk/letters/statistics.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { csvHeaders } from '../http/csv.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { statisticsTable } from './statistics-table.ts';
import { StatisticsPage } from './statistics.page.tsx';

export const createStatisticsRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const routes = new Hono<StaffEnv>();
  const member = requireStaff(deps, cookies);
  routes.get('/statistics', member, showStatistics(deps));
  routes.get('/statistics.csv', member, deps.downloadLimits.file, sendStatistics(deps));
  return routes;
};

const showStatistics = (deps: RouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view } = c.var;
  const statistics = await readStatistics(deps, { staff });
  return c.html(page(<StatisticsPage view={view} staff={staff} statistics={statistics} />));
};

const sendStatistics = (deps: RouteDeps) => async (c: Context<StaffEnv>) => {
  const statistics = await readStatistics(deps, { staff: c.var.staff });
  return c.body(statisticsTable(statistics), 200, csvHeaders('statistics.csv'));
};
