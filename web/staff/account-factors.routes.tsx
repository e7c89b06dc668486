import type { Context, Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import type { NewToken } from '../../src/desk/staff/account-access.ts';
import type { OwnPasskey } from '../../src/desk/staff/own-account.ts';
import {
  addPasskey,
  askNewPasskey,
  confirmTotp,
  issueRecoveryCodes,
  proposeTotp,
  readTotpSetup,
  removePasskey,
  removeTotp,
  renamePasskey,
} from '../../src/desk/staff/own-factors.ts';
import { page } from '../components/layout.tsx';
import type { AccountEnv } from '../env.ts';
import { readForm, requestFacts } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import {
  AddPasskeyPage,
  PasskeyNamePage,
  RecoveryCodesPage,
  TotpPage,
} from './account-forms.page.tsx';
import { ACCOUNT, inSession, proven, toAccount } from './account.answers.ts';
import { writeStaffTokens } from './staff-cookies.ts';

type Account = Context<AccountEnv>;

export const registerFactors = (routes: Hono<AccountEnv>, parts: RouteParts): void => {
  const mayChange = [inSession, proven('account')] as const;
  routes.get('/totp', proven('totp'), (c) => showTotp(parts, c));
  routes.post('/totp', proven('totp'), (c) => postTotp(parts, c));
  routes.get('/totp/removal', (c) => toAccount(c));
  routes.post('/totp/removal', ...mayChange, (c) => postTotpRemoval(parts, c));
  routes.get('/passkeys', proven('passkeys'), showAddPasskey);
  routes.post('/passkeys', proven('passkeys'), (c) => postPasskey(parts, c));
  routes.get('/passkeys/options', proven('passkeys'), async (c) =>
    c.json(await askNewPasskey(parts.deps, c.var.access)),
  );
  routes.get('/passkeys/:passkey/name', ...mayChange, showPasskeyName);
  routes.post('/passkeys/:passkey/name', ...mayChange, (c) => postPasskeyName(parts, c));
  routes.get('/passkeys/:passkey/removal', (c) => toAccount(c));
  routes.post('/passkeys/:passkey/removal', ...mayChange, (c) => postPasskeyRemoval(parts, c));
  const mayIssue = [inSession, proven('recovery-codes')] as const;
  routes.get('/recovery-codes', ...mayIssue, showRecoveryCodes);
  routes.post('/recovery-codes', ...mayIssue, (c) => postRecoveryCodes(parts, c));
};

const showTotp = async ({ deps }: RouteParts, c: Account) => {
  const { view, account, access } = c.var;
  const proposed = await proposeTotp(deps, access);
  return c.html(page(<TotpPage view={view} account={account} {...proposed} />));
};

const postTotp = async (parts: RouteParts, c: Account) => {
  const { deps } = parts;
  const { view, account, access } = c.var;
  const form = await readForm(parts, c);
  const setup = form.field('setup');
  const typed = { ...access, setup, code: form.field('code') };
  const result = await confirmTotp(deps, { ...typed, ...requestFacts(c) });
  if (result.outcome === 'changed') return added(parts, c, result);
  // The same secret again, unless its time is over: the app has it already.
  const proposed = await readTotpSetup(deps, { ...access, setup });
  const shown = proposed ? { setup, ...proposed } : await proposeTotp(deps, access);
  const problems = { code: view.text.account.totp.problems[result.problem] };
  return c.html(page(<TotpPage {...{ view, account, problems }} {...shown} />), 422);
};

const postTotpRemoval = async (parts: RouteParts, c: Account) => {
  await readForm(parts, c);
  const { outcome } = await removeTotp(parts.deps, { ...c.var.access, ...requestFacts(c) });
  return toAccount(c, outcome === 'changed' ? 'factor_removed' : 'last_factor');
};

const showAddPasskey = (c: Account) =>
  c.html(page(<AddPasskeyPage view={c.var.view} account={c.var.account} />));

const postPasskey = async (parts: RouteParts, c: Account) => {
  const { view, account, access } = c.var;
  const form = await readForm(parts, c);
  const name = form.field('name');
  const answer = form.field('answer');
  const result = await addPasskey(parts.deps, { ...access, name, answer, ...requestFacts(c) });
  if (result.outcome === 'changed') return added(parts, c, result);
  const problems = { name: view.text.account.passkey.problems[result.problem] };
  return c.html(page(<AddPasskeyPage {...{ view, account, problems, name }} />), 422);
};

const showPasskeyName = (c: Account) => {
  const { view, account } = c.var;
  return c.html(page(<PasskeyNamePage view={view} account={account} passkey={passkeyOf(c)} />));
};

const postPasskeyName = async (parts: RouteParts, c: Account) => {
  const { view, account, access } = c.var;
  const passkey = passkeyOf(c);
  const form = await readForm(parts, c);
  const name = form.field('name');
  if (cleanLine(name) === '') {
    const problems = { name: view.text.account.passkey.problems.name_missing };
    return c.html(page(<PasskeyNamePage {...{ view, account, problems, passkey, name }} />), 422);
  }
  const renamed = { ...access, passkeyId: passkey.id, name, ...requestFacts(c) };
  await renamePasskey(parts.deps, renamed);
  return toAccount(c, 'passkey_renamed');
};

const postPasskeyRemoval = async (parts: RouteParts, c: Account) => {
  const passkeyId = passkeyOf(c).id;
  await readForm(parts, c);
  const removed = { ...c.var.access, passkeyId, ...requestFacts(c) };
  const { outcome } = await removePasskey(parts.deps, removed);
  return toAccount(c, outcome === 'changed' ? 'factor_removed' : 'last_factor');
};

const showRecoveryCodes = (c: Account) => {
  const { view, account } = c.var;
  if (!hasFactor(c)) return toAccount(c);
  const notice = c.req.query('notice');
  return c.html(page(<RecoveryCodesPage view={view} account={account} notice={notice} />));
};

// Not a redirect: the codes are kept nowhere, and shown by this answer alone.
const postRecoveryCodes = async (parts: RouteParts, c: Account) => {
  const { view, account, access } = c.var;
  await readForm(parts, c);
  if (!hasFactor(c)) return toAccount(c);
  const codes = await issueRecoveryCodes(parts.deps, { ...access, ...requestFacts(c) });
  return c.html(page(<RecoveryCodesPage {...{ view, account, codes }} notice={undefined} />));
};

const hasFactor = (c: Account): boolean => c.var.account.totp || c.var.account.passkeys.length > 0;

const passkeyOf = (c: Account): OwnPasskey => {
  const asked = c.req.param('passkey');
  const found = c.var.account.passkeys.find(({ id }) => id === asked);
  if (!found) throw new DomainError('not_found');
  return found;
};

const added = (parts: RouteParts, c: Account, tokens: NewToken) => {
  writeStaffTokens(parts, c, tokens);
  const { state, recoveryCodes } = c.var.account;
  if (state === 'setup')
    return tokens.sessionToken === undefined
      ? toAccount(c, 'factor_added')
      : c.redirect(`${ACCOUNT}/recovery-codes?notice=setup_done`, 303);
  return recoveryCodes === 0
    ? c.redirect(`${ACCOUNT}/recovery-codes?notice=factor_added`, 303)
    : toAccount(c, 'factor_added');
};
