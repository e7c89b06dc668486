import { Hono } from 'hono';
import type { Context } from 'hono';
import type { StaffSignInResult } from '../../src/usecases/desk.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../form-reader.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { SecondFactorPage, StaffSignInPage } from './staff-sign-in.page.tsx';

const PENDING_SECONDS = 10 * 60;

/** Entry of staff. Their session is apart from an applicant's in the same browser. */
export const createStaffSignInRoutes = (
  { desk, config }: RouteDeps,
  cookies: Cookies,
  forms: FormReader,
) => {
  const routes = new Hono<AppEnv>();
  const limitTries = limitByAddress({
    desk,
    addressOf: createClientAddress(config),
    limit: 'staff_sign_in',
    onlyFailures: true,
  });

  const signedIn = (
    c: Context<AppEnv>,
    { sessionToken }: Extract<StaffSignInResult, { outcome: 'signed_in' }>,
  ) => {
    cookies.remove(c, 'staff_pending');
    cookies.write(c, 'staff_sid', sessionToken, config.sessionHours * 3600);
    return c.redirect('/staff', 303);
  };

  const signInPage = (c: Context<AppEnv>, username: string, problem: string) =>
    c.html(
      page(
        <StaffSignInPage view={c.var.view} username={username} problems={{ username: problem }} />,
      ),
      422,
    );

  routes.get('/sign-in', (c) => c.redirect('/staff', 303));

  routes.post('/sign-in', limitTries, async (c) => {
    const words = c.var.view.text.staffSignIn;
    const form = await forms.readFields(c);
    ensureWhole(form);
    const username = form.field('username').trim();
    const password = form.field('password');
    if (username === '' || password === '') return signInPage(c, username, words.missing);
    const result = await desk.staffSignIn({ username, password });
    switch (result.outcome) {
      case 'signed_in':
        return signedIn(c, result);
      case 'second_factor':
        cookies.write(c, 'staff_pending', result.pendingToken, PENDING_SECONDS);
        return c.redirect('/staff/second-factor', 303);
      case 'second_factor_missing':
        return signInPage(c, username, words.secondFactorMissing);
      case 'invalid':
        return signInPage(c, username, words.invalid);
    }
  });

  routes.get('/second-factor', (c) =>
    cookies.read(c, 'staff_pending') === undefined
      ? c.redirect('/staff', 303)
      : c.html(page(<SecondFactorPage view={c.var.view} />)),
  );

  routes.post('/second-factor', async (c) => {
    const pendingToken = cookies.read(c, 'staff_pending');
    if (pendingToken === undefined) return c.redirect('/staff', 303);
    const form = await forms.readFields(c);
    ensureWhole(form);
    const result = await desk.staffSecondFactor({ pendingToken, code: form.field('code') });
    if (result.outcome === 'signed_in') return signedIn(c, result);
    const problem = c.var.view.text.staffSignIn.secondFactorInvalid;
    return c.html(page(<SecondFactorPage view={c.var.view} problems={{ code: problem }} />), 422);
  });

  routes.post('/sign-out', async (c) => {
    const token = cookies.read(c, 'staff_sid');
    if (token !== undefined) await desk.signOut(token);
    cookies.remove(c, 'staff_sid');
    c.header('clear-site-data', '"cache"');
    return c.redirect('/staff?notice=signed_out', 303);
  });

  return routes;
};
