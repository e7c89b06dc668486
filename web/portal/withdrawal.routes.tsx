import type { Context, Hono } from 'hono';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import { withdrawLetter } from '../../src/desk/letters/withdraw-letter.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { TooLatePage, WithdrawalPage } from './withdrawal.page.tsx';

const WON = ['approve', 'reject', 'return'] as const;

export const addWithdrawalRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  routes.get('/:id/withdrawal', showWithdrawal(deps));
  routes.post('/:id/withdrawal', withdraw(deps, forms));
};

const showWithdrawal = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant } = c.var;
  const letter = await getLetter(deps, { applicantId: applicant.id, letterId: letterIdOf(c) });
  if (letter.status !== 'pending' && letter.status !== 'returned')
    return c.redirect(`/letters/${letterIdOf(c)}`, 303);
  return c.html(page(<WithdrawalPage view={view} letter={letter} />));
};

const withdraw = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  ensureWhole(await forms.readFields(c));
  const { applicant, from } = c.var;
  const letterId = letterIdOf(c);
  try {
    const { outcome } = await withdrawLetter(deps, { applicantId: applicant.id, letterId, from });
    return c.redirect(`/letters/${letterId}?notice=withdrawal_${outcome}`, 303);
  } catch (error) {
    if (!isTooLate(error)) throw error;
    return showTooLate(c, error);
  }
};

const isTooLate = (error: unknown): error is DomainError =>
  error instanceof DomainError && (error.code === 'already_decided' || error.code === 'not_open');

const showTooLate = (c: Context<ApplicantEnv>, { facts }: DomainError) => {
  const { view } = c.var;
  const words = view.text.withdrawal.tooLate;
  const won = WON.find((kind) => kind === facts.kind);
  const at = facts.at ? new Date(facts.at) : undefined;
  const text = won ? words[won] : words.other;
  const props = { view, letterId: letterIdOf(c), title: words.title, text, at };
  return c.html(page(<TooLatePage {...props} />), 409);
};
