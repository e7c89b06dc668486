/** How the pages of a member's own account answer. */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { AccountEnv } from '../env.ts';

export const ACCOUNT = '/staff/account';

export const toAccount = (c: Context<AccountEnv>, notice?: string) =>
  c.redirect(notice === undefined ? ACCOUNT : `${ACCOUNT}?notice=${notice}`, 303);

/** @throws DomainError not_allowed in the first set-up */
export const sessionTokenOf = (c: Context<AccountEnv>): string => {
  const { access } = c.var;
  if (!('sessionToken' in access)) throw new DomainError('not_allowed');
  return access.sessionToken;
};

/** In the first set-up: back to it. */
export const inSession = createMiddleware<AccountEnv>(async (c, next) =>
  'sessionToken' in c.var.access ? next() : toAccount(c),
);

/** Asks who it is, when the last proof is too long ago. @param next a name in `confirm-next.ts` */
export const proven = (next: string) =>
  createMiddleware<AccountEnv>(async (c, go) =>
    c.var.account.mayChange ? go() : c.redirect(`${ACCOUNT}/confirm?next=${next}`, 303),
  );
