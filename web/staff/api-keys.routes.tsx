import { Hono } from 'hono';
import {
  addKey,
  listAdministeredKeys,
  revokeKey,
} from '../../src/operations/integrations/api-keys.ts';
import type { ApiKeyRow } from '../../src/operations/integrations/api-keys.ts';
import { listUnits } from '../../src/desk/administration/units.ts';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { page } from '../components/layout.tsx';
import { ensureUuid } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { adminPath } from './admin-areas.ts';
import { administratorsOnly, isConfirmed, provenOnly } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { AddedApiKeyPage, ApiKeyPage, ApiKeysPage, NewApiKeyPage } from './api-keys.page.tsx';
import { ConfirmRetirementPage } from './retirement.page.tsx';

const HOME = adminPath('keys');

export const createApiKeysRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  const mayChange = [adminOnly, provenOnly('keys')] as const;
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showKeys(parts, c));
  routes.get('/new', ...mayChange, (c) => newKeyPage(parts, c, {}));
  routes.post('/new', ...mayChange, (c) => postKey(parts, c));
  routes.get('/:key', ...mayChange, (c) => showKey(parts, c));
  routes.get('/:key/retirement', adminOnly, (c) =>
    c.redirect(`${HOME}/${ensureUuid(c.req.param('key'))}`, 303),
  );
  routes.post('/:key/retirement', ...mayChange, (c) => postRetirement(parts, c));
  return routes;
};

const showKeys = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const [keys, units] = await Promise.all([listAdministeredKeys(deps, staff), listUnits(deps)]);
  const notice = c.req.query('notice');
  return c.html(page(<ApiKeysPage {...{ view, staff, keys, units, notice }} />));
};

const postKey = async (parts: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const form = await readForm(parts, c);
  const [name, scope, unit, days] = ['name', 'scope', 'unit', 'days'].map((field) =>
    form.field(field),
  ) as [string, string, string, string];
  const typedDays = toLatinDigits(days).trim();
  const result = await addKey(parts.deps, {
    by: c.var.by,
    name,
    scope,
    unitId: unit === '' ? null : unit,
    days: typedDays === '' ? null : Number(typedDays),
  });
  if (result.outcome === 'added')
    return c.html(page(<AddedApiKeyPage view={view} staff={staff} secret={result.key} />));
  const { field, why } = result;
  const words = view.text.admin.keys.problems;
  const problems = { [field]: why === 'taken' ? words.taken : words[field] };
  return newKeyPage(parts, c, { typed: { name, scope, unit, days }, problems }, 422);
};

const showKey = async (parts: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const [apiKey, units] = await Promise.all([findKey(parts, c), listUnits(parts.deps)]);
  return c.html(page(<ApiKeyPage {...{ view, staff, apiKey, units }} />));
};

const postRetirement = async (parts: RouteParts, c: AdminContext) => {
  const { staff, view, by } = c.var;
  const form = await readForm(parts, c);
  const { id, name: what } = await findKey(parts, c);
  if (!isConfirmed(form)) {
    const words = view.text.admin.keys;
    const asked = { href: `${HOME}/${id}`, what, words, version: '0' };
    return c.html(page(<ConfirmRetirementPage {...{ view, staff }} {...asked} />));
  }
  await revokeKey(parts.deps, { by, id });
  return c.redirect(`${HOME}?notice=key_revoked`, 303);
};

const findKey = async ({ deps }: RouteParts, c: AdminContext): Promise<ApiKeyRow> => {
  const keys = await listAdministeredKeys(deps, c.var.staff);
  const key = keys.find(({ id, revokedAt }) => id === c.req.param('key') && !revokedAt);
  if (!key) throw new DomainError('not_found');
  return key;
};

const newKeyPage = async (
  { deps }: RouteParts,
  c: AdminContext,
  props: Pick<Parameters<typeof NewApiKeyPage>[0], 'typed' | 'problems'>,
  status: 200 | 422 = 200,
) => {
  const { staff, view } = c.var;
  const units = (await listUnits(deps)).filter(({ retired }) => !retired);
  return c.html(page(<NewApiKeyPage {...{ view, staff, units }} {...props} />), status);
};
