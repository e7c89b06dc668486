import { Hono } from 'hono';
import type { AppEnv } from '../env.ts';
import type { RouteParts } from '../route-parts.ts';
import { createOwnAccountRoutes } from './account.routes.tsx';
import { createLettersRoutes } from './letters.routes.tsx';
import { createNewLetterRoutes } from './new-letter.routes.tsx';
import { createSignInRoutes } from './sign-in.routes.tsx';

export const createPortalArea = ({ deps, cookies, forms }: RouteParts): Hono<AppEnv> => {
  const area = new Hono<AppEnv>();
  area.route('/', createSignInRoutes(deps, cookies, forms));
  area.route('/account', createOwnAccountRoutes(deps, cookies, forms));
  area.route('/letters/new', createNewLetterRoutes(deps, cookies, forms));
  area.route('/letters', createLettersRoutes(deps, cookies, forms));
  return area;
};
