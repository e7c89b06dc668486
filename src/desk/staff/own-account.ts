import type { Deps } from '../../platform/deps.ts';
import { findAsking } from './account-access.ts';
import type { AccountAccess, Asking } from './account-access.ts';
import { listPasskeys } from './staff-access.sql.ts';
import { findMailSettings } from './staff-mail.sql.ts';
import type { MailSettings } from './mail-settings.ts';
import { hasIdentity } from './staff-identities.sql.ts';
import type { StaffMember } from './staff-member.ts';
import { toMember } from './staff-sessions.ts';
import { withSubstitution } from './substitution.ts';
import { missingSetup } from './staff-sign-in.ts';

export interface OwnPasskey {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

export interface StaffAccount {
  staff: StaffMember;
  state: 'session' | 'setup';
  missing: ('password' | 'second_factor')[];
  /**
   * Proved who they are recently, or in the set-up; else changing factors and ending sessions is
   * `not_allowed`.
   */
  mayChange: boolean;
  passwordChangedAt: Date | null;
  totp: boolean;
  passkeys: OwnPasskey[];
  recoveryCodes: number;
  mail: MailSettings;
  mayRemoveLast: boolean;
  /**
   * `linked`: may prove who they are at the identity provider; `proven`: did so recently, and only
   * the desk's second factor is missing.
   */
  singleSignOn: 'none' | 'linked' | 'proven';
}

export const findAccount = async (
  deps: Deps,
  access: AccountAccess,
): Promise<StaffAccount | undefined> => {
  const asking = await findAsking(deps, access);
  if (!asking) return undefined;
  const { member, state, mayChange, secondsLeft } = asking;
  const [passkeys, mail] = await Promise.all([
    listPasskeys(deps.db, member.id),
    findMailSettings(deps.db, member.id),
  ]);
  return {
    staff: {
      ...(await withSubstitution(deps.db, toMember(member))),
      ...(secondsLeft !== undefined && { sessionSeconds: secondsLeft }),
    },
    state,
    missing: state === 'setup' ? missingSetup(deps, member) : [],
    mayChange,
    passwordChangedAt: member.passwordChangedAt,
    totp: member.totpSecret !== null,
    passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      createdAt,
      lastUsedAt,
    })),
    recoveryCodes: member.recoveryCodes,
    mail: mail ?? { email: null, kinds: [] },
    mayRemoveLast: deps.config.STAFF_SECOND_FACTOR !== 'required',
    singleSignOn: await singleSignOnOf(deps, asking),
  };
};

const singleSignOnOf = async (
  { db, identityProvider }: Deps,
  { member, state, identityProven }: Asking,
): Promise<StaffAccount['singleSignOn']> => {
  if (!identityProvider || state === 'setup') return 'none';
  if (identityProven) return 'proven';
  return (await hasIdentity(db, member.id)) ? 'linked' : 'none';
};
