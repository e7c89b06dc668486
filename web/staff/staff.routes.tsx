import { Hono } from 'hono';
import type { Unit } from '../../src/desk/desk.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { sendFile, sendPicture } from '../http/download.ts';
import type { AppEnv, RouteDeps, StaffEnv } from '../env.ts';
import { type FormReader } from '../http/form-reader.ts';
import { letterIdOf, pageNumberOf, replyNumberOf, roundOf } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { findMemberInSetup, requireStaff } from '../middleware/sessions.ts';
import { addStampedRoute } from '../receipts/receipt.routes.tsx';
import { addAnnulmentRoutes } from './annulment.routes.tsx';
import { StaffDeadlinePage } from './deadline.page.tsx';
import { QueuePage } from './queue.page.tsx';
import { filtersOf, readPlace } from './queue-place.ts';
import { EMPTY_DRAFT } from './staff-letter.form.ts';
import { addUnitActionRoutes } from './unit-actions.routes.tsx';
import { StaffSignInPage } from './staff-sign-in.page.tsx';
import { addUndoRoutes } from './undo.routes.ts';
import { addDecisionRoutes } from './decisions.routes.tsx';
import { addReplyRoutes } from './reply.routes.tsx';
import { findVisible, letterPage, queryOf } from './show-letter.tsx';
import { readStaffFile } from '../../src/desk/letters/letter-files.ts';
import { getStaffQueue } from '../../src/desk/letters/staff-queue.ts';
import { explainDeadline } from '../../src/desk/letters/deadlines.ts';
import { readPreview } from '../../src/desk/letters/letter-previews.ts';

/** Units whose letters this member can see. */
const unitsOf = (units: Unit[], { role, unitIds }: StaffMember): Unit[] =>
  units.filter(({ id }) => role !== 'unit' || unitIds.includes(id));

/** The staff desk's first page: sign-in or queue. */
export const createQueueRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const { desk, site } = deps;
  const routes = new Hono<AppEnv>();
  routes.get('/', async (c) => {
    const token = cookies.read(c, 'staff_sid');
    const staff = token === undefined ? undefined : await desk.findStaff(token);
    const props = { view: c.var.view, notice: c.req.query('notice') };
    if (!staff && (await findMemberInSetup(deps, cookies, c)))
      return c.redirect('/staff/account', 303);
    if (!staff)
      return c.html(page(<StaffSignInPage {...props} singleSignOn={site.singleSignOn} />));
    const filters = filtersOf(staff);
    const place = readPlace(queryOf(c), filters);
    const [queue, units, referred] = await Promise.all([
      getStaffQueue(deps, { staff, ...place }),
      desk.listUnits(),
      findVisible(deps, { staff, letterId: c.req.query('referred'), from: c.var.from }),
    ]);
    return c.html(
      page(
        <QueuePage
          {...props}
          {...{ staff, queue, place, filters, referred, units: unitsOf(units, staff) }}
          keys={cookies.read(c, 'keys') !== 'off'}
        />,
      ),
    );
  });
  return routes;
};

/** One letter on the staff desk, and all that staff do with it. */
export const createStaffLetterRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { downloadLimits } = deps;
  const letterDeps = { ...deps, cookies, forms };
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  routes.get('/:id', async (c) => c.html(await letterPage(letterDeps, c, EMPTY_DRAFT)));

  routes.get('/:id/deadline', async (c) => {
    const { staff, view } = c.var;
    const explanation = await explainDeadline(deps, { staff, letterId: letterIdOf(c) });
    return c.html(page(<StaffDeadlinePage {...{ view, staff, explanation }} />));
  });

  addStampedRoute(routes, deps);
  addUndoRoutes(routes, letterDeps);

  routes.get('/:id/file', downloadLimits.file, async (c) =>
    sendFile(
      c,
      await readStaffFile(deps, {
        staff: c.var.staff,
        letterId: letterIdOf(c),
        from: c.var.from,
      }),
    ),
  );

  routes.get('/:id/preview/:page', downloadLimits.picture, async (c) => {
    const { staff, from } = c.var;
    const which = { staff, letterId: letterIdOf(c), page: pageNumberOf(c), from };
    return sendPicture(c, await readPreview(deps, which));
  });

  routes.get('/:id/replies/:number/preview/:page', downloadLimits.picture, async (c) => {
    const { staff, from } = c.var;
    const which = { letterId: letterIdOf(c), replyNumber: replyNumberOf(c), page: pageNumberOf(c) };
    return sendPicture(c, await readPreview(deps, { ...which, staff, from }));
  });

  routes.get('/:id/versions/:round/file', downloadLimits.file, async (c) => {
    const { staff, from } = c.var;
    const which = { staff, letterId: letterIdOf(c), round: roundOf(c), from };
    return sendFile(c, await readStaffFile(deps, which));
  });

  routes.get('/:id/replies/:number/file', downloadLimits.file, async (c) => {
    const { staff, from } = c.var;
    const which = { staff, letterId: letterIdOf(c), replyNumber: replyNumberOf(c), from };
    return sendFile(c, await readStaffFile(deps, which));
  });

  // The address of a form that came back with problems, when it is opened again.
  for (const action of [
    'approval',
    'rejection',
    'return',
    'updates',
    'notes',
    'referrals',
    'replies',
    'annulment',
  ])
    routes.get(`/:id/${action}`, (c) => c.redirect(`/staff/letters/${letterIdOf(c)}`, 303));

  addDecisionRoutes(routes, letterDeps);
  addAnnulmentRoutes(routes, letterDeps);
  addUnitActionRoutes(routes, letterDeps);
  addReplyRoutes(routes, letterDeps);
  return routes;
};
