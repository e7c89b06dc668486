/** The pages on a fake desk, called without a server or on a real one. */
import type { Hono } from 'hono';
import { createApp } from '../../web/app.tsx';
import type { AppEnv, WebConfig, WebMeter } from '../../web/env.ts';
import { plainIdentity } from '../../web/identity.ts';
import { startWebServer } from '../../web/server.ts';
import type { Catalogues } from '../../web/text/languages.ts';
import { createTestLog } from './log-alarm.ts';
import type { LogLine } from './real-site.ts';
import { createFakeDesk, type FakeDesk } from './fake-desk.ts';

export interface TestSite {
  app: Hono<AppEnv>;
  fake: FakeDesk;
  origin: string;
  log: LogLine[];
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  /** As a browser posts a form of the desk's own pages. */
  post: (
    path: string,
    body: URLSearchParams | FormData,
    headers?: Record<string, string>,
  ) => Promise<Response>;
}

/** Of a browser that keeps cookies. */
export const VISITOR = { cookie: 'visit=1' };

/** Where Temporal UI is, for its codec endpoint. */
export const UI_ORIGIN = 'http://ui.desk.test';

export const MAX_FILE_BYTES = 1024 * 1024;

export const createTestSite = (
  config: Partial<WebConfig> = {},
  catalogues?: Catalogues,
  meter?: WebMeter,
): TestSite => {
  const fake = createFakeDesk();
  const log: LogLine[] = [];
  const testLog = createTestLog('test site');
  const write = (fields: object, message: string): void => {
    testLog.info(fields, message);
    log.push({ fields: { ...fields }, message });
  };
  const origin = config.publicOrigin ?? 'http://desk.test';
  const app = createApp(
    {
      desk: fake.desk,
      log: { info: write, warn: write, error: write },
      meter,
      config: {
        publicOrigin: origin,
        answerWithinMs: 10_000,
        codec: { uiOrigin: UI_ORIGIN, maxBytes: 64 * 1024 },
        api: { page: 100, maxBytes: 64 * 1024 },
        cspReports: { perMinute: 5, maxBytes: 16 * 1024 },
        orgName: 'شهرداری نمونه',
        securityContact: 'mailto:security@desk.test',
        identity: plainIdentity('شهرداری نمونه'),
        designPage: true,
        facts: {
          retainDays: { rejected: 0, withdrawn: 0, closed: 0, messages: 0, applicants: 0 },
          heldMinutes: 60,
          presenceSeconds: 90,
          answerWorkingDays: 10,
          sessionIdleMinutes: 30,
          sessionHours: 12,
        },
        timeZone: 'Asia/Tehran',
        defaultLocale: 'fa',
        maxFileBytes: MAX_FILE_BYTES,
        limits: { subject: 200, name: 120, text: 4000, stockReason: 400, stockReasons: 30 },
        resendSeconds: 60,
        codeMinutes: 5,
        devOutbox: true,
        sessionHours: 12,
        staffSessionHours: 8,
        staffSignInMinutes: 15,
        staffProvenMinutes: 10,
        staffOneTimeHours: 72,
        singleSignOn: 'حساب سازمانی',
        trustedProxies: [],
        receipts: { maxBytes: 64 * 1024 },
        fromOf: (address) => (address === '' ? undefined : `hash of ${address}`),
        ...config,
      },
    },
    catalogues,
  );
  return {
    app,
    fake,
    origin,
    log,
    get: async (path, headers = {}) => app.request(`${origin}${path}`, { headers }),
    post: async (path, body, headers = {}) =>
      app.request(`${origin}${path}`, {
        method: 'POST',
        body,
        headers: { origin, ...VISITOR, ...headers },
      }),
  };
};

/** The site behind a real listener; `stop` it when done. */
export const startTestSite = async (
  port: number,
  { readerIdleMs, ...config }: Partial<WebConfig> & { readerIdleMs?: number } = {},
): Promise<TestSite & { stop(): Promise<void> }> => {
  const site = createTestSite({ publicOrigin: `http://localhost:${port}`, ...config });
  const timing = readerIdleMs === undefined ? {} : { readerIdleMs };
  const server = await startWebServer(site.app, { host: '127.0.0.1', port, ...timing });
  return { ...site, stop: () => server.stop() };
};
