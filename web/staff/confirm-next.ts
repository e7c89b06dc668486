/** Where a proof of who asks leads to: a name in the address, never an address. */
const NEXT: Record<string, string> = {
  account: '/staff/account',
  totp: '/staff/account/totp',
  passkeys: '/staff/account/passkeys',
  'recovery-codes': '/staff/account/recovery-codes',
  admin: '/staff/admin',
};

/** A name that is known; anything else is the account. */
export const confirmNext = (asked: string | undefined): string =>
  asked !== undefined && Object.hasOwn(NEXT, asked) ? asked : 'account';

export const confirmedPath = (next: string): string => NEXT[next] ?? '/staff/account';
