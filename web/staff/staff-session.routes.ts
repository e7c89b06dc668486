import { Hono } from 'hono';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';

/** For the script that warns before the end; the request itself extends the session. */
export const createStaffSessionRoutes = (deps: RouteDeps, cookies: Cookies) =>
  new Hono<StaffEnv>().get('/session', requireStaff(deps, cookies), (c) =>
    c.json({ seconds: c.var.staff.sessionSeconds ?? 0 }),
  );
