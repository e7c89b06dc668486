import { getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { AppEnv, SiteSettings } from '../env.ts';
import type { MakeView } from '../view.ts';

const ONE_YEAR_SECONDS = 365 * 24 * 3600;

export const language = (
  site: Pick<SiteSettings, 'defaultLocale' | 'publicOrigin'>,
  codes: readonly string[],
  viewIn: MakeView,
) => {
  const secure = site.publicOrigin.startsWith('https:');
  const cookie = secure ? '__Host-lang' : 'lang';
  const known = (code: string | undefined): string | undefined =>
    code !== undefined && codes.includes(code) ? code : undefined;
  return createMiddleware<AppEnv>(async (c, next) => {
    const url = new URL(c.req.url);
    // Of other systems: they have no cookies.
    const isPage = !url.pathname.startsWith('/api/');
    const asked = isPage ? known(url.searchParams.get('lang') ?? undefined) : undefined;
    const kept = isPage ? known(getCookie(c, cookie)) : undefined;
    const chosen = asked ?? kept ?? site.defaultLocale;
    // `//evil.test/` is a path here, and in a link another site.
    const path = url.pathname.replace(/^\/+/, '/');
    const hrefIn = (code: string): string => {
      url.searchParams.set('lang', code);
      return `${path}${url.search}`;
    };
    c.set('view', viewIn(chosen, hrefIn));
    if (asked) {
      setCookie(c, cookie, asked, {
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        secure,
        maxAge: ONE_YEAR_SECONDS,
      });
    }
    await next();
  });
};
