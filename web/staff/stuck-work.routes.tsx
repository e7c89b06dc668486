import { Hono } from 'hono';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { readForm } from '../route-parts.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { StuckWorkPage } from './stuck-work.page.tsx';
import { showStuckWork, retryStuck } from '../../src/operations/maintenance/stuck-work.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

export const createStuckWorkRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  routes.get('/', async (c) => {
    const { staff, view } = c.var;
    const work = await showStuckWork(deps, { staff });
    const notice = c.req.query('notice');
    return c.html(page(<StuckWorkPage view={view} staff={staff} work={work} notice={notice} />));
  });

  routes.get('/retry', (c) => c.redirect('/staff/admin/stuck', 303));

  routes.post('/retry', async (c) => {
    const form = await readForm({ forms }, c);
    const letterId = form.field('letter');
    const storageKey = form.field('file');
    if (!isUuid(letterId) && !isUuid(storageKey)) throw new DomainError('not_found');
    const target = isUuid(letterId) ? { letterId } : { storageKey };
    const { retried } = await retryStuck(deps, { staff: c.var.staff, target, from: c.var.from });
    return c.redirect(
      `/staff/admin/stuck?notice=${retried ? 'retry_recorded' : 'retry_nothing'}`,
      303,
    );
  });

  return routes;
};
