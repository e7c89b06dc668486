import type { Context, Hono } from 'hono';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import { reopenLetter } from '../../src/desk/letters/reopen-letter.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { FollowUpPage, mayReopen } from './follow-up.page.tsx';
import { textProblem } from './letter.form.ts';
import { TooLatePage } from './withdrawal.page.tsx';

export const addFollowUpRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  routes.get('/:id/follow-up', showFollowUp(deps));
  routes.post('/:id/follow-up', followUp(deps, forms));
};

const showFollowUp = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant } = c.var;
  const letter = await getLetter(deps, { applicantId: applicant.id, letterId: letterIdOf(c) });
  if (!mayReopen(letter)) return c.redirect(`/letters/${letter.id}`, 303);
  return c.html(page(<FollowUpPage {...{ view, letter }} formKey={crypto.randomUUID()} />));
};

const followUp = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant, from } = c.var;
  const words = view.text.followUp;
  const form = await forms.readFields(c);
  ensureWhole(form);
  const text = cleanText(form.field('followUp'));
  const sentKey = form.field('formKey');
  const formKey = isUuid(sentKey) ? sentKey : crypto.randomUUID();
  const letterId = letterIdOf(c);
  const which = { applicantId: applicant.id, letterId };
  const problem = textProblem(text, words.missing, deps.site.limits, view);
  if (problem !== undefined) {
    const problems = { followUp: problem };
    const letter = await getLetter(deps, which);
    return c.html(page(<FollowUpPage {...{ view, letter, formKey, text, problems }} />), 422);
  }
  try {
    const outcome = await reopenLetter(deps, { ...which, text, formKey, from });
    return c.redirect(`/letters/${letterId}?notice=reopened_${outcome}`, 303);
  } catch (error) {
    const code = error instanceof DomainError ? error.code : undefined;
    if (code !== 'not_open' && code !== 'key_reused') throw error;
    const props = { view, letterId, typed: { followUp: text } };
    return c.html(page(<TooLatePage {...props} {...words.notOpen} />), 409);
  }
};
