import type { Context, Hono } from 'hono';
import { relateLetter } from '../../src/desk/letters/relate-letters.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { StaffEnv } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { redrawLetter } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readForm } from '../route-parts.ts';

const FIELDS = ['reference', 'sequel'];

export const addRelationRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/related', relate(deps));
};

const relate = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const words = view.text.related;
  const form = await readForm(deps, c);
  const letterId = letterIdOf(c);
  const typed = { reference: form.field('reference'), sequel: form.field('sequel') };
  const redraw = (problems: Record<string, string>) =>
    redrawLetter(deps, c, form, { fields: FIELDS, problems });
  try {
    const added = await relateLetter(deps, { staff, letterId, typed, from });
    if (added === 0) return await redraw({ reference: words.missing });
    return c.redirect(`/staff/letters/${letterId}?notice=related`, 303);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'number_unknown') throw error;
    return redraw({ [error.facts.field ?? 'reference']: words.unknown });
  }
};
