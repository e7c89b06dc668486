import type { Context, Hono } from 'hono';
import { findVisibleLetter } from '../../src/desk/letters/letter-access.ts';
import { turnPage } from '../../src/desk/letters/turn-page.ts';
import type { StaffEnv } from '../env.ts';
import { ensureWhole } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { filtersOf, placeQuery, readPlace } from './queue-place.ts';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readViewerPlace, viewerQuery, type ViewerPlace } from './viewer.tsx';

export const addViewerRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.get('/:id/viewer', goToPage(deps));
  routes.get('/:id/turns', (c) => c.redirect(`/staff/letters/${letterIdOf(c)}`, 303));
  routes.post('/:id/turns', turn(deps));
};

type LetterContext = Context<StaffEnv>;

const placeIn = (c: LetterContext, opened: URLSearchParams, place: ViewerPlace): string => {
  const { staff } = c.var;
  const queue = opened.has('filter') && placeQuery(readPlace(opened, filtersOf(staff)));
  const query = [queue, viewerQuery(place)].filter(Boolean).join('&');
  return `/staff/letters/${letterIdOf(c)}${query && `?${query}`}#sheet-${place.sheet}`;
};

const goToPage = (deps: LetterRouteDeps) => async (c: LetterContext) => {
  await findVisibleLetter(deps.db, { staff: c.var.staff, letterId: letterIdOf(c) });
  const asked = new URL(c.req.url).searchParams;
  const to = asked.get('to');
  if (to !== null) asked.set('zoom', to);
  return c.redirect(
    placeIn(
      c,
      asked,
      readViewerPlace((name) => asked.get(name) ?? ''),
    ),
    303,
  );
};

const turn = (deps: LetterRouteDeps) => async (c: LetterContext) => {
  const form = await deps.forms.readFields(c);
  ensureWhole(form);
  const place = readViewerPlace((name) => form.field(name));
  await turnPage(deps, {
    staff: c.var.staff,
    letterId: letterIdOf(c),
    number: place.file,
    page: place.sheet,
  });
  return c.redirect(placeIn(c, new URLSearchParams([...form.fields]), place), 303);
};
