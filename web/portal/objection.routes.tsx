import type { Context, Hono } from 'hono';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import { objectToRejection } from '../../src/desk/letters/object-to-rejection.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { textProblem } from './letter.form.ts';
import { mayObject, ObjectionPage } from './objection.page.tsx';
import { TooLatePage } from './withdrawal.page.tsx';

export const addObjectionRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  routes.get('/:id/objection', showObjection(deps));
  routes.post('/:id/objection', object(deps, forms));
};

const showObjection = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant } = c.var;
  const letter = await getLetter(deps, { applicantId: applicant.id, letterId: letterIdOf(c) });
  if (!mayObject(letter)) return c.redirect(`/letters/${letter.id}`, 303);
  return c.html(page(<ObjectionPage view={view} letter={letter} />));
};

const object = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant, from } = c.var;
  const words = view.text.objection;
  const form = await forms.readFields(c);
  ensureWhole(form);
  const text = cleanText(form.field('objection'));
  const which = { applicantId: applicant.id, letterId: letterIdOf(c) };
  const problem = textProblem(text, words.missing, deps.site.limits, view);
  if (problem !== undefined) {
    const problems = { objection: problem };
    const letter = await getLetter(deps, which);
    return c.html(page(<ObjectionPage {...{ view, letter, text, problems }} />), 422);
  }
  const { letterId } = which;
  try {
    await objectToRejection(deps, { ...which, text, from });
    return c.redirect(`/letters/${letterId}?notice=objected`, 303);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'not_open') throw error;
    return c.html(page(<TooLatePage {...{ view, letterId }} {...words.notOpen} />), 409);
  }
};
