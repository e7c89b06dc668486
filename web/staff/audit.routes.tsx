import { Hono } from 'hono';
import type { Context } from 'hono';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import type { AuditFilter } from '../../src/desk/administration/administration.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { csvHeaders } from '../http/csv.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { auditTable } from './audit-table.ts';
import { AuditTrailPage } from './audit.page.tsx';

const ON_A_PAGE = 50;
/** More than this are looked for with a narrower filter. */
const IN_A_TABLE = 10_000;
const LONGEST = 80;

/** The audit trail, for administrators and auditors. */
export const createAuditRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const { desk, downloadLimits } = deps;
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies));

  const asked = (c: Context<StaffEnv>, name: string): string | undefined =>
    cleanLine(c.req.query(name) ?? '').slice(0, LONGEST) || undefined;

  const readFilter = (c: Context<StaffEnv>): AuditFilter => {
    const number = asked(c, 'letter');
    return {
      letterNumber: number && toLatinDigits(number),
      username: asked(c, 'actor'),
      day: asked(c, 'day'),
      action: asked(c, 'action'),
    };
  };

  routes.get('/', async (c) => {
    const { staff, view, from } = c.var;
    const filter = readFilter(c);
    const typed = Number(c.req.query('before'));
    const before = Number.isSafeInteger(typed) && typed > 0 ? typed : undefined;
    const found = await desk.readAudit({ staff, from, ...filter, before, limit: ON_A_PAGE });
    const names = { letter: filter.letterNumber, actor: filter.username };
    const hrefOf = (path: string, more: Record<string, string> = {}): string => {
      const wanted = Object.entries({ ...names, day: filter.day, action: filter.action, ...more });
      const query = new URLSearchParams(
        wanted.filter((one): one is [string, string] => one[1] !== undefined),
      ).toString();
      return query === '' ? path : `${path}?${query}`;
    };
    const isNewest = before === undefined;
    return c.html(page(<AuditTrailPage {...{ view, staff, filter, found, isNewest, hrefOf }} />));
  });

  routes.get('/entries.csv', downloadLimits.file, async (c) => {
    const { staff, from } = c.var;
    const filter = readFilter(c);
    const { lines } = await desk.readAudit({
      staff,
      from,
      ...filter,
      limit: IN_A_TABLE,
      exported: true,
    });
    return c.body(auditTable(lines), 200, csvHeaders('audit.csv'));
  });

  return routes;
};
