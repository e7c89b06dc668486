import { Hono } from 'hono';
import type { Context } from 'hono';
import { noteReader } from '../../src/desk/letters/presence.ts';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { Readers } from './readers-notice.tsx';

export const createReadersRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<StaffEnv>();
  const member = requireStaff(deps, cookies, { keepsOpen: false });
  routes.post('/:id/readers', member, postReader(deps, forms));
  return routes;
};

const postReader = (deps: RouteDeps, forms: FormReader) => async (c: Context<StaffEnv>) => {
  const { staff, view } = c.var;
  const form = await forms.readFields(c);
  ensureWhole(form);
  const hasLeft = form.field('left') === '1';
  const names = await noteReader(deps, { staff, letterId: letterIdOf(c), hasLeft });
  return c.html(<Readers view={view} names={names} />);
};
