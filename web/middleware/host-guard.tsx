import { createMiddleware } from 'hono/factory';
import { WrongHostPage } from '../system/error.page.tsx';
import { page } from '../components/layout.tsx';
import type { AppEnv, SiteSettings } from '../env.ts';
import { noteEvent } from '../security-events.ts';

export const hostGuard = (site: Pick<SiteSettings, 'publicOrigin'>) => {
  const host = new URL(site.publicOrigin).host;
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.path.startsWith('/health/') || c.req.path.startsWith('/assets/')) return next();
    // Node takes the first of two Host headers and accepts an absolute request line.
    const names = (c.env?.incoming?.rawHeaders ?? []).filter((_value, index) => index % 2 === 0);
    const named = names.filter((name) => name.toLowerCase() === 'host').length;
    const asked = [new URL(c.req.url).host, c.req.header('host') ?? host];
    if (named <= 1 && asked.every((name) => name.toLowerCase() === host)) return next();
    noteEvent(c, 'host_refused');
    return c.html(page(<WrongHostPage view={c.var.view} origin={site.publicOrigin} />), 421);
  });
};
