import { Hono } from 'hono';
import { ensureMayAdminister } from '../../src/desk/administration/administrator.ts';
import type { StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';
import type { RouteParts } from '../route-parts.ts';
import { createCalendarRoutes } from './calendar.routes.tsx';
import { createMembersRoutes } from './members.routes.tsx';
import { createReasonsRoutes } from './reasons.routes.tsx';
import { createUnitsRoutes } from './units.routes.tsx';

export const createAdminRoutes = (parts: RouteParts) => {
  const routes = new Hono<StaffEnv>();
  routes.get('/', requireStaff(parts.deps, parts.cookies), (c) => {
    ensureMayAdminister(c.var.staff);
    return c.redirect('/staff/admin/members', 303);
  });
  routes.route('/members', createMembersRoutes(parts));
  routes.route('/units', createUnitsRoutes(parts));
  routes.route('/reasons', createReasonsRoutes(parts));
  routes.route('/calendar', createCalendarRoutes(parts));
  return routes;
};
