/**
 * The desk over HTTP. Every page works without scripts. A route reads its input, calls one use
 * case, and redirects or renders.
 */
import { Hono } from 'hono';
import type { Context } from 'hono';
import { csrf } from 'hono/csrf';
import { closeStalled } from './http/body-pace.ts';
import { createCookies } from './http/cookies.ts';
import type { AppEnv, RouteDeps, AppDeps } from './env.ts';
import { createErrorHandler, errorPage } from './system/error-handler.tsx';
import { FormReader } from './http/form-reader.ts';
import { discardFile, receiveFile } from '../src/platform/files/receive-file.ts';
import { createApiRoutes } from './api/api.routes.ts';
import { createInfoRoutes } from './info/info.routes.tsx';
import { allowedMethods } from './middleware/allowed-methods.ts';
import { clientFrom } from './middleware/client-from.ts';
import { deadline } from './middleware/deadline.ts';
import { createDownloadLimits } from './middleware/download-limit.ts';
import { formGate } from './middleware/form-gate.ts';
import { hostGuard } from './middleware/host-guard.tsx';
import { language } from './middleware/language.ts';
import { overload } from './middleware/overload.ts';
import { requestLog } from './middleware/request-log.ts';
import { retryAfter } from './middleware/retry-after.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { noteUntrustedProxies } from './middleware/untrusted-proxy.ts';
import { createPortalArea } from './portal/portal-area.ts';
import { createVerifyRoutes } from './receipts/verify.routes.tsx';
import { createCodecRoutes } from './staff/codec.routes.ts';
import { whileNotSetUp } from './staff/setup.routes.tsx';
import { createStaffArea } from './staff/staff-area.ts';
import { noteEvent, securityEvents } from './security-events.ts';
import { loadStaticFiles } from './http/static-files.ts';
import { createStaticRoutes } from './http/static-files.routes.ts';
import { createCspReportsRoutes } from './system/csp-reports.routes.ts';
import { createHealthRoutes } from './system/health.routes.ts';
import { createSecurityContactRoutes } from './system/security-contact.routes.ts';
import { createOutboxRoutes } from './system/outbox.routes.tsx';
import { createReceiptsRoutes } from './system/receipts.routes.ts';
import { LANGUAGES, type Catalogues } from './text/languages.ts';
import { createViews } from './view.ts';

export const createApp = (
  { deps: parts, site, liveUpdates, meter, isDraining = () => false }: AppDeps,
  catalogues: Catalogues = LANGUAGES,
): Hono<AppEnv> => {
  const staticFiles = loadStaticFiles(() => site.identity(), catalogues);
  const viewIn = createViews(site, staticFiles, catalogues);
  const { log } = parts;
  const downloadLimits = createDownloadLimits();
  const deps: RouteDeps = { ...parts, site, liveUpdates, staticFiles, downloadLimits };
  const cookies = createCookies(site.publicOrigin);
  const forms = new FormReader(
    {
      receiveFile: (input) => receiveFile(deps, input),
      discardFile: (file) => discardFile(deps, file),
    },
    site,
    (c, event) => noteEvent(c as Context, event),
  );
  const app = new Hono<AppEnv>();

  app.use(
    requestLog(log, meter),
    closeStalled,
    retryAfter,
    clientFrom(site),
    noteUntrustedProxies(deps),
    securityEvents(log, meter),
    securityHeaders(site),
    language(site, Object.keys(catalogues), viewIn),
    hostGuard(site),
  );
  // It answers wrong methods itself, as problem details.
  const languages = Object.keys(catalogues);
  const limitWork = overload(site.requestsInWork);
  app.route('/api', createApiRoutes(deps, forms, { viewIn, languages, limitWork }));
  app.use(limitWork, deadline(site.answerWithinMs));
  // These two answer 404 to every method at times, so they come before the 405.
  if (site.devOutbox) app.route('/dev', createOutboxRoutes(deps));
  app.use('/staff/setup', whileNotSetUp(deps));
  app.use(allowedMethods(app));
  // Tools and browsers send these, not forms: each has a guard of its own.
  app.route('/staff/codec', createCodecRoutes(deps, cookies));
  app.route('/csp-reports', createCspReportsRoutes(deps));
  app.use(
    formGate(site),
    // With the origin named: behind a TLS proxy the request's own address is another one.
    csrf({ origin: site.publicOrigin, secFetchSite: 'same-origin' }),
  );

  app.route('/assets', createStaticRoutes(staticFiles, site));
  app.route('/health', createHealthRoutes(deps, isDraining));
  app.route('/.well-known', createSecurityContactRoutes(deps));
  if (site.receipts) app.route('/sms', createReceiptsRoutes(deps, site.receipts));
  app.route('/', createInfoRoutes(deps, viewIn));
  app.route('/verify', createVerifyRoutes(deps));
  app.route('/', createPortalArea({ deps, cookies, forms }));
  app.route('/staff', createStaffArea({ deps, cookies, forms }));

  app.notFound((c) => errorPage(c, { status: 404, kind: 'notFound' }));
  app.onError(createErrorHandler(log, forms));
  return app;
};
