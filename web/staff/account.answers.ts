import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { AccountEnv } from '../env.ts';

export const ACCOUNT = '/staff/account';

export const toAccount = (c: Context<AccountEnv>, notice?: string) =>
  c.redirect(notice === undefined ? ACCOUNT : `${ACCOUNT}?notice=${notice}`, 303);

export const sessionTokenOf = (c: Context<AccountEnv>): string => {
  const { access } = c.var;
  if (!('sessionToken' in access)) throw new DomainError('not_allowed');
  return access.sessionToken;
};

export const inSession = createMiddleware<AccountEnv>(async (c, next) =>
  'sessionToken' in c.var.access ? next() : toAccount(c),
);

export const proven = (next: string) =>
  createMiddleware<AccountEnv>(async (c, go) =>
    c.var.account.mayChange ? go() : c.redirect(`${ACCOUNT}/confirm?next=${next}`, 303),
  );
