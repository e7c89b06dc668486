import { Hono } from 'hono';
import type { AppEnv, RouteDeps } from '../env.ts';

/** RFC 9116 advises less than a year. */
const VALID_MS = 180 * 86_400_000;

export const createSecurityContactRoutes = ({
  site: { publicOrigin, securityContact },
}: Pick<RouteDeps, 'site'>) => {
  const routes = new Hono<AppEnv>();
  routes.get('/security.txt', (c) =>
    c.text(
      [
        `Contact: ${securityContact}`,
        `Expires: ${new Date(Date.now() + VALID_MS).toISOString()}`,
        'Preferred-Languages: fa, en',
        `Canonical: ${publicOrigin}/.well-known/security.txt`,
        '',
      ].join('\n'),
      200,
      { 'cache-control': 'public, max-age=86400' },
    ),
  );
  return routes;
};
