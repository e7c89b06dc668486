import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../env.ts';

/**
 * A cross-site link may not start this: it leads to the page where people start it themselves.
 * Passes browsers without Sec-Fetch-Site.
 */
export const startedHere = (page: string) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const site = c.req.header('sec-fetch-site') ?? 'none';
    return site === 'same-origin' || site === 'none' ? next() : c.redirect(page, 303);
  });
