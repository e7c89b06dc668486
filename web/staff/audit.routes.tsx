import { Hono } from 'hono';
import type { Context } from 'hono';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import { readAudit } from '../../src/desk/administration/audit-trail.ts';
import type { AuditFilter } from '../../src/desk/administration/audit-trail.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { csvHeaders } from '../http/csv.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { auditTable } from './audit-table.ts';
import { AuditTrailPage } from './audit.page.tsx';

const PAGE_SIZE = 50;
const MAX_EXPORTED = 10_000;
const MAX_FILTER_LENGTH = 80;

export const createAuditRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies));
  routes.get('/', (c) => showAudit(deps, c));
  routes.get('/entries.csv', deps.downloadLimits.file, (c) => sendAudit(deps, c));
  return routes;
};

const showAudit = async (deps: RouteDeps, c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const filter = readFilter(c);
  const typed = Number(c.req.query('before'));
  const before = Number.isSafeInteger(typed) && typed > 0 ? typed : undefined;
  const found = await readAudit(deps, { staff, from, ...filter, before, limit: PAGE_SIZE });
  const isNewest = before === undefined;
  const hrefOf = (path: string, more?: Record<string, string>) => hrefWith(filter, path, more);
  return c.html(page(<AuditTrailPage {...{ view, staff, filter, found, isNewest, hrefOf }} />));
};

const sendAudit = async (deps: RouteDeps, c: Context<StaffEnv>) => {
  const { staff, from } = c.var;
  const asked = { staff, from, ...readFilter(c), limit: MAX_EXPORTED, exported: true };
  const { lines } = await readAudit(deps, asked);
  return c.body(auditTable(lines), 200, csvHeaders('audit.csv'));
};

const readFilter = (c: Context<StaffEnv>): AuditFilter => {
  const asked = (name: string): string | undefined =>
    cleanLine(c.req.query(name) ?? '').slice(0, MAX_FILTER_LENGTH) || undefined;
  const number = asked('letter');
  return {
    letterNumber: number && toLatinDigits(number),
    username: asked('actor'),
    day: asked('day'),
    action: asked('action'),
  };
};

const hrefWith = (
  { letterNumber: letter, username: actor, day, action }: AuditFilter,
  path: string,
  more: Record<string, string> = {},
): string => {
  const wanted = Object.entries({ letter, actor, day, action, ...more });
  const query = new URLSearchParams(
    wanted.filter((one): one is [string, string] => one[1] !== undefined),
  ).toString();
  return query === '' ? path : `${path}?${query}`;
};
