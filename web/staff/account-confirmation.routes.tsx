import type { Context, Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import {
  askConfirmPasskey,
  confirmAccount,
  confirmAccountByPasskey,
} from '../../src/desk/staff/own-confirmation.ts';
import { returnToParkedForm } from '../../src/desk/staff/parked-forms.ts';
import { beginSingleSignOn } from '../../src/desk/staff/single-sign-on.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { AccountEnv } from '../env.ts';
import { startedHere } from '../middleware/own-start.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { readForm, requestFacts } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { ConfirmPage } from './account-forms.page.tsx';
import { ACCOUNT, inSession, sessionTokenOf } from './account.answers.ts';
import { confirmedPath, confirmNext } from './confirm-next.ts';
import { writeStaffTokens } from './staff-cookies.ts';

type Account = Context<AccountEnv>;

export const registerConfirmation = (routes: Hono<AccountEnv>, parts: RouteParts): void => {
  const { deps } = parts;
  routes.get('/confirm', inSession, (c) => c.html(confirmPage(parts, c)));
  routes.post('/confirm', inSession, (c) => postConfirm(parts, c));
  routes.get('/confirm/passkey', inSession, (c) => confirmPasskeyOptions(parts, c));
  routes.post('/confirm/passkey', inSession, (c) => postConfirmPasskey(parts, c));
  if (deps.site.singleSignOn === null) return;
  // As many as SMS codes, and counted with those.
  const addressOf = createClientAddress(deps.site);
  const limitStarts = limitByAddress({ deps, addressOf, limit: 'codes' });
  // A link, as that of the sign-in; `callback` there takes the answer.
  routes.get('/confirm/single-sign-on', startedHere(ACCOUNT), inSession, limitStarts, (c) =>
    startConfirmElsewhere(parts, c),
  );
};

const nextOf = (c: Account): string => confirmNext(c.req.query('next'));

const confirmPage = ({ deps: { site } }: RouteParts, c: Account, problems: Problems = {}) =>
  page(
    <ConfirmPage
      view={c.var.view}
      account={c.var.account}
      problems={problems}
      next={nextOf(c)}
      notice={c.req.query('notice')}
      singleSignOn={site.singleSignOn}
      minutes={site.staffProvenMinutes}
    />,
  );

const postConfirm = async (parts: RouteParts, c: Account) => {
  const words = c.var.view.text.account.confirm.problems;
  const form = await readForm(parts, c);
  const result = await confirmAccount(parts.deps, {
    sessionToken: sessionTokenOf(c),
    password: form.field('password'),
    code: form.field('code'),
    ...requestFacts(c),
  });
  if (result.outcome === 'confirmed') return goOn(parts, c, result.sessionToken);
  const { password, code } = result.fields;
  const problems = {
    ...(password && { password: words[`password_${password}`] }),
    ...(code && { code: words[`code_${code}`] }),
  };
  return c.html(confirmPage(parts, c, problems), 422);
};

const confirmPasskeyOptions = async ({ deps }: RouteParts, c: Account) => {
  const options = await askConfirmPasskey(deps, sessionTokenOf(c));
  if (!options) throw new DomainError('not_found');
  return c.json(options);
};

const postConfirmPasskey = async (parts: RouteParts, c: Account) => {
  const form = await readForm(parts, c);
  const result = await confirmAccountByPasskey(parts.deps, {
    sessionToken: sessionTokenOf(c),
    answer: form.field('answer'),
    ...requestFacts(c),
  });
  if (result.outcome === 'confirmed') return goOn(parts, c, result.sessionToken);
  const problems = { password: c.var.view.text.staffSignIn.passkeyInvalid };
  return c.html(confirmPage(parts, c, problems), 422);
};

const startConfirmElsewhere = async ({ deps, cookies }: RouteParts, c: Account) => {
  const { url, token } = await beginSingleSignOn(deps, { sessionToken: sessionTokenOf(c) });
  cookies.write(c, 'sign_on', `${token}:${nextOf(c)}`, deps.site.staffSignInMinutes * 60);
  return c.redirect(url, 303);
};

const goOn = async (parts: RouteParts, c: Account, sessionToken: string) => {
  writeStaffTokens(parts, c, { sessionToken });
  const token = parts.cookies.read(c, 'parked');
  const holder = { staffId: c.var.account.staff.id };
  const back =
    token === undefined ? undefined : await returnToParkedForm(parts.deps, { token, holder });
  return c.redirect(back ?? confirmedPath(nextOf(c)), 303);
};
