import { Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import {
  actOnMember,
  addMember,
  changeMember,
  listMembers,
  MEMBER_ACTS,
} from '../../src/desk/administration/members.ts';
import type { AdministeredMember } from '../../src/desk/administration/members.ts';
import { cancelAbsence, readAbsences, registerAbsence } from '../../src/desk/staff/absences.ts';
import { listAdministeredUnits } from '../../src/desk/administration/units.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import { ensureUuid } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { absenceProblems, readAbsence } from './absence-parts.tsx';
import { administratorsOnly, provenOnly, versionOf } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { readMember } from './member.form.ts';
import { MemberPage, MembersPage, OneTimePasswordPage } from './members.page.tsx';

const HOME = '/staff/admin/members';

export const createMembersRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  const mayChange = [adminOnly, provenOnly('members')] as const;
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showMembers(parts, c));
  routes.get('/new', ...mayChange, (c) => memberPage(parts, c, { member: undefined }));
  routes.post('/new', ...mayChange, (c) => postMember(parts, c));
  routes.get('/:member', ...mayChange, async (c) =>
    memberPage(parts, c, { member: await findMember(parts, c) }),
  );
  routes.post('/:member', ...mayChange, (c) => postChange(parts, c));
  routes.get('/:member/acts', adminOnly, (c) =>
    c.redirect(`${HOME}/${ensureUuid(c.req.param('member'))}`, 303),
  );
  routes.post('/:member/acts', ...mayChange, (c) => postAct(parts, c));
  routes.get('/:member/absences', adminOnly, toMemberPage);
  routes.post('/:member/absences', ...mayChange, (c) => postAbsence(parts, c));
  routes.get('/:member/absences/cancellation', adminOnly, toMemberPage);
  routes.post('/:member/absences/cancellation', ...mayChange, (c) => postCancellation(parts, c));
  return routes;
};

const toMemberPage = (c: AdminContext) =>
  c.redirect(`${HOME}/${ensureUuid(c.req.param('member') ?? '')}`, 303);

const postAbsence = async (parts: RouteParts, c: AdminContext) => {
  const { by, view } = c.var;
  const typed = readAbsence(await readForm(parts, c));
  const member = await findMember(parts, c);
  const asked = { byId: by.id, staffId: member.id, from: by.from, ...typed };
  const result = await registerAbsence(parts.deps, asked);
  if (result.outcome === 'registered') return done(c, 'absence_registered');
  const problems = absenceProblems(view, result.fields);
  return memberPage(parts, c, { member, absence: { typed, problems }, problems }, 422);
};

const postCancellation = async (parts: RouteParts, c: AdminContext) => {
  const { by } = c.var;
  const absenceId = (await readForm(parts, c)).field('absence');
  const { id: staffId } = await findMember(parts, c);
  await cancelAbsence(parts.deps, { byId: by.id, staffId, from: by.from, absenceId });
  return done(c, 'absence_cancelled');
};

const showMembers = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const [members, units] = await Promise.all([
    listMembers(deps, staff),
    listAdministeredUnits(deps, staff),
  ]);
  const notice = c.req.query('notice');
  return c.html(page(<MembersPage {...{ view, staff, members, units, notice }} />));
};

const postMember = async (parts: RouteParts, c: AdminContext) => {
  const typed = readMember(await readForm(parts, c));
  const result = await addMember(parts.deps, c.var.by, typed);
  if (result.outcome === 'done') return passwordPage(parts, c, result.password);
  const problems = result.outcome === 'invalid' ? problemsOf(c, { ...result.fields }) : {};
  return memberPage(parts, c, { member: undefined, typed, problems }, 422);
};

const postChange = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const member = await findMember(parts, c);
  const typed = readMember(form);
  const { username: _username, ...fields } = typed;
  const changed = { ...fields, memberId: member.id, version: versionOf(form) };
  const result = await changeMember(parts.deps, c.var.by, changed);
  if (result.outcome === 'done') return done(c, 'member_changed');
  if (result.outcome === 'stale') return staleMember(parts, c);
  const problems = problemsOf(c, { ...result.fields });
  return memberPage(parts, c, { member, typed, problems }, 422);
};

const postAct = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const member = await findMember(parts, c);
  const act = MEMBER_ACTS.find((known) => known === form.field('act'));
  if (!act) throw new DomainError('not_found');
  const asked = { memberId: member.id, version: versionOf(form), act };
  const result = await actOnMember(parts.deps, c.var.by, asked);
  if (result.outcome === 'stale') return staleMember(parts, c);
  if (result.outcome === 'invalid') {
    const problems = problemsOf(c, { role: result.fields.act });
    return memberPage(parts, c, { member, problems }, 422);
  }
  return result.password === undefined
    ? done(c, `member_${act}`)
    : passwordPage(parts, c, result.password);
};

const findMember = async ({ deps }: RouteParts, c: AdminContext): Promise<AdministeredMember> => {
  const members = await listMembers(deps, c.var.staff);
  const member = members.find(({ id }) => id === c.req.param('member'));
  if (!member) throw new DomainError('not_found');
  return member;
};

const memberPage = async (
  { deps }: RouteParts,
  c: AdminContext,
  props: Omit<Parameters<typeof MemberPage>[0], 'view' | 'staff' | 'units' | 'absences'>,
  status: 200 | 409 | 422 = 200,
) => {
  const { staff, view } = c.var;
  const { member } = props;
  const [units, absences] = await Promise.all([
    listAdministeredUnits(deps, staff),
    member && readAbsences(deps, member.id),
  ]);
  return c.html(page(<MemberPage {...{ view, staff, units, absences }} {...props} />), status);
};

const staleMember = async (parts: RouteParts, c: AdminContext) =>
  memberPage(parts, c, { member: await findMember(parts, c), stale: true }, 409);

const passwordPage = ({ deps }: RouteParts, c: AdminContext, password: string) => {
  const { staff, view } = c.var;
  const hours = deps.site.staffOneTimeHours;
  return c.html(page(<OneTimePasswordPage {...{ view, staff, password, hours }} />));
};

const done = (c: AdminContext, notice: string) => c.redirect(`${HOME}?notice=${notice}`, 303);

const problemsOf = (c: AdminContext, fields: Record<string, string | undefined>): Problems =>
  Object.fromEntries(
    Object.entries(fields).map(([field, problem]) => [
      field === 'unitIds' ? 'unit1' : field,
      c.var.view.text.admin.members.problems[`${field}_${problem}`] ?? '',
    ]),
  );
