import { Hono } from 'hono';
import type { AppEnv, RouteDeps } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createOwnAccountRoutes } from './account.routes.tsx';
import { createLettersRoutes } from './letters.routes.tsx';
import { createNewLetterRoutes } from './new-letter.routes.tsx';
import { createSignInRoutes } from './sign-in.routes.tsx';

export const createPortalArea = ({
  deps,
  cookies,
  forms,
}: {
  deps: RouteDeps;
  cookies: Cookies;
  forms: FormReader;
}): Hono<AppEnv> => {
  const area = new Hono<AppEnv>();
  area.route('/', createSignInRoutes(deps, cookies, forms));
  area.route('/account', createOwnAccountRoutes(deps, cookies, forms));
  area.route('/letters/new', createNewLetterRoutes(deps, cookies, forms));
  area.route('/letters', createLettersRoutes(deps, cookies, forms));
  return area;
};
