import type { Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { isUuid, letterIdOf } from '../http/letter-address.ts';
import { filtersOf, placeQuery, readPlace } from './queue-place.ts';
import { undoDecision } from '../../src/desk/letters/undo-decision.ts';

/** «بازگرداندن»: back to the letter, to decide it anew, in the list that it was opened from. */
export const addUndoRoute = (routes: Hono<StaffEnv>, deps: RouteDeps, forms: FormReader): void => {
  routes.get('/:id/undo', (c) => c.redirect(`/staff/letters/${letterIdOf(c)}`, 303));

  routes.post('/:id/undo', async (c) => {
    const form = await forms.readFields(c);
    const { staff, from } = c.var;
    const letterId = letterIdOf(c);
    const decisionId = form.field('decision');
    if (!isUuid(decisionId)) throw new DomainError('not_found');
    const outcome = await undoDecision(deps, { letterId, staff, decisionId, from });
    const opened = new URLSearchParams(form.field('queue'));
    const place = opened.has('filter') && readPlace(opened, filtersOf(staff));
    const query = new URLSearchParams(place ? placeQuery(place) : '');
    query.set('notice', `undo_${outcome}`);
    return c.redirect(`/staff/letters/${letterId}?${query.toString()}`, 303);
  });
};
