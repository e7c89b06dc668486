/**
 * The desk over HTTP: pages for applicants and staff, files, probes. Every page works without
 * scripts. A route reads its input, calls one use case of the desk, and redirects or renders.
 */
import { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { createCookies } from './cookies.ts';
import type { AppEnv, RouteDeps, WebDeps } from './env.ts';
import { createErrorHandler, errorPage } from './error-handler.tsx';
import { createFormReader } from './form-reader.ts';
import { formGate } from './middleware/form-gate.ts';
import { hostGuard } from './middleware/host-guard.tsx';
import { language } from './middleware/language.ts';
import { requestLog } from './middleware/request-log.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { createLettersRoutes } from './portal/letters.routes.tsx';
import { createSignInRoutes } from './portal/sign-in.routes.tsx';
import { createStaffSignInRoutes } from './staff/staff-sign-in.routes.tsx';
import { createQueueRoutes, createStaffLetterRoutes } from './staff/staff.routes.tsx';
import { createStuckWorkRoutes } from './staff/stuck-work.routes.tsx';
import { loadStaticFiles } from './static-files.ts';
import { createHealthRoutes } from './system/health.routes.ts';
import { createOutboxRoutes } from './system/outbox.routes.tsx';
import { createViews } from './view.ts';

export const createApp = ({ desk, config, log }: WebDeps): Hono<AppEnv> => {
  const staticFiles = loadStaticFiles();
  const deps: RouteDeps = { desk, config, log, staticFiles };
  const cookies = createCookies(config.publicOrigin);
  const forms = createFormReader(desk, config);
  const app = new Hono<AppEnv>();

  app.use(
    requestLog(log),
    securityHeaders(config),
    language(config, createViews(config, staticFiles.paths)),
    hostGuard(config),
    formGate,
    // With the origin named: behind a TLS proxy the request's own address is another one.
    csrf({ origin: config.publicOrigin, secFetchSite: 'same-origin' }),
  );

  app.get('/assets/*', (c) => {
    const file = staticFiles.find(c.req.path);
    if (!file) return c.notFound();
    return c.body(file.body, 200, {
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });
  app.route('/health', createHealthRoutes(deps));
  if (config.devOutbox) app.route('/dev', createOutboxRoutes(deps));
  app.route('/', createSignInRoutes(deps, cookies, forms));
  app.route('/letters', createLettersRoutes(deps, cookies, forms));
  app.route('/staff', createQueueRoutes(deps, cookies));
  app.route('/staff', createStaffSignInRoutes(deps, cookies, forms));
  app.route('/staff/letters', createStaffLetterRoutes(deps, cookies, forms));
  app.route('/staff/stuck', createStuckWorkRoutes(deps, cookies, forms));

  app.notFound((c) => errorPage(c, { status: 404, kind: 'notFound' }));
  app.onError(createErrorHandler(log));
  return app;
};
