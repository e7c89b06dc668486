import { Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import {
  addUnit,
  listAdministeredUnits,
  changeUnit,
  retireUnit,
} from '../../src/desk/administration/units.ts';
import type { AdministeredUnit, UnitProblems } from '../../src/desk/administration/units.ts';
import { ladderOf } from '../../src/desk/letters/deadlines.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import { ensureUuid } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { administratorsOnly, isConfirmed, versionOf } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { ConfirmRetirementPage } from './retirement.page.tsx';
import { UnitPage, UnitsPage } from './units.page.tsx';

const HOME = '/staff/admin/units';
const NO_LADDER = { answerDays: '', remindDays: '', escalateDays: '' };
const NO_OWN_DAYS = { answerDays: null, remindDays: null, escalateDays: null };

export const createUnitsRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showUnits(parts, c));
  routes.get('/new', adminOnly, (c) => unitPage(parts, c, { unit: undefined }));
  routes.post('/new', adminOnly, (c) => postUnit(parts, c));
  routes.get('/:unit', adminOnly, async (c) =>
    unitPage(parts, c, { unit: await findUnit(parts, c) }),
  );
  routes.post('/:unit', adminOnly, (c) => postChange(parts, c));
  routes.get('/:unit/retirement', adminOnly, (c) =>
    c.redirect(`${HOME}/${ensureUuid(c.req.param('unit'))}`, 303),
  );
  routes.post('/:unit/retirement', adminOnly, (c) => postRetirement(parts, c));
  return routes;
};

const showUnits = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const units = await listAdministeredUnits(deps, staff);
  return c.html(page(<UnitsPage {...{ view, staff, units }} notice={c.req.query('notice')} />));
};

const postUnit = async (parts: RouteParts, c: AdminContext) => {
  const name = (await readForm(parts, c)).field('name');
  const result = await addUnit(parts.deps, c.var.by, { name });
  if (result.outcome === 'done') return done(c, 'unit_added');
  const problems = result.outcome === 'invalid' ? unitProblems(c, result.fields) : {};
  const typed = { name, secondLook: false, ladder: NO_LADDER };
  return unitPage(parts, c, { unit: undefined, typed, problems }, 422);
};

const postChange = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const unit = await findUnit(parts, c);
  const typed = {
    name: form.field('name'),
    secondLook: form.field('secondLook') === 'on',
    ladder: {
      answerDays: form.field('answerDays'),
      remindDays: form.field('remindDays'),
      escalateDays: form.field('escalateDays'),
    },
  };
  const changed = { unitId: unit.id, ...typed, version: versionOf(form) };
  const result = await changeUnit(parts.deps, c.var.by, changed);
  if (result.outcome === 'done') return done(c, 'unit_changed');
  if (result.outcome === 'stale') return staleUnit(parts, c);
  return unitPage(parts, c, { unit, typed, problems: unitProblems(c, result.fields) }, 422);
};

const postRetirement = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const unit = await findUnit(parts, c);
  if (!isConfirmed(form)) return askRetirement(c, unit, form.field('version'));
  const retired = { unitId: unit.id, version: versionOf(form) };
  const result = await retireUnit(parts.deps, c.var.by, retired);
  return result.outcome === 'done' ? done(c, 'unit_retired') : staleUnit(parts, c);
};

const askRetirement = (
  c: AdminContext,
  { id, name, letters }: AdministeredUnit,
  version: string,
) => {
  const { staff, view } = c.var;
  const words = view.text.admin.units;
  const left = words.retireLetters(view.digits(letters.undecided), view.digits(letters.open));
  const asked = { href: `${HOME}/${id}`, what: name, words, left, version };
  return c.html(page(<ConfirmRetirementPage {...{ view, staff }} {...asked} />));
};

const findUnit = async ({ deps }: RouteParts, c: AdminContext): Promise<AdministeredUnit> => {
  const units = await listAdministeredUnits(deps, c.var.staff);
  const unit = units.find(({ id }) => id === c.req.param('unit'));
  if (!unit) throw new DomainError('not_found');
  return unit;
};

const unitPage = (
  { deps: { config } }: RouteParts,
  c: AdminContext,
  props: Omit<Parameters<typeof UnitPage>[0], 'view' | 'staff' | 'defaults'>,
  status: 200 | 409 | 422 = 200,
) => {
  const { staff, view } = c.var;
  const defaults = ladderOf(config, { ladder: NO_OWN_DAYS });
  return c.html(page(<UnitPage {...{ view, staff, defaults }} {...props} />), status);
};

const staleUnit = async (parts: RouteParts, c: AdminContext) =>
  unitPage(parts, c, { unit: await findUnit(parts, c), stale: true }, 409);

const done = (c: AdminContext, notice: string) => c.redirect(`${HOME}?notice=${notice}`, 303);

const unitProblems = (c: AdminContext, { name, ...ladder }: UnitProblems): Problems => {
  const words = c.var.view.text.admin.units;
  return {
    ...(name && { name: words.problems[name] }),
    ...Object.fromEntries(Object.keys(ladder).map((field) => [field, words.ladder.malformed])),
  };
};
