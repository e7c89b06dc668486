import type { Deps } from '../../platform/deps.ts';
import { findAsking } from './account-access.ts';
import type { AccountAccess, Asking } from './account-access.ts';
import { listPasskeys } from './staff-access.sql.ts';
import { findMailSettings } from './staff-mail.sql.ts';
import type { MailSettings } from './mail-settings.ts';
import { hasIdentity } from './staff-identities.sql.ts';
import type { StaffMember } from './staff-member.ts';
import { toMember } from './staff-sessions.ts';
import { missingSetup } from './staff-sign-in.ts';

export interface OwnPasskey {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

export interface StaffAccount {
  staff: StaffMember;
  /** `setup`: no session yet, and nothing but what is missing can be done. */
  state: 'session' | 'setup';
  /** What the first set-up still needs. */
  missing: ('password' | 'second_factor')[];
  /**
   * The person proved who they are a short time ago, or is in the set-up. Without it changing
   * factors and ending sessions are `not_allowed`.
   */
  mayChange: boolean;
  passwordChangedAt: Date | null;
  totp: boolean;
  passkeys: OwnPasskey[];
  recoveryCodes: number;
  mail: MailSettings;
  /** A last second factor stays where one is required. */
  mayRemoveLast: boolean;
  /**
   * `linked`: they may prove who they are at the identity provider; `proven`: they did so a short time
   * ago, and only the second factor of the desk is missing.
   */
  singleSignOn: 'none' | 'linked' | 'proven';
}

/** Undefined: no session, and no first set-up. */
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
      ...toMember(member),
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
