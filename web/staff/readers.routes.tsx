/** An open page of a letter says so now and then, and is told who else has it open. */
import { Hono } from 'hono';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { Readers } from './readers-notice.tsx';

export const createReadersRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk } = deps;
  const routes = new Hono<StaffEnv>();
  routes.post('/:id/readers', requireStaff(deps, cookies, { keepsOpen: false }), async (c) => {
    const { staff, view } = c.var;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const hasLeft = form.field('left') === '1';
    const names = await desk.noteReader({ staff, letterId: letterIdOf(c), hasLeft });
    return c.html(<Readers view={view} names={names} />);
  });
  return routes;
};
