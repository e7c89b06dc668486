/** «ابطال شماره»: an administrator's, asked twice. */
import type { Hono } from 'hono';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { ConfirmAnnulmentPage, mayAnnul } from './annulment.page.tsx';
import { readText } from './staff-letter.form.ts';
import type { LetterForms } from './unit-actions.routes.tsx';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { annulLetter } from '../../src/desk/letters/annul-letter.ts';

export const addAnnulmentRoutes = (
  routes: Hono<StaffEnv>,
  deps: RouteDeps & { forms: FormReader },
  { redraw }: Pick<LetterForms, 'redraw'>,
): void => {
  const { site, forms } = deps;
  routes.post('/:id/annulment', async (c) => {
    const { staff, view, from } = c.var;
    const letterId = letterIdOf(c);
    const words = view.text.staffLetter.problems;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const read = readText(form, 'annulReason', words.annul_missing, site.limits, view);
    const hasInternal = cleanText(form.field('annulInternal')) !== '';
    const internal = hasInternal
      ? readText(form, 'annulInternal', '', site.limits, view)
      : { text: '', problems: {} };
    const problems = { ...read.problems, ...internal.problems };
    if (Object.keys(problems).length > 0)
      return redraw(c, form, ['annulReason', 'annulInternal'], problems);
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
  });
};
