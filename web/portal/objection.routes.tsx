/** «اعتراض»: the sender of a rejected letter has it decided once more, by somebody else. */
import type { Context, Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { characters } from './letter.form.ts';
import { mayObject, ObjectionPage } from './objection.page.tsx';
import { TurnRefusedPage } from './withdrawal.page.tsx';
import type { OwnLetter } from '../../src/desk/letters/applicant-letters.ts';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import { objectToRejection } from '../../src/desk/letters/object-to-rejection.ts';

export const addObjectionRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  const { site } = deps;
  const own = (c: Context<ApplicantEnv>): Promise<OwnLetter> =>
    getLetter(deps, { applicantId: c.var.applicant.id, letterId: letterIdOf(c) });

  routes.get('/:id/objection', async (c) => {
    const letter = await own(c);
    if (!mayObject(letter)) return c.redirect(`/letters/${letter.id}`, 303);
    return c.html(page(<ObjectionPage view={c.var.view} letter={letter} />));
  });

  routes.post('/:id/objection', async (c) => {
    const { view, applicant, from } = c.var;
    const words = view.text.objection;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const text = cleanText(form.field('objection'));
    const letterId = letterIdOf(c);
    const tooLong = characters(text) > site.limits.text;
    if (text === '' || tooLong) {
      const { too_long: long } = view.text.staffLetter.problems;
      const problems = {
        objection: tooLong ? long(view.digits(site.limits.text)) : words.missing,
      };
      const letter = await own(c);
      return c.html(page(<ObjectionPage {...{ view, letter, text, problems }} />), 422);
    }
    try {
      await objectToRejection(deps, { applicantId: applicant.id, letterId, text, from });
      return c.redirect(`/letters/${letterId}?notice=objected`, 303);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'not_open') throw error;
      return c.html(page(<TurnRefusedPage {...{ view, letterId }} {...words.notOpen} />), 409);
    }
  });
};
