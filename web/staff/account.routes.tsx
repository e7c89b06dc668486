import { Hono } from 'hono';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import { KNOWN_BROWSER_DAYS } from '../../src/desk/staff/known-browsers.ts';
import type { NewToken, StaffAccount } from '../../src/desk/staff/staff-access.ts';
import { page } from '../components/layout.tsx';
import type { Problems } from '../components/error-summary.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AccountEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { startedHere } from '../middleware/own-start.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireAccount } from '../middleware/sessions.ts';
import {
  AddPasskeyPage,
  ConfirmPage,
  PasskeyNamePage,
  PasswordPage,
  RecoveryCodesPage,
  TotpPage,
} from './account-forms.page.tsx';
import { AccountPage, SetupPage } from './account.page.tsx';
import { confirmedPath, confirmNext } from './confirm-next.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

const HOME = '/staff/account';

const nextOf = (c: Context<AccountEnv>): string => confirmNext(c.req.query('next'));

/** A member's own account: how they sign in, and where they are signed in; also the first set-up. */
export const createAccountRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<AccountEnv>();
  routes.use(requireAccount(deps, cookies, createKeptForms(deps, cookies, forms)));

  // As many as SMS codes, and counted with those.
  const limitStarts = limitByAddress({
    desk,
    addressOf: createClientAddress(site),
    limit: 'codes',
  });

  const facts = (c: Context<AccountEnv>) => ({
    from: c.var.from,
    userAgent: c.req.header('user-agent'),
  });

  const readForm = async (c: Context<AccountEnv>): Promise<PostedForm> => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    return form;
  };

  /** The token that was asked with may be dead now. */
  const keep = (c: Context<AccountEnv>, tokens: NewToken): void => {
    const { sessionToken, browserToken, pendingToken } = tokens;
    if (sessionToken !== undefined) {
      cookies.remove(c, 'staff_pending');
      cookies.write(c, 'staff_sid', sessionToken, (site.staffSessionHours + 1) * 3600);
    }
    if (browserToken !== undefined)
      cookies.write(c, 'staff_known', browserToken, KNOWN_BROWSER_DAYS * 86_400);
    if (pendingToken !== undefined)
      cookies.write(c, 'staff_pending', pendingToken, site.staffSignInMinutes * 60);
  };

  /** On to a form that waited for the proof, or where the question came from. */
  const confirmed = async (c: Context<AccountEnv>): Promise<string> => {
    const token = cookies.read(c, 'parked');
    const holder = { staffId: c.var.account.staff.id };
    const back = token === undefined ? undefined : desk.returnToParkedForm({ token, holder });
    return (await back) ?? confirmedPath(nextOf(c));
  };

  const home = (c: Context<AccountEnv>, notice?: string) =>
    c.redirect(notice === undefined ? HOME : `${HOME}?notice=${notice}`, 303);

  /** Only what needs a session, as the list of sessions. @returns the token */
  const sessionOf = (c: Context<AccountEnv>): string => {
    const { access } = c.var;
    if (!('sessionToken' in access)) throw new DomainError('not_allowed');
    return access.sessionToken;
  };

  const inSession = createMiddleware<AccountEnv>(async (c, next) =>
    'sessionToken' in c.var.access ? next() : home(c),
  );

  /** To the question who asks, when the last proof is too long ago. */
  const proven = (next: string) =>
    createMiddleware<AccountEnv>(async (c, go) =>
      c.var.account.mayChange ? go() : c.redirect(`${HOME}/confirm?next=${next}`, 303),
    );

  /** After a factor was added: to the recovery codes when there are none, or on with the set-up. */
  const added = (c: Context<AccountEnv>, tokens: NewToken) => {
    keep(c, tokens);
    const { state, recoveryCodes } = c.var.account;
    if (state === 'setup')
      return tokens.sessionToken === undefined
        ? home(c, 'factor_added')
        : c.redirect(`${HOME}/recovery-codes?notice=setup_done`, 303);
    return recoveryCodes === 0
      ? c.redirect(`${HOME}/recovery-codes?notice=factor_added`, 303)
      : home(c, 'factor_added');
  };

  routes.get('/', async (c) => {
    const { view, account, access } = c.var;
    const notice = c.req.query('notice');
    if (!('sessionToken' in access))
      return c.html(page(<SetupPage view={view} account={account} notice={notice} />));
    const sessions = await desk.listOwnSessions(access.sessionToken);
    return c.html(
      page(<AccountPage view={view} account={account} sessions={sessions} notice={notice} />),
    );
  });

  const confirmPage = (c: Context<AccountEnv>, problems: Problems = {}) =>
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

  routes.get('/confirm', inSession, (c) => c.html(confirmPage(c)));

  routes.post('/confirm', inSession, async (c) => {
    const words = c.var.view.text.account.confirm.problems;
    const form = await readForm(c);
    const result = await desk.confirmAccount({
      sessionToken: sessionOf(c),
      password: form.field('password'),
      code: form.field('code'),
      ...facts(c),
    });
    if (result.outcome === 'invalid') {
      const { password, code } = result.fields;
      const problems = {
        ...(password && { password: words[`password_${password}`] }),
        ...(code && { code: words[`code_${code}`] }),
      };
      return c.html(confirmPage(c, problems), 422);
    }
    keep(c, result);
    return c.redirect(await confirmed(c), 303);
  });

  if (site.singleSignOn !== null) {
    // A link, as that of the sign-in; `callback` there takes the answer.
    routes.get('/confirm/single-sign-on', startedHere(HOME), inSession, limitStarts, async (c) => {
      const { url, token } = await desk.beginSingleSignOn({ sessionToken: sessionOf(c) });
      cookies.write(c, 'sign_on', `${token}:${nextOf(c)}`, site.staffSignInMinutes * 60);
      return c.redirect(url, 303);
    });
  }

  routes.get('/confirm/passkey', inSession, async (c) => {
    const options = await desk.askConfirmPasskey(sessionOf(c));
    if (!options) throw new DomainError('not_found');
    return c.json(options);
  });

  routes.post('/confirm/passkey', inSession, async (c) => {
    const form = await readForm(c);
    const result = await desk.confirmAccountByPasskey({
      sessionToken: sessionOf(c),
      answer: form.field('answer'),
      ...facts(c),
    });
    if (result.outcome === 'invalid') {
      const problems = { password: c.var.view.text.staffSignIn.passkeyInvalid };
      return c.html(confirmPage(c, problems), 422);
    }
    keep(c, result);
    return c.redirect(await confirmed(c), 303);
  });

  routes.get('/password', (c) =>
    c.html(page(<PasswordPage view={c.var.view} account={c.var.account} />)),
  );

  routes.post('/password', async (c) => {
    const { view, account, access } = c.var;
    const words = view.text.account.password.problems;
    const form = await readForm(c);
    const result = await desk.changePassword({
      ...access,
      current: form.field('current'),
      password: form.field('password'),
      ...facts(c),
    });
    if (result.outcome === 'invalid') {
      const { current, password } = result.fields;
      const problems = {
        ...(current && { current: words[`current_${current}`] }),
        ...(password && { password: words[password] }),
      };
      return c.html(page(<PasswordPage view={view} account={account} problems={problems} />), 422);
    }
    keep(c, result);
    const isDone = account.state === 'setup' && result.sessionToken !== undefined;
    return isDone && account.recoveryCodes === 0
      ? c.redirect(`${HOME}/recovery-codes?notice=setup_done`, 303)
      : home(c, 'password_changed');
  });

  routes.get('/totp', proven('totp'), async (c) => {
    const { view, account, access } = c.var;
    const proposed = await desk.proposeTotp(access);
    return c.html(page(<TotpPage view={view} account={account} {...proposed} />));
  });

  routes.post('/totp', proven('totp'), async (c) => {
    const { view, account, access } = c.var;
    const form = await readForm(c);
    const setup = form.field('setup');
    const result = await desk.confirmTotp({
      ...access,
      setup,
      code: form.field('code'),
      ...facts(c),
    });
    if (result.outcome === 'changed') return added(c, result);
    // The same secret again, unless its time is over: the app has it already.
    const proposed = await desk.readTotpSetup({ ...access, setup });
    const shown = proposed ? { setup, ...proposed } : await desk.proposeTotp(access);
    const problems = { code: view.text.account.totp.problems[result.problem] };
    return c.html(
      page(<TotpPage view={view} account={account} problems={problems} {...shown} />),
      422,
    );
  });

  routes.get('/totp/removal', (c) => home(c));

  routes.post('/totp/removal', inSession, proven('account'), async (c) => {
    await readForm(c);
    const { outcome } = await desk.removeTotp({ ...c.var.access, ...facts(c) });
    return home(c, outcome === 'changed' ? 'factor_removed' : 'last_factor');
  });

  routes.get('/passkeys', proven('passkeys'), (c) =>
    c.html(page(<AddPasskeyPage view={c.var.view} account={c.var.account} />)),
  );

  routes.get('/passkeys/options', proven('passkeys'), async (c) =>
    c.json(await desk.askNewPasskey(c.var.access)),
  );

  routes.post('/passkeys', proven('passkeys'), async (c) => {
    const { view, account, access } = c.var;
    const form = await readForm(c);
    const name = form.field('name');
    const answer = form.field('answer');
    const result = await desk.addPasskey({ ...access, name, answer, ...facts(c) });
    if (result.outcome === 'changed') return added(c, result);
    const problems = { name: view.text.account.passkey.problems[result.problem] };
    return c.html(
      page(<AddPasskeyPage view={view} account={account} problems={problems} name={name} />),
      422,
    );
  });

  /** @throws not_found */
  const passkeyOf = (c: Context<AccountEnv>): StaffAccount['passkeys'][number] => {
    const asked = c.req.param('passkey');
    const found = c.var.account.passkeys.find(({ id }) => id === asked);
    if (!found) throw new DomainError('not_found');
    return found;
  };

  const nameOf = '/passkeys/:passkey/name';

  routes.get(nameOf, inSession, proven('account'), (c) => {
    const { view, account } = c.var;
    return c.html(page(<PasskeyNamePage view={view} account={account} passkey={passkeyOf(c)} />));
  });

  routes.post(nameOf, inSession, proven('account'), async (c) => {
    const { view, account, access } = c.var;
    const passkey = passkeyOf(c);
    const form = await readForm(c);
    const name = form.field('name');
    if (cleanLine(name) === '') {
      const problems = { name: view.text.account.passkey.problems.name_missing };
      return c.html(
        page(
          <PasskeyNamePage
            view={view}
            account={account}
            problems={problems}
            passkey={passkey}
            name={name}
          />,
        ),
        422,
      );
    }
    await desk.renamePasskey({ ...access, passkeyId: passkey.id, name, ...facts(c) });
    return home(c, 'passkey_renamed');
  });

  routes.get('/passkeys/:passkey/removal', (c) => home(c));

  routes.post('/passkeys/:passkey/removal', inSession, proven('account'), async (c) => {
    const passkeyId = passkeyOf(c).id;
    await readForm(c);
    const { outcome } = await desk.removePasskey({ ...c.var.access, passkeyId, ...facts(c) });
    return home(c, outcome === 'changed' ? 'factor_removed' : 'last_factor');
  });

  routes.get('/recovery-codes', inSession, proven('recovery-codes'), (c) => {
    const { view, account } = c.var;
    if (!account.totp && account.passkeys.length === 0) return home(c);
    const notice = c.req.query('notice');
    return c.html(page(<RecoveryCodesPage view={view} account={account} notice={notice} />));
  });

  // Not a redirect: the codes are kept nowhere, and shown by this answer alone.
  routes.post('/recovery-codes', inSession, proven('recovery-codes'), async (c) => {
    const { view, account, access } = c.var;
    await readForm(c);
    if (!account.totp && account.passkeys.length === 0) return home(c);
    const codes = await desk.issueRecoveryCodes({ ...access, ...facts(c) });
    return c.html(
      page(<RecoveryCodesPage view={view} account={account} notice={undefined} codes={codes} />),
    );
  });

  routes.get('/sessions/end-others', (c) => home(c));

  routes.post('/sessions/end-others', inSession, proven('account'), async (c) => {
    await readForm(c);
    const { ended } = await desk.endOtherSessions({ sessionToken: sessionOf(c), ...facts(c) });
    return home(c, ended > 0 ? 'sessions_ended' : 'sessions_none');
  });

  routes.get('/sessions/:session/end', (c) => home(c));

  routes.post('/sessions/:session/end', inSession, proven('account'), async (c) => {
    const sessionId = c.req.param('session');
    if (!isUuid(sessionId)) throw new DomainError('not_found');
    await readForm(c);
    const sessionToken = sessionOf(c);
    const { own } = await desk.endOwnSession({ sessionToken, sessionId, ...facts(c) });
    if (!own) return home(c, 'sessions_ended');
    cookies.remove(c, 'staff_sid');
    return c.redirect('/staff?notice=signed_out', 303);
  });

  return routes;
};
