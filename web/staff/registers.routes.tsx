import { Hono } from 'hono';
import {
  addRegisterBook,
  assignUnitRegister,
  changeRegisterBook,
  listAdministeredRegisters,
  previewNumber,
} from '../../src/desk/administration/registers.ts';
import type {
  AdministeredRegister,
  RegisterProblems,
  TypedRegister,
} from '../../src/desk/administration/registers.ts';
import { listUnits } from '../../src/desk/administration/units.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { page } from '../components/layout.tsx';
import type { Problems } from '../components/error-summary.tsx';
import type { PostedForm } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { adminPath } from './admin-areas.ts';
import { administratorsOnly } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { RegisterPage, RegistersPage } from './registers.page.tsx';

const HOME = adminPath('registers');

export const createRegistersRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showRegisters(parts, c));
  routes.get('/new', adminOnly, (c) => registerPage(parts, c, { register: undefined }));
  routes.post('/new', adminOnly, (c) => postNew(parts, c));
  routes.get('/:register', adminOnly, async (c) =>
    registerPage(parts, c, { register: await findRegister(parts, c) }),
  );
  routes.post('/:register', adminOnly, (c) => postChange(parts, c));
  routes.get('/:register/units', adminOnly, async (c) =>
    c.redirect(`${HOME}/${(await findRegister(parts, c)).id}`, 303),
  );
  routes.post('/:register/units', adminOnly, (c) => postUnit(parts, c));
  return routes;
};

const showRegisters = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const registers = await listAdministeredRegisters(deps, staff);
  const notice = c.req.query('notice');
  return c.html(page(<RegistersPage {...{ view, staff, registers, notice }} />));
};

const readTyped = (form: PostedForm, id: string): TypedRegister => ({
  id,
  template: form.field('template'),
  firstSerial: form.field('firstSerial'),
});

const postNew = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const typed = readTyped(form, form.field('name'));
  if (form.field('act') === 'preview') return preview(parts, c, undefined, typed);
  const result = await addRegisterBook(parts.deps, c.var.by, typed);
  if (result.outcome !== 'invalid') return done(c, 'register_added');
  const problems = problemsOf(c, result.fields);
  return registerPage(parts, c, { register: undefined, typed, problems }, 422);
};

const postChange = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const register = await findRegister(parts, c);
  const typed = readTyped(form, register.id);
  if (form.field('act') === 'preview') return preview(parts, c, register, typed);
  const result = await changeRegisterBook(parts.deps, c.var.by, typed);
  if (result.outcome !== 'invalid') return done(c, 'register_changed');
  const problems = problemsOf(c, result.fields);
  return registerPage(parts, c, { register, typed, problems }, 422);
};

const postUnit = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const { id: register } = await findRegister(parts, c);
  await assignUnitRegister(parts.deps, c.var.by, { unitId: form.field('unit'), register });
  return done(c, 'register_assigned');
};

const preview = (
  parts: RouteParts,
  c: AdminContext,
  register: AdministeredRegister | undefined,
  typed: TypedRegister,
) => {
  const number = previewNumber(parts.deps, typed);
  if (number !== undefined) return registerPage(parts, c, { register, typed, preview: number });
  const problems = { template: c.var.view.text.admin.registers.problems.template_malformed };
  return registerPage(parts, c, { register, typed, problems }, 422);
};

const findRegister = async (
  { deps }: RouteParts,
  c: AdminContext,
): Promise<AdministeredRegister> => {
  const registers = await listAdministeredRegisters(deps, c.var.staff);
  const register = registers.find(({ id }) => id === c.req.param('register'));
  if (!register) throw new DomainError('not_found');
  return register;
};

const registerPage = async (
  { deps }: RouteParts,
  c: AdminContext,
  props: Omit<Parameters<typeof RegisterPage>[0], 'view' | 'staff' | 'units'>,
  status: 200 | 422 = 200,
) => {
  const { staff, view } = c.var;
  const units = (await listUnits(deps)).filter(({ retired }) => !retired);
  return c.html(page(<RegisterPage {...{ view, staff, units }} {...props} />), status);
};

const problemsOf = (c: AdminContext, { id, template, firstSerial }: RegisterProblems): Problems => {
  const words = c.var.view.text.admin.registers.problems;
  return {
    ...(id && { name: words[`name_${id}`] }),
    ...(template && { template: words[`template_${template}`] }),
    ...(firstSerial && { firstSerial: words.firstSerial }),
  };
};

const done = (c: AdminContext, notice: string) => c.redirect(`${HOME}?notice=${notice}`, 303);
