// The URL holds a name, never a URL, so that no open redirect is possible.
const NEXT: Record<string, string> = {
  account: '/staff/account',
  totp: '/staff/account/totp',
  passkeys: '/staff/account/passkeys',
  'recovery-codes': '/staff/account/recovery-codes',
  members: '/staff/admin/members',
  reasons: '/staff/admin/reasons',
  branding: '/staff/admin/branding',
  texts: '/staff/admin/texts',
  keys: '/staff/admin/keys',
  webhooks: '/staff/admin/webhooks',
  people: '/staff/people',
};

export const confirmNext = (asked: string | undefined): string =>
  asked !== undefined && Object.hasOwn(NEXT, asked) ? asked : 'account';

export const confirmedPath = (next: string): string => NEXT[next] ?? '/staff/account';
