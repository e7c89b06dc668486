import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { returnToParkedForm } from '../../src/desk/staff/parked-forms.ts';
import { beginSingleSignOn, finishSingleSignOn } from '../../src/desk/staff/single-sign-on.ts';
import {
  askSignInPasskey,
  findPendingSignIn,
  proveByCode,
  proveByPasskey,
  signInStaff,
} from '../../src/desk/staff/staff-sign-in.ts';
import type { PendingSignIn, StaffSignInResult } from '../../src/desk/staff/staff-sign-in.ts';
import { findStaff, signOutStaff } from '../../src/desk/staff/staff-sessions.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { startedHere } from '../middleware/own-start.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { readForm, requestFacts } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { confirmedPath, confirmNext } from './confirm-next.ts';
import { writeStaffTokens } from './staff-cookies.ts';
import { RecoverySignInPage, SecondFactorPage, StaffSignInPage } from './staff-sign-in.page.tsx';

type Visit = Context<AppEnv>;

export const createStaffSignInRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const parts = { deps, cookies, forms };
  const addressOf = createClientAddress(deps.site);
  const routes = new Hono<AppEnv>();
  routes.get('/sign-in', (c) => c.redirect('/staff', 303));
  routes.post('/sign-in', (c) => postSignIn(parts, c, addressOf(c)));
  if (deps.site.singleSignOn !== null) registerSingleSignOn(routes, parts, addressOf);
  routes.get('/second-factor', (c) => showSecondFactor(parts, c));
  routes.post('/second-factor', (c) => postCode(parts, c));
  routes.get('/second-factor/passkey', (c) => passkeyOptions(parts, c));
  routes.post('/second-factor/passkey', (c) => postPasskey(parts, c));
  routes.get('/second-factor/recovery', (c) => showRecovery(parts, c));
  routes.post('/second-factor/recovery', (c) => postRecovery(parts, c));
  routes.post('/sign-out', (c) => postSignOut(parts, c));
  return routes;
};

const registerSingleSignOn = (
  routes: Hono<AppEnv>,
  parts: RouteParts,
  addressOf: (c: Visit) => string,
): void => {
  const { deps, cookies } = parts;
  const browserTokenOf = (c: Visit) => cookies.read(c, 'staff_known');
  // Each is a row for a while. As many as SMS codes: an office has one address for all.
  const limitStarts = limitByAddress({ deps, addressOf, limit: 'codes', browserTokenOf });
  const limitCallbacks = limitByAddress({
    deps,
    addressOf,
    limit: 'staff_sign_in',
    onlyFailures: true,
    browserTokenOf,
  });
  // A link, not a form: `form-action` of the policy holds for where a form is sent on to.
  routes.get('/single-sign-on', startedHere('/staff'), limitStarts, (c) =>
    signInElsewhere(parts, c),
  );
  routes.get('/single-sign-on/callback', limitCallbacks, (c) => returnFromElsewhere(parts, c));
};

const postSignIn = async (parts: RouteParts, c: Visit, address: string) => {
  const { deps, cookies } = parts;
  const words = c.var.view.text.staffSignIn;
  const form = await readForm(parts, c);
  const username = form.field('username').trim();
  const password = form.field('password');
  if (username === '' || password === '') return signInPage(deps, c, username, words.missing);
  const result = await signInStaff(deps, {
    username,
    password,
    address,
    browserToken: cookies.read(c, 'staff_known'),
    ...requestFacts(c),
  });
  const wrong = result.outcome === 'one_time_over' ? words.oneTimeOver : words.invalid;
  return (await goOn(parts, c, result)) ?? signInPage(deps, c, username, wrong);
};

const signInPage = ({ site }: RouteDeps, c: Visit, username: string, problem: string) =>
  c.html(
    page(
      <StaffSignInPage
        view={c.var.view}
        username={username}
        problems={{ username: problem }}
        singleSignOn={site.singleSignOn}
      />,
    ),
    422,
  );

const signInElsewhere = async ({ deps, cookies }: RouteParts, c: Visit) => {
  const { url, token } = await beginSingleSignOn(deps);
  cookies.write(c, 'sign_on', token, deps.site.staffSignInMinutes * 60);
  return c.redirect(url, 303);
};

const returnFromElsewhere = async (parts: RouteParts, c: Visit) => {
  const { deps, cookies } = parts;
  const [token, asked] = cookies.read(c, 'sign_on')?.split(':') ?? [];
  cookies.remove(c, 'sign_on');
  if (token === undefined) return c.redirect('/staff?notice=sign_on_time_over', 303);
  const result = await finishSingleSignOn(deps, {
    token,
    callback: new URL(c.req.url),
    sessionToken: cookies.read(c, 'staff_sid'),
    ...requestFacts(c),
  });
  const next = confirmNext(asked);
  const confirmPage = `/staff/account/confirm?next=${next}`;
  switch (result.outcome) {
    case 'expired':
      return c.redirect('/staff?notice=sign_on_time_over', 303);
    case 'confirmed':
      writeStaffTokens(parts, c, result);
      return c.redirect(confirmedPath(next), 303);
    case 'factor_left':
      return c.redirect(confirmPage, 303);
    case 'not_confirmed':
      return c.redirect(`${confirmPage}&notice=not_confirmed`, 303);
    default: {
      const wrong = c.var.view.text.staffSignIn.singleSignOnInvalid;
      return (await goOn(parts, c, result)) ?? signInPage(deps, c, '', wrong);
    }
  }
};

const goOn = async (parts: RouteParts, c: Visit, result: StaffSignInResult) => {
  const { deps, cookies } = parts;
  switch (result.outcome) {
    case 'signed_in': {
      const sessionToken = cookies.read(c, 'staff_sid');
      if (sessionToken !== undefined) await signOutStaff(deps, { sessionToken, from: c.var.from });
      writeStaffTokens(parts, c, result);
      return c.redirect((await parkedPage(parts, c, result.sessionToken)) ?? '/staff', 303);
    }
    case 'second_factor':
    case 'setup':
      writeStaffTokens(parts, c, result);
      return c.redirect(
        result.outcome === 'setup' ? '/staff/account' : '/staff/second-factor',
        303,
      );
    case 'expired':
      cookies.remove(c, 'staff_pending');
      return c.redirect('/staff?notice=staff_time_over', 303);
    case 'invalid':
    case 'one_time_over':
      return undefined;
  }
};

const parkedPage = async (
  { deps, cookies }: RouteParts,
  c: Visit,
  sessionToken: string,
): Promise<string | undefined> => {
  const token = cookies.read(c, 'parked');
  const staff = token === undefined ? undefined : await findStaff(deps, sessionToken);
  return staff && token !== undefined
    ? returnToParkedForm(deps, { token, holder: { staffId: staff.id } })
    : undefined;
};

const findWaiting = async (
  { deps, cookies }: RouteParts,
  c: Visit,
): Promise<{ pendingToken: string; ways: PendingSignIn['ways'] } | Response> => {
  const pendingToken = cookies.read(c, 'staff_pending');
  const found = pendingToken && (await findPendingSignIn(deps, pendingToken));
  if (!pendingToken || !found) return c.redirect('/staff', 303);
  if (found.needs === 'setup') return c.redirect('/staff/account', 303);
  return { pendingToken, ways: found.ways };
};

const secondFactorPage = (c: Visit, ways: PendingSignIn['ways'], problems: Problems = {}) =>
  page(<SecondFactorPage view={c.var.view} ways={ways} problems={problems} />);

const showSecondFactor = async (parts: RouteParts, c: Visit) => {
  const found = await findWaiting(parts, c);
  return found instanceof Response ? found : c.html(secondFactorPage(c, found.ways));
};

const postCode = async (parts: RouteParts, c: Visit) => {
  const found = await findWaiting(parts, c);
  if (found instanceof Response) return found;
  const { pendingToken, ways } = found;
  const words = c.var.view.text.staffSignIn;
  const code = (await readForm(parts, c)).field('code');
  if (code.trim() === '')
    return c.html(secondFactorPage(c, ways, { code: words.secondFactorMissing }), 422);
  const result = await proveByCode(parts.deps, { pendingToken, code, ...requestFacts(c) });
  const invalid = { code: words.secondFactorInvalid };
  return (await goOn(parts, c, result)) ?? c.html(secondFactorPage(c, ways, invalid), 422);
};

const passkeyOptions = async (parts: RouteParts, c: Visit) => {
  const found = await findWaiting(parts, c);
  if (found instanceof Response) return found;
  const options = await askSignInPasskey(parts.deps, found.pendingToken);
  if (!options) throw new DomainError('not_found');
  return c.json(options);
};

const postPasskey = async (parts: RouteParts, c: Visit) => {
  const found = await findWaiting(parts, c);
  if (found instanceof Response) return found;
  const { pendingToken, ways } = found;
  const answer = (await readForm(parts, c)).field('answer');
  const result = await proveByPasskey(parts.deps, { pendingToken, answer, ...requestFacts(c) });
  const invalid = { code: c.var.view.text.staffSignIn.passkeyInvalid };
  return (await goOn(parts, c, result)) ?? c.html(secondFactorPage(c, ways, invalid), 422);
};

const recoveryPage = (c: Visit, problems: Problems = {}) =>
  page(<RecoverySignInPage view={c.var.view} problems={problems} />);

const showRecovery = async (parts: RouteParts, c: Visit) => {
  const found = await findWaiting(parts, c);
  return found instanceof Response ? found : c.html(recoveryPage(c));
};

const postRecovery = async (parts: RouteParts, c: Visit) => {
  const found = await findWaiting(parts, c);
  if (found instanceof Response) return found;
  const words = c.var.view.text.staffSignIn;
  const code = (await readForm(parts, c)).field('code');
  if (code.trim() === '') return c.html(recoveryPage(c, { code: words.recoveryMissing }), 422);
  const { pendingToken } = found;
  const result = await proveByCode(parts.deps, { pendingToken, code, ...requestFacts(c) });
  const problems = { code: words.recoveryInvalid };
  return (await goOn(parts, c, result)) ?? c.html(recoveryPage(c, problems), 422);
};

const postSignOut = async ({ deps, cookies }: RouteParts, c: Visit) => {
  const sessionToken = cookies.read(c, 'staff_sid');
  const pendingToken = cookies.read(c, 'staff_pending');
  if (sessionToken !== undefined || pendingToken !== undefined)
    await signOutStaff(deps, { sessionToken, pendingToken, from: c.var.from });
  cookies.remove(c, 'staff_sid');
  cookies.remove(c, 'staff_pending');
  cookies.remove(c, 'parked');
  c.header('clear-site-data', '"cache"');
  return c.redirect('/staff?notice=signed_out', 303);
};
