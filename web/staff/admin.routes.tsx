import { Hono } from 'hono';
import { ensureMayAdminister } from '../../src/desk/administration/administrator.ts';
import { page } from '../components/layout.tsx';
import type { StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';
import type { RouteParts } from '../route-parts.ts';
import { AdminHomePage } from './admin-home.page.tsx';
import { createApiKeysRoutes } from './api-keys.routes.tsx';
import { createAuditRoutes } from './audit.routes.tsx';
import { createCalendarRoutes } from './calendar.routes.tsx';
import { createMembersRoutes } from './members.routes.tsx';
import { createProcessRoutes } from './process.routes.tsx';
import { createReasonsRoutes } from './reasons.routes.tsx';
import { createRegistersRoutes } from './registers.routes.tsx';
import { createStatisticsRoutes } from './statistics.routes.tsx';
import { createStuckWorkRoutes } from './stuck-work.routes.tsx';
import { createUnitsRoutes } from './units.routes.tsx';
import { createWebhooksRoutes } from './webhooks.routes.tsx';

export const createAdminRoutes = (parts: RouteParts) => {
  const routes = new Hono<StaffEnv>();
  routes.get('/', requireStaff(parts.deps, parts.cookies), (c) => {
    ensureMayAdminister(c.var.staff);
    const { view, staff } = c.var;
    return c.html(page(<AdminHomePage view={view} staff={staff} />));
  });
  routes.route('/members', createMembersRoutes(parts));
  routes.route('/units', createUnitsRoutes(parts));
  routes.route('/reasons', createReasonsRoutes(parts));
  routes.route('/calendar', createCalendarRoutes(parts));
  routes.route('/registers', createRegistersRoutes(parts));
  routes.route('/keys', createApiKeysRoutes(parts));
  routes.route('/webhooks', createWebhooksRoutes(parts));
  routes.route('/', createProcessRoutes(parts.deps, parts.cookies));
  routes.route('/', createStatisticsRoutes(parts.deps, parts.cookies));
  routes.route('/audit', createAuditRoutes(parts.deps, parts.cookies));
  routes.route('/stuck', createStuckWorkRoutes(parts.deps, parts.cookies, parts.forms));
  return routes;
};
