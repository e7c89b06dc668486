import { listUnits } from '../../src/desk/administration/units.ts';
import { readComingSubstitutions } from '../../src/desk/staff/absences.ts';
import { findStaff } from '../../src/desk/staff/staff-sessions.ts';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Unit } from '../../src/desk/administration/units.ts';
import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps, StaffEnv } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { findMemberInSetup, requireStaff } from '../middleware/sessions.ts';
import { addStampedRoute } from '../receipts/receipt.routes.tsx';
import { addAnnulmentRoutes } from './annulment.routes.tsx';
import { addDeskNewsRoute } from './desk-news.routes.tsx';
import { addConsultationRoutes } from './consultation.routes.tsx';
import { addReadingRoutes } from './reading.routes.tsx';
import { QueuePage } from './queue.page.tsx';
import { filtersOf, hasDeadline, neighboursOf, placeQuery, readPlace } from './queue-place.ts';
import { claimNextLetter } from '../../src/desk/letters/claim-letter.ts';
import { EMPTY_DRAFT } from './staff-letter.form.ts';
import { addUnitActionRoutes } from './unit-actions.routes.tsx';
import { StaffSignInPage } from './staff-sign-in.page.tsx';
import { addHeldReplyRoutes } from './held-reply.routes.tsx';
import { addRelationRoutes } from './relations.routes.tsx';
import { addUndoRoutes } from './undo.routes.ts';
import { addViewerRoutes } from './viewer.routes.ts';
import { addDecisionRoutes } from './decisions.routes.tsx';
import { addReplyRoutes } from './reply.routes.tsx';
import { findVisible, letterPage, queryOf } from './show-letter.tsx';
import { getStaffQueue } from '../../src/desk/letters/staff-queue.ts';

export const createQueueRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const routes = new Hono<AppEnv>();
  routes.get('/', showQueue(deps, cookies));
  addDeskNewsRoute(routes, deps, cookies);
  routes.get('/next', requireStaff(deps, cookies), openNext(deps));
  return routes;
};

const openNext = (deps: RouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff } = c.var;
  const place = readPlace(queryOf(c), filtersOf(staff));
  const { letters } = await getStaffQueue(deps, { staff, ...place });
  const after = c.req.query('after') ?? '';
  const next = hasDeadline(place.filter)
    ? await claimNextLetter(deps, { staff, letters, after })
    : neighboursOf(letters, after).next;
  return next === undefined
    ? c.redirect(`/staff?${placeQuery(place)}&notice=none_free`, 303)
    : c.redirect(`/staff/letters/${next}?${placeQuery(place)}`, 303);
};

const showQueue = (deps: RouteDeps, cookies: Cookies) => async (c: Context<AppEnv>) => {
  const { site } = deps;
  const token = cookies.read(c, 'staff_sid');
  const staff = token === undefined ? undefined : await findStaff(deps, token);
  const props = { view: c.var.view, notice: c.req.query('notice') };
  if (!staff && (await findMemberInSetup(deps, cookies, c)))
    return c.redirect('/staff/account', 303);
  if (!staff) return c.html(page(<StaffSignInPage {...props} singleSignOn={site.singleSignOn} />));
  const filters = filtersOf(staff);
  const place = readPlace(queryOf(c), filters);
  const [queue, units, coming, referred] = await Promise.all([
    getStaffQueue(deps, { staff, ...place }),
    listUnits(deps),
    readComingSubstitutions(deps, staff.id),
    findVisible(deps, { staff, letterId: c.req.query('referred'), from: c.var.from }),
  ]);
  return c.html(
    page(
      <QueuePage
        {...props}
        {...{ staff, queue, place, filters, coming, referred, units: unitsOf(units, staff) }}
        keys={cookies.read(c, 'keys') !== 'off'}
      />,
    ),
  );
};

const unitsOf = (units: Unit[], staff: StaffMember): Unit[] =>
  units.filter(({ id }) => !isOfUnit(staff) || staff.unitIds.includes(id));

export const createStaffLetterRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const letterDeps = { ...deps, cookies, forms };
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  routes.get('/:id', async (c) => c.html(await letterPage(letterDeps, c, EMPTY_DRAFT)));

  addReadingRoutes(routes, deps);
  addStampedRoute(routes, deps);
  addUndoRoutes(routes, letterDeps);
  addViewerRoutes(routes, letterDeps);

  // The address of a form that came back with problems, when it is opened again.
  for (const action of [
    'approval',
    'rejection',
    'return',
    'updates',
    'notes',
    'referrals',
    'referral-withdrawal',
    'replies',
    'related',
    'release',
    'rework',
    'questions',
    'question-withdrawal',
    'consultations',
    'consultation-withdrawal',
    'opinions',
    'annulment',
  ])
    routes.get(`/:id/${action}`, (c) => c.redirect(`/staff/letters/${letterIdOf(c)}`, 303));

  addDecisionRoutes(routes, letterDeps);
  addAnnulmentRoutes(routes, letterDeps);
  addUnitActionRoutes(routes, letterDeps);
  addConsultationRoutes(routes, letterDeps);
  addReplyRoutes(routes, letterDeps);
  addHeldReplyRoutes(routes, letterDeps);
  addRelationRoutes(routes, letterDeps);
  return routes;
};
