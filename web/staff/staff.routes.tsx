import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { Unit } from '../../src/desk/desk.ts';
import type { DecideLetter } from '../../src/desk/letters/decide-letter.ts';
import type { DecisionOutcome } from '../../src/desk/letters/decision-outcome.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { sendFile, sendPicture } from '../http/download.ts';
import type { AppEnv, RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import {
  isUuid,
  letterIdOf,
  pageNumberOf,
  replyNumberOf,
  roundOf,
} from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { findMemberInSetup, requireStaff } from '../middleware/sessions.ts';
import { addStampedRoute } from '../receipts/receipt.routes.tsx';
import { AlreadyDecidedPage } from '../system/error.page.tsx';
import { addAnnulmentRoutes } from './annulment.routes.tsx';
import { StaffDeadlinePage } from './deadline.page.tsx';
import { QueuePage } from './queue.page.tsx';
import { afterDecision, filtersOf, ownFilter, placeQuery, readPlace } from './queue-place.ts';
import { EMPTY_DRAFT, readReason, type StaffDraft } from './staff-letter.form.ts';
import { StaffLetterPage } from './staff-letter.page.tsx';
import { addUnitActionRoutes } from './unit-actions.routes.tsx';
import { StaffSignInPage } from './staff-sign-in.page.tsx';
import { addUndoRoute } from './undo.routes.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { readStaffFile } from '../../src/desk/letters/letter-files.ts';
import { getStaffQueue } from '../../src/desk/letters/staff-queue.ts';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { explainDeadline } from '../../src/desk/letters/deadlines.ts';
import { readPreview } from '../../src/desk/letters/letter-previews.ts';
import { noteReader } from '../../src/desk/letters/presence.ts';
import { listActiveReasons } from '../../src/desk/administration/stock-reasons.ts';
import { decideLetter } from '../../src/desk/letters/decide-letter.ts';

/** Of the page's own address. */
const asked = (c: Context): URLSearchParams => new URL(c.req.url).searchParams;

/** Units whose letters this member can see. */
const unitsOf = (units: Unit[], { role, unitIds }: StaffMember): Unit[] =>
  units.filter(({ id }) => role !== 'unit' || unitIds.includes(id));

const isUnitGone = (error: unknown): boolean =>
  error instanceof DomainError && error.code === 'unit_not_available';

/** A letter that an address names for a notice; undefined: there is none that this member may see. */
const findVisible = async (
  deps: RouteDeps,
  {
    staff,
    letterId,
    from,
  }: { staff: StaffMember; letterId: string | null | undefined; from: string | undefined },
): Promise<StaffLetter | undefined> => {
  if (!letterId || !isUuid(letterId)) return undefined;
  try {
    return await getStaffLetter(deps, { staff, letterId, from });
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return undefined;
    throw error;
  }
};

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
    const place = readPlace(asked(c), filters);
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
  const { desk, site, downloadLimits } = deps;
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  /** `from`: the list that the letter was opened from; undefined: it was opened by its address. */
  const letterPage = async (
    c: Context<StaffEnv>,
    draft: StaffDraft,
    opened: URLSearchParams | undefined = asked(c).has('filter') ? asked(c) : undefined,
  ) => {
    const { staff, view } = c.var;
    const [letter, units] = await Promise.all([
      getStaffLetter(deps, { staff, letterId: letterIdOf(c), from: c.var.from }),
      desk.listUnits(),
    ]);
    const decidedId = asked(c).get('decided');
    const filters = filtersOf(staff);
    const place = readPlace(opened ?? new URLSearchParams(), filters, ownFilter(letter, filters));
    const [queue, decided, readers, reasons] = await Promise.all([
      getStaffQueue(deps, { staff, ...place }),
      findVisible(deps, {
        staff,
        letterId: decidedId === letter.id ? null : decidedId,
        from: c.var.from,
      }),
      noteReader(deps, { staff, letterId: letter.id }),
      listActiveReasons(deps),
    ]);
    return page(
      <StaffLetterPage
        view={view}
        staff={staff}
        letter={letter}
        units={units.filter(({ retired, id }) => !retired || id === letter.unitId)}
        draft={draft}
        notice={c.req.query('notice')}
        {...{ readers, reasons, queue, place, decided, goesOn: opened !== undefined }}
        keys={cookies.read(c, 'keys') !== 'off'}
      />,
    );
  };

  const redraw = async (
    c: Context<StaffEnv>,
    form: PostedForm,
    fields: string[],
    problems: StaffDraft['problems'],
    status: 400 | 409 | 413 | 422 = 422,
  ) => {
    const values = Object.fromEntries(fields.map((id) => [id, form.field(id)]));
    return c.html(await letterPage(c, { values, problems }, openedFrom(form)), status);
  };

  const openedFrom = (form: PostedForm): URLSearchParams | undefined => {
    const opened = new URLSearchParams(form.field('queue'));
    return opened.has('filter') ? opened : undefined;
  };

  const done = (c: Context<StaffEnv>, result: DecisionOutcome) =>
    c.redirect(`/staff/letters/${letterIdOf(c)}?notice=decision_${result.outcome}`, 303);

  const decidedRound = (form: PostedForm): number | undefined =>
    /^[1-9]\d{0,3}$/.test(form.field('round')) ? Number(form.field('round')) : undefined;

  /** On to the next letter of the list; the one that was decided when there is none. */
  const decide = async (
    c: Context<StaffEnv>,
    form: PostedForm,
    decision: DecideLetter['decision'],
  ) => {
    const letterId = letterIdOf(c);
    const { staff, from } = c.var;
    const opened = openedFrom(form);
    const place = opened && readPlace(opened, filtersOf(staff));
    try {
      const letters = place ? (await getStaffQueue(deps, { staff, ...place })).letters : [];
      const round = decidedRound(form);
      const result = await decideLetter(deps, { letterId, staff, decision, round, from });
      const undecided = letters.filter(
        ({ id, hasOpenDecision, isOwnRejection }) =>
          id === letterId || !(hasOpenDecision || isOwnRejection),
      );
      const next = afterDecision(undecided, letterId);
      if (!place || next === undefined || next === letterId) return done(c, result);
      const to = `/staff/letters/${next}?${placeQuery(place)}&decided=${letterId}`;
      return c.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'already_decided') throw error;
      const { kind, by, at } = error.facts;
      const when = at ? new Date(at) : undefined;
      const props = { view: c.var.view, letterId, at: when, isWithdrawn: kind === 'withdraw' };
      return c.html(page(<AlreadyDecidedPage {...props} by={by} />), 409);
    }
  };

  routes.get('/:id', async (c) => c.html(await letterPage(c, EMPTY_DRAFT)));

  routes.get('/:id/deadline', async (c) => {
    const { staff, view } = c.var;
    const explanation = await explainDeadline(deps, { staff, letterId: letterIdOf(c) });
    return c.html(page(<StaffDeadlinePage {...{ view, staff, explanation }} />));
  });

  addStampedRoute(routes, deps);
  addUndoRoute(routes, deps, forms);

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

  routes.post('/:id/approval', async (c) => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    const unitId = form.field('unit');
    const words = c.var.view.text.staffLetter.problems;
    if (unitId !== '' && !isUuid(unitId)) return redraw(c, form, [], { unit: words.unit_missing });
    try {
      return await decide(c, form, { kind: 'approve', ...(unitId !== '' && { unitId }) });
    } catch (error) {
      if (!isUnitGone(error)) throw error;
      return redraw(c, form, ['unit'], { unit: words.unit_gone });
    }
  });

  routes.post('/:id/rejection', async (c) => {
    const { view } = c.var;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const given = { kind: 'reject', id: 'reason', stockId: 'stockReason' } as const;
    const reasons = await listActiveReasons(deps);
    const { text, problems } = readReason(form, { ...given, reasons }, site.limits, view);
    if (Object.keys(problems).length > 0)
      return redraw(c, form, ['reason', 'stockReason'], problems);
    return decide(c, form, { kind: 'reject', reason: text });
  });

  routes.post('/:id/return', async (c) => {
    const { view } = c.var;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const given = { kind: 'return', id: 'returnReason', stockId: 'stockReturn' } as const;
    const reasons = await listActiveReasons(deps);
    const { text, problems } = readReason(form, { ...given, reasons }, site.limits, view);
    if (Object.keys(problems).length > 0)
      return redraw(c, form, ['returnReason', 'stockReturn'], problems);
    return decide(c, form, { kind: 'return', reason: text });
  });

  addAnnulmentRoutes(routes, { ...deps, forms }, { redraw });
  addUnitActionRoutes(routes, { ...deps, forms }, { letterPage, redraw });
  return routes;
};
