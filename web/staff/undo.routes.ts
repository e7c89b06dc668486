import type { Context, Hono } from 'hono';
import { undoDecision } from '../../src/desk/letters/undo-decision.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { StaffEnv } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { filtersOf, placeQuery, readPlace } from './queue-place.ts';
import { openedFrom } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { isUuid } from '../../src/platform/base/uuid.ts';

export const addUndoRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.get('/:id/undo', (c) => c.redirect(`/staff/letters/${letterIdOf(c)}`, 303));
  routes.post('/:id/undo', undo(deps));
};

const undo = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await deps.forms.readFields(c);
  const { staff, from } = c.var;
  const letterId = letterIdOf(c);
  const decisionId = form.field('decision');
  if (!isUuid(decisionId)) throw new DomainError('not_found');
  const outcome = await undoDecision(deps, { letterId, staff, decisionId, from });
  const opened = openedFrom(form);
  const query = new URLSearchParams(opened && placeQuery(readPlace(opened, filtersOf(staff))));
  query.set('notice', `undo_${outcome}`);
  return c.redirect(`/staff/letters/${letterId}?${query.toString()}`, 303);
};
