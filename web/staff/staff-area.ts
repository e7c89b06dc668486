import { Hono } from 'hono';
import type { AppEnv } from '../env.ts';
import type { RouteParts } from '../route-parts.ts';
import { createAdminRoutes } from './admin.routes.tsx';
import { createAccountRoutes } from './account.routes.tsx';
import { createStaffSignInRoutes } from './staff-sign-in.routes.tsx';
import { createStaffSessionRoutes } from './staff-session.routes.ts';
import { createBulkRoutes } from './bulk.routes.tsx';
import { createQueueRoutes, createStaffLetterRoutes } from './staff.routes.tsx';
import { createKeysRoutes } from './keys.routes.tsx';
import { createPeopleRoutes } from './people.routes.tsx';
import { createReadersRoutes } from './readers.routes.tsx';
import { createSetupRoutes } from './setup.routes.tsx';

export const createStaffArea = ({ deps, cookies, forms }: RouteParts): Hono<AppEnv> => {
  const area = new Hono<AppEnv>();
  area.route('/', createQueueRoutes(deps, cookies));
  area.route('/', createStaffSessionRoutes(deps, cookies));
  area.route('/', createStaffSignInRoutes(deps, cookies, forms));
  area.route('/setup', createSetupRoutes(deps, forms));
  area.route('/account', createAccountRoutes(deps, cookies, forms));
  area.route('/letters', createReadersRoutes(deps, cookies, forms));
  area.route('/letters', createStaffLetterRoutes(deps, cookies, forms));
  area.route('/bulk', createBulkRoutes(deps, cookies, forms));
  area.route('/people', createPeopleRoutes(deps, cookies, forms));
  area.route('/keys', createKeysRoutes(deps, cookies, forms));
  area.route('/admin', createAdminRoutes({ deps, cookies, forms }));
  return area;
};
