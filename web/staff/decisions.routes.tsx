import type { Context, Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { listActiveReasons } from '../../src/desk/administration/stock-reasons.ts';
import { decideLetter } from '../../src/desk/letters/decide-letter.ts';
import { claimNextLetter } from '../../src/desk/letters/claim-letter.ts';
import type { DecideLetter } from '../../src/desk/letters/decide-letter.ts';
import { getStaffQueue } from '../../src/desk/letters/staff-queue.ts';
import { page } from '../components/layout.tsx';
import type { StaffEnv } from '../env.ts';
import { ensureWhole, type PostedForm } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { AlreadyDecidedPage } from '../system/error.page.tsx';
import { filtersOf, placeQuery, readPlace } from './queue-place.ts';
import { openedFrom, redrawLetter } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readReason } from './staff-letter.form.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

export const addDecisionRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/approval', approve(deps));
  routes.post('/:id/rejection', rejectOrReturn(deps, 'reject'));
  routes.post('/:id/return', rejectOrReturn(deps, 'return'));
};

const approve = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await deps.forms.readFields(c);
  ensureWhole(form);
  const unitId = form.field('unit');
  const words = c.var.view.text.staffLetter.problems;
  if (unitId !== '' && !isUuid(unitId))
    return redrawLetter(deps, c, form, { fields: [], problems: { unit: words.unit_missing } });
  try {
    return await decide(deps, c, form, { kind: 'approve', ...(unitId !== '' && { unitId }) });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'unit_not_available') throw error;
    return redrawLetter(deps, c, form, { fields: ['unit'], problems: { unit: words.unit_gone } });
  }
};

const REASON_FIELDS = {
  reject: { id: 'reason', stockId: 'stockReason' },
  return: { id: 'returnReason', stockId: 'stockReturn' },
} as const;

const rejectOrReturn =
  (deps: LetterRouteDeps, kind: 'reject' | 'return') => async (c: Context<StaffEnv>) => {
    const form = await deps.forms.readFields(c);
    ensureWhole(form);
    const ids = REASON_FIELDS[kind];
    const reasons = await listActiveReasons(deps);
    const given = { kind, ...ids, reasons };
    const { text, problems } = readReason(form, given, deps.site.limits, c.var.view);
    if (Object.keys(problems).length > 0)
      return redrawLetter(deps, c, form, { fields: [ids.id, ids.stockId], problems });
    return decide(deps, c, form, { kind, reason: text });
  };

const decide = async (
  deps: LetterRouteDeps,
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
    const { outcome } = await decideLetter(deps, { letterId, staff, decision, round, from });
    const next = await claimNextLetter(deps, { staff, letters, after: letterId });
    if (!place || next === undefined)
      return c.redirect(`/staff/letters/${letterId}?notice=decision_${outcome}`, 303);
    return c.redirect(`/staff/letters/${next}?${placeQuery(place)}&decided=${letterId}`, 303);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'already_decided') throw error;
    return showAlreadyDecided(c, error, place);
  }
};

const decidedRound = (form: PostedForm): number | undefined =>
  /^[1-9]\d{0,3}$/.test(form.field('round')) ? Number(form.field('round')) : undefined;

const showAlreadyDecided = (
  c: Context<StaffEnv>,
  { facts }: DomainError,
  place = readPlace(new URLSearchParams(), filtersOf(c.var.staff)),
) => {
  const { kind, by, at } = facts;
  const props = {
    view: c.var.view,
    letterId: letterIdOf(c),
    nextHref: `/staff/next?${placeQuery(place)}&after=${letterIdOf(c)}`,
    at: at ? new Date(at) : undefined,
    isWithdrawn: kind === 'withdraw',
  };
  return c.html(page(<AlreadyDecidedPage {...props} by={by} />), 409);
};
