import { getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { AppEnv, WebConfig } from '../env.ts';
import type { Language, View } from '../view.ts';

const ONE_YEAR_SECONDS = 365 * 24 * 3600;

const asLanguage = (value: string | undefined): Language | undefined =>
  value === 'fa' || value === 'en' ? value : undefined;

/** `?lang=` now and for later visits, else the cookie `lang`, else the organisation's language. */
export const language = (
  config: Pick<WebConfig, 'defaultLocale' | 'publicOrigin'>,
  viewIn: (language: Language, languageHref: string) => View,
) => {
  const secure = config.publicOrigin.startsWith('https:');
  const cookie = secure ? '__Host-lang' : 'lang';
  return createMiddleware<AppEnv>(async (c, next) => {
    const url = new URL(c.req.url);
    const asked = asLanguage(url.searchParams.get('lang') ?? undefined);
    const chosen = asked ?? asLanguage(getCookie(c, cookie)) ?? config.defaultLocale;
    url.searchParams.set('lang', chosen === 'fa' ? 'en' : 'fa');
    // `//evil.test/` is a path here, and in a link another site.
    const path = url.pathname.replace(/^\/+/, '/');
    c.set('view', viewIn(chosen, `${path}${url.search}`));
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
