import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../env.ts';

/**
 * What a link of another site may not begin: it leads to the page on which people begin it themselves.
 * A browser that does not say where it comes from is let through.
 */
export const startedHere = (page: string) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const site = c.req.header('sec-fetch-site') ?? 'none';
    return site === 'same-origin' || site === 'none' ? next() : c.redirect(page, 303);
  });
