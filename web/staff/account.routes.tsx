import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { cancelAbsence, readAbsences, registerAbsence } from '../../src/desk/staff/absences.ts';
import { changeMail } from '../../src/desk/staff/own-mail.ts';
import { changePassword } from '../../src/desk/staff/own-password.ts';
import {
  endOtherSessions,
  endOwnSession,
  listOwnSessions,
} from '../../src/desk/staff/own-sessions.ts';
import { MAIL_KINDS } from '../../src/desk/staff/mail-settings.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AccountEnv, RouteDeps } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireAccount } from '../middleware/sessions.ts';
import { readForm, requestFacts } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { absenceProblems, readAbsence } from './absence-parts.tsx';
import { registerConfirmation } from './account-confirmation.routes.tsx';
import { registerFactors } from './account-factors.routes.tsx';
import { PasswordPage } from './account-forms.page.tsx';
import { ACCOUNT, inSession, proven, sessionTokenOf, toAccount } from './account.answers.ts';
import { AccountPage, SetupPage } from './account.page.tsx';
import { mailFieldOf } from './own-mail.tsx';
import { writeStaffTokens } from './staff-cookies.ts';

type Account = Context<AccountEnv>;

export const createAccountRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const parts = { deps, cookies, forms };
  const routes = new Hono<AccountEnv>();
  routes.use(requireAccount(deps, cookies, createKeptForms(deps, cookies, forms)));
  routes.get('/', (c) => showAccount(parts, c));
  routes.get('/password', showPassword);
  routes.post('/password', (c) => postPassword(parts, c));
  registerConfirmation(routes, parts);
  registerFactors(routes, parts);
  routes.get('/mail', (c) => toAccount(c));
  routes.post('/mail', inSession, (c) => postMail(parts, c));
  routes.get('/absences', (c) => toAccount(c));
  const justProven = [inSession, proven('account')] as const;
  routes.post('/absences', ...justProven, (c) => postAbsence(parts, c));
  routes.get('/absences/cancellation', (c) => toAccount(c));
  routes.post('/absences/cancellation', ...justProven, (c) => postAbsenceCancellation(parts, c));
  routes.get('/sessions/end-others', (c) => toAccount(c));
  routes.post('/sessions/end-others', ...justProven, (c) => postEndOthers(parts, c));
  routes.get('/sessions/:session/end', (c) => toAccount(c));
  routes.post('/sessions/:session/end', ...justProven, (c) => postEndSession(parts, c));
  return routes;
};

const showAccount = async ({ deps }: RouteParts, c: Account) => {
  const { view, account, access } = c.var;
  const notice = c.req.query('notice');
  if (!('sessionToken' in access))
    return c.html(page(<SetupPage view={view} account={account} notice={notice} />));
  const own = await readOwn(deps, account, access.sessionToken);
  return c.html(page(<AccountPage {...{ view, account, notice }} {...own} />));
};

const readOwn = async (
  deps: RouteDeps,
  { staff }: Account['var']['account'],
  sessionToken: string,
) => {
  const [sessions, absences] = await Promise.all([
    listOwnSessions(deps, sessionToken),
    readAbsences(deps, staff.id),
  ]);
  return { sessions, absences };
};

const showPassword = (c: Account) =>
  c.html(page(<PasswordPage view={c.var.view} account={c.var.account} />));

const postPassword = async (parts: RouteParts, c: Account) => {
  const { view, account, access } = c.var;
  const words = view.text.account.password.problems;
  const form = await readForm(parts, c);
  const result = await changePassword(parts.deps, {
    ...access,
    current: form.field('current'),
    password: form.field('password'),
    ...requestFacts(c),
  });
  if (result.outcome === 'invalid') {
    const { current, password } = result.fields;
    const problems = {
      ...(current && { current: words[`current_${current}`] }),
      ...(password && { password: words[password] }),
    };
    return c.html(page(<PasswordPage {...{ view, account, problems }} />), 422);
  }
  writeStaffTokens(parts, c, result);
  const isDone = account.state === 'setup' && result.sessionToken !== undefined;
  return isDone && account.recoveryCodes === 0
    ? c.redirect(`${ACCOUNT}/recovery-codes?notice=setup_done`, 303)
    : toAccount(c, 'password_changed');
};

const postMail = async (parts: RouteParts, c: Account) => {
  const { view, account } = c.var;
  const form = await readForm(parts, c);
  const email = form.field('email');
  const kinds = MAIL_KINDS.filter((kind) => form.field(mailFieldOf(kind)) !== '');
  const sessionToken = sessionTokenOf(c);
  const { from } = requestFacts(c);
  const result = await changeMail(parts.deps, { sessionToken, email, kinds, from });
  if (result.outcome === 'changed') return toAccount(c, 'mail_changed');
  const own = await readOwn(parts.deps, account, sessionToken);
  const mail = { email, kinds, problem: view.text.account.mail.malformed };
  return c.html(page(<AccountPage {...{ view, account, mail }} {...own} />), 422);
};

const postAbsence = async (parts: RouteParts, c: Account) => {
  const { view, account } = c.var;
  const typed = readAbsence(await readForm(parts, c));
  const { id } = account.staff;
  const { from } = requestFacts(c);
  const result = await registerAbsence(parts.deps, { byId: id, staffId: id, from, ...typed });
  if (result.outcome === 'registered') return toAccount(c, 'absence_registered');
  const own = await readOwn(parts.deps, account, sessionTokenOf(c));
  const absence = { typed, problems: absenceProblems(view, result.fields) };
  return c.html(page(<AccountPage {...{ view, account, absence }} {...own} />), 422);
};

const postAbsenceCancellation = async (parts: RouteParts, c: Account) => {
  const absenceId = (await readForm(parts, c)).field('absence');
  const { id } = c.var.account.staff;
  const { from } = requestFacts(c);
  await cancelAbsence(parts.deps, { byId: id, staffId: id, from, absenceId });
  return toAccount(c, 'absence_cancelled');
};

const postEndOthers = async (parts: RouteParts, c: Account) => {
  await readForm(parts, c);
  const sessionToken = sessionTokenOf(c);
  const { ended } = await endOtherSessions(parts.deps, { sessionToken, ...requestFacts(c) });
  return toAccount(c, ended > 0 ? 'sessions_ended' : 'sessions_none');
};

const postEndSession = async (parts: RouteParts, c: Account) => {
  const sessionId = c.req.param('session') ?? '';
  if (!isUuid(sessionId)) throw new DomainError('not_found');
  await readForm(parts, c);
  const asked = { sessionToken: sessionTokenOf(c), sessionId, ...requestFacts(c) };
  const { own } = await endOwnSession(parts.deps, asked);
  if (!own) return toAccount(c, 'sessions_ended');
  parts.cookies.remove(c, 'staff_sid');
  return c.redirect('/staff?notice=signed_out', 303);
};
