import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { KNOWN_BROWSER_DAYS } from '../../src/desk/staff/known-browsers.ts';
import type { PendingSignIn, StaffSignInResult } from '../../src/desk/staff/staff-access.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { startedHere } from '../middleware/own-start.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { confirmedPath, confirmNext } from './confirm-next.ts';
import { RecoverySignInPage, SecondFactorPage, StaffSignInPage } from './staff-sign-in.page.tsx';

/** Entry of staff. Their session is apart from an applicant's in the same browser. */
export const createStaffSignInRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<AppEnv>();
  const addressOf = createClientAddress(site);
  const browserTokenOf = (c: Context<AppEnv>) => cookies.read(c, 'staff_known');

  // Each is a row for a while. As many as SMS codes: an office has one address for all.
  const limitStarts = limitByAddress({ desk, addressOf, limit: 'codes', browserTokenOf });
  const limitCallbacks = limitByAddress({
    desk,
    addressOf,
    limit: 'staff_sign_in',
    onlyFailures: true,
    browserTokenOf,
  });

  const facts = (c: Context<AppEnv>) => ({
    from: c.var.from,
    userAgent: c.req.header('user-agent'),
  });

  const signInPage = (c: Context<AppEnv>, username: string, problem: string) =>
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

  /** Of a form that was sent after the session had ended. */
  const parkedPage = async (
    c: Context<AppEnv>,
    sessionToken: string,
  ): Promise<string | undefined> => {
    const token = cookies.read(c, 'parked');
    const staff = token === undefined ? undefined : await desk.findStaff(sessionToken);
    return staff && token !== undefined
      ? desk.returnToParkedForm({ token, holder: { staffId: staff.id } })
      : undefined;
  };

  /** To where the sign-in goes on; undefined: what was given was wrong. */
  const goOn = async (c: Context<AppEnv>, result: StaffSignInResult) => {
    switch (result.outcome) {
      case 'signed_in': {
        const before = cookies.read(c, 'staff_sid');
        if (before !== undefined)
          await desk.staffSignOut({ sessionToken: before, from: c.var.from });
        cookies.remove(c, 'staff_pending');
        // Outlives the session: what is sent after its end is then still known to be its owner's.
        cookies.write(c, 'staff_sid', result.sessionToken, (site.staffSessionHours + 1) * 3600);
        cookies.write(c, 'staff_known', result.browserToken, KNOWN_BROWSER_DAYS * 86_400);
        return c.redirect((await parkedPage(c, result.sessionToken)) ?? '/staff', 303);
      }
      case 'second_factor':
      case 'setup':
        cookies.write(c, 'staff_pending', result.pendingToken, site.staffSignInMinutes * 60);
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

  routes.get('/sign-in', (c) => c.redirect('/staff', 303));

  routes.post('/sign-in', async (c) => {
    const words = c.var.view.text.staffSignIn;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const username = form.field('username').trim();
    const password = form.field('password');
    if (username === '' || password === '') return signInPage(c, username, words.missing);
    const result = await desk.staffSignIn({
      username,
      password,
      address: addressOf(c),
      browserToken: browserTokenOf(c),
      ...facts(c),
    });
    const wrong = result.outcome === 'one_time_over' ? words.oneTimeOver : words.invalid;
    return (await goOn(c, result)) ?? signInPage(c, username, wrong);
  });

  if (site.singleSignOn !== null) {
    // A link, not a form: `form-action` of the policy holds for where a form is sent on to.
    routes.get('/single-sign-on', startedHere('/staff'), limitStarts, async (c) => {
      const { url, token } = await desk.beginSingleSignOn();
      cookies.write(c, 'sign_on', token, site.staffSignInMinutes * 60);
      return c.redirect(url, 303);
    });

    routes.get('/single-sign-on/callback', limitCallbacks, async (c) => {
      const [token, asked] = cookies.read(c, 'sign_on')?.split(':') ?? [];
      cookies.remove(c, 'sign_on');
      if (token === undefined) return c.redirect('/staff?notice=sign_on_time_over', 303);
      const callback = new URL(c.req.url);
      const sessionToken = cookies.read(c, 'staff_sid');
      const result = await desk.finishSingleSignOn({ token, callback, sessionToken, ...facts(c) });
      const next = confirmNext(asked);
      const confirmPage = `/staff/account/confirm?next=${next}`;
      switch (result.outcome) {
        case 'expired':
          return c.redirect('/staff?notice=sign_on_time_over', 303);
        case 'confirmed':
          cookies.write(c, 'staff_sid', result.sessionToken, site.staffSessionHours * 3600);
          return c.redirect(confirmedPath(next), 303);
        case 'factor_left':
          return c.redirect(confirmPage, 303);
        case 'not_confirmed':
          return c.redirect(`${confirmPage}&notice=not_confirmed`, 303);
        default:
      }
      const wrong = c.var.view.text.staffSignIn.singleSignOnInvalid;
      return (await goOn(c, result)) ?? signInPage(c, '', wrong);
    });
  }

  /** A sign-in that waits for its second factor, or where to go instead. */
  const findWaiting = async (
    c: Context<AppEnv>,
  ): Promise<{ pendingToken: string; ways: PendingSignIn['ways'] } | Response> => {
    const pendingToken = cookies.read(c, 'staff_pending');
    const found = pendingToken && (await desk.findPendingSignIn(pendingToken));
    if (!pendingToken || !found) return c.redirect('/staff', 303);
    if (found.needs === 'setup') return c.redirect('/staff/account', 303);
    return { pendingToken, ways: found.ways };
  };

  const secondFactorPage = (
    c: Context<AppEnv>,
    ways: PendingSignIn['ways'],
    problems: Problems = {},
  ) => page(<SecondFactorPage view={c.var.view} ways={ways} problems={problems} />);

  routes.get('/second-factor', async (c) => {
    const found = await findWaiting(c);
    return found instanceof Response ? found : c.html(secondFactorPage(c, found.ways));
  });

  routes.post('/second-factor', async (c) => {
    const found = await findWaiting(c);
    if (found instanceof Response) return found;
    const { pendingToken, ways } = found;
    const words = c.var.view.text.staffSignIn;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const code = form.field('code');
    if (code.trim() === '')
      return c.html(secondFactorPage(c, ways, { code: words.secondFactorMissing }), 422);
    const result = await desk.staffSecondFactor({ pendingToken, code, ...facts(c) });
    const invalid = { code: words.secondFactorInvalid };
    return (await goOn(c, result)) ?? c.html(secondFactorPage(c, ways, invalid), 422);
  });

  routes.get('/second-factor/passkey', async (c) => {
    const found = await findWaiting(c);
    if (found instanceof Response) return found;
    const options = await desk.askSignInPasskey(found.pendingToken);
    if (!options) throw new DomainError('not_found');
    return c.json(options);
  });

  routes.post('/second-factor/passkey', async (c) => {
    const found = await findWaiting(c);
    if (found instanceof Response) return found;
    const { pendingToken, ways } = found;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const answer = form.field('answer');
    const result = await desk.staffPasskey({ pendingToken, answer, ...facts(c) });
    const invalid = { code: c.var.view.text.staffSignIn.passkeyInvalid };
    return (await goOn(c, result)) ?? c.html(secondFactorPage(c, ways, invalid), 422);
  });

  const recoveryPage = (c: Context<AppEnv>, problems: Problems = {}) =>
    page(<RecoverySignInPage view={c.var.view} problems={problems} />);

  routes.get('/second-factor/recovery', async (c) => {
    const found = await findWaiting(c);
    return found instanceof Response ? found : c.html(recoveryPage(c));
  });

  routes.post('/second-factor/recovery', async (c) => {
    const found = await findWaiting(c);
    if (found instanceof Response) return found;
    const words = c.var.view.text.staffSignIn;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const code = form.field('code');
    if (code.trim() === '') return c.html(recoveryPage(c, { code: words.recoveryMissing }), 422);
    const { pendingToken } = found;
    const result = await desk.staffSecondFactor({ pendingToken, code, ...facts(c) });
    return (await goOn(c, result)) ?? c.html(recoveryPage(c, { code: words.recoveryInvalid }), 422);
  });

  routes.post('/sign-out', async (c) => {
    const sessionToken = cookies.read(c, 'staff_sid');
    const pendingToken = cookies.read(c, 'staff_pending');
    if (sessionToken !== undefined || pendingToken !== undefined)
      await desk.staffSignOut({ sessionToken, pendingToken, from: c.var.from });
    cookies.remove(c, 'staff_sid');
    cookies.remove(c, 'staff_pending');
    cookies.remove(c, 'parked');
    c.header('clear-site-data', '"cache"');
    return c.redirect('/staff?notice=signed_out', 303);
  });

  return routes;
};
