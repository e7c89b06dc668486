import { Hono } from 'hono';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type {
  AdministeredMember,
  AdministeredReason,
  AdministeredUnit,
  MemberAct,
  ReasonProblems,
} from '../../src/desk/administration/administration.ts';
import { page } from '../components/layout.tsx';
import type { Problems } from '../components/error-summary.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { ensureUuid } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readMember, versionOf } from './admin.form.ts';
import { AdminPage } from './admin.page.tsx';
import { MemberPage, OneTimePasswordPage } from './members.page.tsx';
import { ReasonPage } from './reasons.page.tsx';
import { UnitPage } from './units.page.tsx';
import { ConfirmRetirementPage } from './retirement.page.tsx';

const HOME = '/staff/admin';

const isConfirmed = (form: PostedForm): boolean => form.field('confirmed') === '1';
const ACTS: readonly MemberAct[] = [
  'disable',
  'enable',
  'reset_password',
  'reset_factors',
  'end_sessions',
];

/** «مدیریت»: units and staff, for administrators; auditors read. */
export const createAdminRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  const session = (c: Context<StaffEnv>) => ({
    sessionToken: cookies.read(c, 'staff_sid') ?? '',
    from: c.var.from,
  });

  const readForm = async (c: Context<StaffEnv>): Promise<PostedForm> => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    return form;
  };

  const done = (c: Context<StaffEnv>, notice: string) =>
    c.redirect(`${HOME}?notice=${notice}`, 303);

  const adminOnly = createMiddleware<StaffEnv>(async (c, next) => {
    if (c.var.staff.role !== 'admin') throw new DomainError('not_allowed');
    return next();
  });

  /** To the question who asks, when the last proof is too long ago. */
  const proven = createMiddleware<StaffEnv>(async (c, next) => {
    const account = await desk.findAccount({ sessionToken: session(c).sessionToken });
    return account?.mayChange ? next() : c.redirect('/staff/account/confirm?next=admin', 303);
  });

  routes.get('/', async (c) => {
    const { staff, view } = c.var;
    const [units, members, reasons] = await Promise.all([
      desk.listAdministeredUnits({ staff }),
      desk.listAdministeredStaff({ staff }),
      desk.listAdministeredReasons({ staff }),
    ]);
    const notice = c.req.query('notice');
    return c.html(page(<AdminPage {...{ view, staff, units, members, reasons, notice }} />));
  });

  const askRetirement = (
    c: Context<StaffEnv>,
    form: PostedForm,
    asked: Pick<Parameters<typeof ConfirmRetirementPage>[0], 'href' | 'words' | 'what' | 'left'>,
  ) => {
    const { staff, view } = c.var;
    const version = form.field('version');
    return c.html(page(<ConfirmRetirementPage {...{ view, staff, version }} {...asked} />));
  };

  const findUnit = async (c: Context<StaffEnv>): Promise<AdministeredUnit> => {
    const units = await desk.listAdministeredUnits({ staff: c.var.staff });
    const unit = units.find(({ id }) => id === c.req.param('unit'));
    if (!unit) throw new DomainError('not_found');
    return unit;
  };

  const nameProblems = (c: Context<StaffEnv>, name: 'missing' | 'too_long' | 'taken' | undefined) =>
    name ? { name: c.var.view.text.admin.units.problems[name] } : {};

  routes.get('/units/new', adminOnly, (c) => {
    const { staff, view } = c.var;
    return c.html(page(<UnitPage view={view} staff={staff} unit={undefined} />));
  });

  routes.post('/units/new', adminOnly, async (c) => {
    const { staff, view } = c.var;
    const typed = (await readForm(c)).field('name');
    const result = await desk.addUnit({ ...session(c), name: typed });
    if (result.outcome === 'done') return done(c, 'unit_added');
    const problems = result.outcome === 'invalid' ? nameProblems(c, result.fields.name) : {};
    return c.html(page(<UnitPage {...{ view, staff, typed, problems }} unit={undefined} />), 422);
  });

  routes.get('/units/:unit', adminOnly, async (c) => {
    const { staff, view } = c.var;
    return c.html(page(<UnitPage view={view} staff={staff} unit={await findUnit(c)} />));
  });

  const staleUnit = async (c: Context<StaffEnv>) => {
    const { staff, view } = c.var;
    return c.html(page(<UnitPage view={view} staff={staff} unit={await findUnit(c)} stale />), 409);
  };

  routes.post('/units/:unit', adminOnly, async (c) => {
    const { staff, view } = c.var;
    const form = await readForm(c);
    const unit = await findUnit(c);
    const typed = form.field('name');
    const version = versionOf(form);
    const result = await desk.renameUnit({
      ...session(c),
      unitId: unit.id,
      name: typed,
      version,
    });
    if (result.outcome === 'done') return done(c, 'unit_changed');
    if (result.outcome === 'stale') return staleUnit(c);
    const problems = nameProblems(c, result.fields.name);
    return c.html(page(<UnitPage {...{ view, staff, unit, typed, problems }} />), 422);
  });

  routes.get('/units/:unit/retirement', adminOnly, (c) =>
    c.redirect(`${HOME}/units/${ensureUuid(c.req.param('unit'))}`, 303),
  );

  routes.post('/units/:unit/retirement', adminOnly, async (c) => {
    const form = await readForm(c);
    const { id: unitId, name: what, letters } = await findUnit(c);
    if (!isConfirmed(form)) {
      const { view } = c.var;
      const words = view.text.admin.units;
      const left = words.retireLetters(view.digits(letters.undecided), view.digits(letters.open));
      return askRetirement(c, form, { href: `${HOME}/units/${unitId}`, words, what, left });
    }
    const result = await desk.retireUnit({ ...session(c), unitId, version: versionOf(form) });
    return result.outcome === 'done' ? done(c, 'unit_retired') : staleUnit(c);
  });

  const findMember = async (c: Context<StaffEnv>): Promise<AdministeredMember> => {
    const members = await desk.listAdministeredStaff({ staff: c.var.staff });
    const member = members.find(({ id }) => id === c.req.param('member'));
    if (!member) throw new DomainError('not_found');
    return member;
  };

  const memberPage = async (
    c: Context<StaffEnv>,
    props: Omit<Parameters<typeof MemberPage>[0], 'view' | 'staff' | 'units'>,
  ) => {
    const { staff, view } = c.var;
    const units = await desk.listAdministeredUnits({ staff });
    return page(<MemberPage {...{ view, staff, units }} {...props} />);
  };

  const problemsOf = (c: Context<StaffEnv>, fields: Record<string, string | undefined>): Problems =>
    Object.fromEntries(
      Object.entries(fields).map(([field, problem]) => [
        field === 'unitIds' ? 'unit1' : field,
        c.var.view.text.admin.members.problems[`${field}_${problem}`] ?? '',
      ]),
    );

  const passwordPage = (c: Context<StaffEnv>, password: string) =>
    c.html(
      page(
        <OneTimePasswordPage
          view={c.var.view}
          staff={c.var.staff}
          password={password}
          hours={site.staffOneTimeHours}
        />,
      ),
    );

  routes.get('/members/new', adminOnly, proven, async (c) =>
    c.html(await memberPage(c, { member: undefined })),
  );

  routes.post('/members/new', adminOnly, proven, async (c) => {
    const typed = readMember(await readForm(c));
    const result = await desk.addMember({ ...session(c), ...typed });
    if (result.outcome === 'done') return passwordPage(c, result.password);
    const problems = result.outcome === 'invalid' ? problemsOf(c, { ...result.fields }) : {};
    return c.html(await memberPage(c, { member: undefined, typed, problems }), 422);
  });

  routes.get('/members/:member', adminOnly, proven, async (c) =>
    c.html(await memberPage(c, { member: await findMember(c) })),
  );

  const staleMember = async (c: Context<StaffEnv>) =>
    c.html(await memberPage(c, { member: await findMember(c), stale: true }), 409);

  routes.post('/members/:member', adminOnly, proven, async (c) => {
    const form = await readForm(c);
    const member = await findMember(c);
    const typed = readMember(form);
    const { username: _none, ...fields } = typed;
    const result = await desk.changeMember({
      ...session(c),
      ...fields,
      memberId: member.id,
      version: versionOf(form),
    });
    if (result.outcome === 'done') return done(c, 'member_changed');
    if (result.outcome === 'stale') return staleMember(c);
    const problems = problemsOf(c, { ...result.fields });
    return c.html(await memberPage(c, { member, typed, problems }), 422);
  });

  routes.get('/members/:member/acts', adminOnly, (c) =>
    c.redirect(`${HOME}/members/${ensureUuid(c.req.param('member'))}`, 303),
  );

  routes.post('/members/:member/acts', adminOnly, proven, async (c) => {
    const form = await readForm(c);
    const member = await findMember(c);
    const act = ACTS.find((known) => known === form.field('act'));
    if (!act) throw new DomainError('not_found');
    const result = await desk.actOnMember({
      ...session(c),
      memberId: member.id,
      version: versionOf(form),
      act,
    });
    if (result.outcome === 'stale') return staleMember(c);
    if (result.outcome === 'invalid') {
      const problems = problemsOf(c, { role: result.fields.act });
      return c.html(await memberPage(c, { member, problems }), 422);
    }
    return result.password === undefined
      ? done(c, `member_${act}`)
      : passwordPage(c, result.password);
  });

  const findReason = async (c: Context<StaffEnv>): Promise<AdministeredReason> => {
    const reasons = await desk.listAdministeredReasons({ staff: c.var.staff });
    const reason = reasons.find(({ id, retired }) => id === c.req.param('reason') && !retired);
    if (!reason) throw new DomainError('not_found');
    return reason;
  };

  const reasonPage = (
    c: Context<StaffEnv>,
    props: Omit<Parameters<typeof ReasonPage>[0], 'view' | 'staff'>,
  ) => page(<ReasonPage view={c.var.view} staff={c.var.staff} {...props} />);

  const reasonProblems = (c: Context<StaffEnv>, { kind, text }: ReasonProblems): Problems => {
    const { view } = c.var;
    const words = view.text.admin.reasons;
    const { stockReason, stockReasons } = site.limits;
    const texts = {
      missing: words.problems.text_missing,
      taken: words.problems.text_taken,
      too_long: words.tooLong(view.digits(stockReason)),
      too_many: words.tooMany(view.digits(stockReasons)),
    };
    return {
      ...(kind && { kind: words.problems.kind_missing }),
      ...(text && { text: texts[text] }),
    };
  };

  routes.get('/reasons/new', adminOnly, proven, (c) =>
    c.html(reasonPage(c, { reason: undefined })),
  );

  routes.post('/reasons/new', adminOnly, proven, async (c) => {
    const form = await readForm(c);
    const typed = { kind: form.field('kind'), text: form.field('text') };
    const result = await desk.addReason({ ...session(c), ...typed });
    if (result.outcome === 'done') return done(c, 'reason_added');
    const problems = result.outcome === 'invalid' ? reasonProblems(c, result.fields) : {};
    return c.html(reasonPage(c, { reason: undefined, typed, problems }), 422);
  });

  routes.get('/reasons/:reason', adminOnly, proven, async (c) =>
    c.html(reasonPage(c, { reason: await findReason(c) })),
  );

  const staleReason = async (c: Context<StaffEnv>) =>
    c.html(reasonPage(c, { reason: await findReason(c), stale: true }), 409);

  routes.post('/reasons/:reason', adminOnly, proven, async (c) => {
    const form = await readForm(c);
    const reason = await findReason(c);
    const text = form.field('text');
    const version = versionOf(form);
    const result = await desk.changeReason({ ...session(c), reasonId: reason.id, text, version });
    if (result.outcome === 'done') return done(c, 'reason_changed');
    if (result.outcome === 'stale') return staleReason(c);
    const typed = { kind: reason.kind, text };
    const problems = reasonProblems(c, result.fields);
    return c.html(reasonPage(c, { reason, typed, problems }), 422);
  });

  routes.get('/reasons/:reason/retirement', adminOnly, (c) =>
    c.redirect(`${HOME}/reasons/${ensureUuid(c.req.param('reason'))}`, 303),
  );

  routes.post('/reasons/:reason/retirement', adminOnly, proven, async (c) => {
    const form = await readForm(c);
    const { id: reasonId, text: what } = await findReason(c);
    if (!isConfirmed(form)) {
      const words = c.var.view.text.admin.reasons;
      return askRetirement(c, form, { href: `${HOME}/reasons/${reasonId}`, words, what });
    }
    const version = versionOf(form);
    const result = await desk.retireReason({ ...session(c), reasonId, version });
    return result.outcome === 'done' ? done(c, 'reason_retired') : staleReason(c);
  });

  return routes;
};
