/** The pages on the real desk with a database of their own, and somebody to ask for them. */
import type { Hono } from 'hono';
import type { AppEnv } from '../../web/env.ts';
import { makeRealHome, startRealSite } from './real-site.ts';
import type { RealSite, RealSiteOptions } from './real-site.ts';
import { createSiteLetters } from './site-letters.ts';
import type { SiteLetters } from './site-letters.ts';

/** Of a browser that keeps cookies. */
export const VISITOR = { cookie: 'visit=1' };

export interface Visits {
  app: Hono<AppEnv>;
  origin: string;
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  /** As a browser posts a form of the desk's own pages. */
  post: (
    path: string,
    body: URLSearchParams | FormData,
    headers?: Record<string, string>,
  ) => Promise<Response>;
}

export const visitsOf = (app: Hono<AppEnv>, origin: string): Visits => ({
  app,
  origin,
  get: async (path, headers = {}) => app.request(`${origin}${path}`, { headers }),
  post: async (path, body, headers = {}) =>
    app.request(`${origin}${path}`, {
      method: 'POST',
      body,
      headers: { origin, ...VISITOR, ...headers },
    }),
});

export interface TestSite extends RealSite, Visits, SiteLetters {
  /** The same desk under other settings of the pages. */
  under: (...changes: Parameters<RealSite['appWith']>) => Visits;
  /** Another process on the same database, with settings of its own; to be stopped before this one. */
  beside: (
    env: Record<string, string>,
    options?: Pick<RealSiteOptions, 'listen'>,
  ) => Promise<RealSite & Visits>;
}

/** Limits are off unless `env` says otherwise. @see startRealSite */
export const openTestSite = async (options: RealSiteOptions = {}): Promise<TestSite> => {
  const home = await makeRealHome();
  const env = { RATE_LIMITS: 'off', ...options.env };
  const site = await startRealSite(home, { ...options, env });
  const origin = site.config.PUBLIC_ORIGIN;
  return {
    ...site,
    ...createSiteLetters(site),
    ...visitsOf(site.app, origin),
    under: (config, ...rest) =>
      visitsOf(site.appWith(config, ...rest), config.publicOrigin ?? origin),
    async beside(changed, more = {}) {
      const other = await startRealSite(home, { ...more, env: { ...env, ...changed } });
      return { ...other, ...visitsOf(other.app, other.config.PUBLIC_ORIGIN) };
    },
    async stop() {
      await site.stop();
      await home.remove();
    },
  };
};
