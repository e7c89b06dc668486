/** The routes of the pages, as the router itself knows them. */
import type { Hono } from 'hono';
import type { AppEnv } from '../../web/env.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface Route {
  method: string;
  /** As registered: `/letters/:id`. */
  path: string;
  /** `GET /letters/:id`. */
  name: string;
}

/** Each once; what is registered for all methods is middleware, not a route. */
export const routesOf = (app: Hono<AppEnv>): Route[] => {
  const routes = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }): Route => ({ method, path, name: `${method} ${path}` }));
  return [...new Map(routes.map((route) => [route.name, route])).values()];
};

/** An address of the route. @throws when a parameter of it is not given */
export const addressOf = (path: string, parameters: Record<string, string>): string =>
  path
    .replace(/:(\w+)(\{[^}]*\})?/g, (_all, name: string) => {
      const value = parameters[name];
      if (value === undefined) throw new Error(`${path}: no value for ${name}`);
      return value;
    })
    .replace('*', () => parameters['*'] ?? '');

/** What `Allow` says of an address: the methods of all routes whose pattern fits it. */
export const allowedAt = (routes: Route[], address: string): string[] => {
  const fits = (path: string): boolean => {
    const pattern = path.replace(
      /:\w+(?:\{([^}]*)\})?|\*$|\./g,
      (part, own?: string) => own ?? { '*': '.*', '.': '\\.' }[part] ?? '[^/]+',
    );
    return new RegExp(`^${pattern}$`).test(address);
  };
  const taken = new Set(routes.filter(({ path }) => fits(path)).map(({ method }) => method));
  return METHODS.filter((name) => taken.has(name)).flatMap((name) =>
    name === 'GET' ? ['GET', 'HEAD'] : [name],
  );
};
