import type { Context, Hono } from 'hono';
import { annulLetter } from '../../src/desk/letters/annul-letter.ts';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { page } from '../components/layout.tsx';
import type { StaffEnv } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { readForm } from '../route-parts.ts';
import { ConfirmAnnulmentPage, mayAnnul } from './annulment.page.tsx';
import { redrawLetter } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readText } from './staff-letter.form.ts';

export const addAnnulmentRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/annulment', annul(deps));
};

const annul = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const { limits } = deps.site;
  const letterId = letterIdOf(c);
  const words = view.text.staffLetter.problems;
  const form = await readForm(deps, c);
  const read = readText(form, 'annulReason', words.annul_missing, limits, view);
  const hasInternal = cleanText(form.field('annulInternal')) !== '';
  const internal = hasInternal
    ? readText(form, 'annulInternal', '', limits, view)
    : { text: '', problems: {} };
  const problems = { ...read.problems, ...internal.problems };
  if (Object.keys(problems).length > 0)
    return redrawLetter(deps, c, form, { fields: ['annulReason', 'annulInternal'], problems });
  if (form.field('confirmed') !== '1') {
    const letter = await getStaffLetter(deps, { staff, letterId, from });
    if (mayAnnul(staff, letter)) {
      const asked = { view, staff, letter, reason: read.text, internal: internal.text };
      return c.html(page(<ConfirmAnnulmentPage {...asked} />));
    }
  }
  await annulLetter(deps, {
    staff,
    letterId,
    reason: publicText(read.text),
    internalReason: hasInternal ? new InternalText(internal.text) : null,
    from,
  });
  return c.redirect(`/staff/letters/${letterId}?notice=annulled`, 303);
};
