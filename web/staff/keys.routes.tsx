import { Hono } from 'hono';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { KeysPage } from './keys.page.tsx';

const YEAR_SECONDS = 365 * 24 * 3600;

export const createKeysRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  routes.get('/', (c) => {
    const { view, staff } = c.var;
    const on = cookies.read(c, 'keys') !== 'off';
    return c.html(
      page(<KeysPage view={view} staff={staff} on={on} notice={c.req.query('notice')} />),
    );
  });

  routes.post('/', async (c) => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    const off = form.field('keys') === 'off';
    if (off) cookies.write(c, 'keys', 'off', YEAR_SECONDS);
    else cookies.remove(c, 'keys');
    return c.redirect(`/staff/keys?notice=keys_${off ? 'off' : 'on'}`, 303);
  });

  return routes;
};
