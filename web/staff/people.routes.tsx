import { Hono } from 'hono';
import { findPeople } from '../../src/desk/people/find-people.ts';
import { openPerson } from '../../src/desk/people/open-person.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { PeoplePage } from './people.page.tsx';
import { PersonPage } from './person.page.tsx';

const LONGEST_SEARCH = 200;

export const createPeopleRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  routes.get('/', async (c) => {
    const { staff, view, from } = c.var;
    const search = cleanLine(c.req.query('q') ?? '').slice(0, LONGEST_SEARCH);
    const found = await findPeople(deps, { staff, search, from });
    return c.html(page(<PeoplePage {...{ view, staff, search, found }} />));
  });

  routes.get('/:person', async (c) => {
    const { staff, view, from } = c.var;
    const person = await openPerson(deps, { staff, personId: c.req.param('person'), from });
    const notice = c.req.query('notice');
    return c.html(page(<PersonPage {...{ view, staff, person, notice }} />));
  });

  return routes;
};
