import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { AppEnv, RouteDeps } from '../env.ts';
import { readBody } from '../http/read-body.ts';

const REPORT_TYPE = /^application\/(csp-report|reports\+json)\s*(;|$)/i;
const MINUTE_MS = 60_000;
const MOST_AT_ONCE = 10;
const WORD = /^([a-z-]{0,30}|[a-z-]{1,30}-[0-9a-f]{12}\.(js|css))$/;

interface Violation {
  directive: string;
  blocked: string;
  page: string;
  source: string;
  line: number;
}

export const createCspReportsRoutes = ({
  site: { cspReports },
  log,
}: Pick<RouteDeps, 'site' | 'log'>) => {
  const routes = new Hono<AppEnv>();
  let minute = 0;
  let logged = 0;

  routes.post('/', async (c) => {
    if (!REPORT_TYPE.test(c.req.header('content-type') ?? '')) throw new HTTPException(415);
    const body = await readBody(c, cspReports.maxBytes);
    const now = Math.floor(Date.now() / MINUTE_MS);
    if (now !== minute) [minute, logged] = [now, 0];
    for (const violation of readReports(body)) {
      if (logged >= cspReports.perMinute) break;
      logged += 1;
      log.warn({ requestId: c.var.requestId, ...violation }, CSP_VIOLATED);
    }
    return c.body(null, 204);
  });
  return routes;
};

export const CSP_VIOLATED = 'a page broke its content security policy';

const readReports = (body: Buffer): Violation[] => {
  let sent: unknown;
  try {
    sent = JSON.parse(body.toString());
  } catch {
    return [];
  }
  const reports = (Array.isArray(sent) ? sent : [sent]) as unknown[];
  return reports.slice(0, MOST_AT_ONCE).flatMap((report) => {
    const { type, body: inner, 'csp-report': old } = asRecord(report);
    if (type !== undefined && type !== 'csp-violation') return [];
    // The one form is of the Reporting API, the other of `report-uri`.
    const said = asRecord(inner ?? old);
    return [
      {
        directive: wordOf(said.effectiveDirective ?? said['effective-directive']),
        blocked: originOf(said.blockedURL ?? said['blocked-uri']),
        page: shapeOf(said.documentURL ?? said['document-uri']),
        source: shapeOf(said.sourceFile ?? said['source-file']),
        line: Number(said.lineNumber ?? said['line-number']) || 0,
      },
    ];
  });
};

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const wordOf = (value: unknown): string =>
  typeof value === 'string' && /^[a-z-]{1,40}$/.test(value) ? value : '';

const urlOf = (value: unknown): URL | null =>
  typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;

const originOf = (value: unknown): string => {
  const url = urlOf(value);
  if (!url) return wordOf(value);
  return url.origin === 'null' ? url.protocol : url.origin.slice(0, 200);
};

/** Keeps only the fixed words of a path: no id, no code, no name, no query. */
const shapeOf = (value: unknown): string => {
  const url = urlOf(value);
  if (!url) return '';
  const segments = url.pathname.split('/').slice(0, 8);
  return segments.map((part) => (WORD.test(part) ? part : '…')).join('/');
};
