import { Hono } from 'hono';
import { page } from '../components/layout.tsx';
import type { AppEnv, RouteDeps } from '../env.ts';
import type { MakeView } from '../view.ts';
import { AccessibilityPage } from './accessibility.page.tsx';
import { DesignPage } from './design.page.tsx';
import { HelpPage } from './help.page.tsx';
import { PrivacyPage } from './privacy.page.tsx';

export const createInfoRoutes = (deps: RouteDeps, viewIn: MakeView) => {
  const { site } = deps;
  const routes = new Hono<AppEnv>();
  routes.get('/help', (c) => c.html(page(<HelpPage view={c.var.view} />)));
  routes.get('/accessibility', (c) => c.html(page(<AccessibilityPage view={c.var.view} />)));
  routes.get('/privacy', (c) => c.html(page(<PrivacyPage view={c.var.view} />)));
  if (site.designPage)
    routes.get('/design', (c) => {
      const { view } = c.var;
      const others = view.otherLanguages.map(({ code }) => viewIn(code, () => '/design'));
      return c.html(page(<DesignPage view={view} specimens={[view, ...others]} />));
    });
  return routes;
};
