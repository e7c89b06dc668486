import type { IdentityProvider } from '../adapters/oidc/identity-provider.ts';
import { createPasskeys } from '../adapters/webauthn/passkeys.ts';
import type { Db } from '../db/client.ts';
import { createAdminister } from './administer.ts';
import type { Administration } from './administration.ts';
import { createAdministration } from './create-administration.ts';
import type { KnownBrowsers } from './known-browsers.ts';
import { createPasswords } from './passwords.ts';
import { NO_LIMITS } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import { createSecondFactors } from './second-factors.ts';
import type { StaffAccess } from './staff-access.ts';
import { createSingleSignOn } from './single-sign-on.ts';
import { createStaffAccount } from './staff-account.ts';
import { createStaffSessions } from './staff-sessions.ts';
import { createStaffSignIn } from './staff-sign-in.ts';
import { createAdministerReasons } from './stock-reasons.ts';
import type { StockReasonLimits } from './stock-reasons.ts';
import { createAdministerCalendar } from './working-calendar.ts';
import type { CalendarSettings } from './working-calendar.ts';
import type { SecondFactorPolicy } from './staff-sign-in.ts';

export interface StaffAccessSettings {
  secondFactor: SecondFactorPolicy;
  sessionHours: number;
  sessionIdleMinutes: number;
  /** For the second step of a sign-in and the first set-up. */
  signInMinutes: number;
  /** How long after a proof of identity factors may be changed. */
  provenMinutes: number;
  /** How long a password of the operator opens the first set-up. */
  oneTimeHours: number;
  orgName: string;
  /** By whose days the audit trail is looked through. */
  timeZone: string;
  stockReasons: StockReasonLimits;
  calendar: CalendarSettings;
  /** Address that people type: passkeys are bound to its host. */
  origin: string;
}

/** How staff get in, and what they do with their own account. */
export const createStaffAccess = ({
  db,
  key,
  settings,
  identityProvider,
  limits = NO_LIMITS,
  knownBrowsers,
  log,
}: {
  db: Db;
  key: Buffer;
  settings: StaffAccessSettings;
  /** For single sign-on. */
  identityProvider?: IdentityProvider | undefined;
  limits?: RateLimit;
  knownBrowsers: KnownBrowsers;
  log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}): StaffAccess & Administration => {
  const { secondFactor: policy, signInMinutes, orgName, origin } = settings;
  const passwords = createPasswords();
  const passkeys = createPasskeys({ origin, name: orgName, timeoutMs: signInMinutes * 60_000 });
  const factors = createSecondFactors({
    db,
    key,
    passkeys,
    challengeMinutes: signInMinutes,
    log,
  });
  const sessions = createStaffSessions({
    db,
    secondFactor: policy,
    hours: settings.sessionHours,
    idleMinutes: settings.sessionIdleMinutes,
    provenMinutes: settings.provenMinutes,
    knownBrowsers,
    log,
  });
  const administer = createAdminister({
    db,
    hash: (password) => passwords.hash(password),
    oneTimeHours: settings.oneTimeHours,
  });
  const reasons = createAdministerReasons({ db, limits: settings.stockReasons });
  const calendar = createAdministerCalendar({ db, settings: settings.calendar });
  const shared = { db, policy, passwords, factors, sessions, signInMinutes, limits };
  return {
    ...createAdministration({
      db,
      sessions,
      administer,
      reasons,
      calendar,
      timeZone: settings.timeZone,
    }),
    ...createStaffSignIn({
      ...shared,
      knownBrowsers,
      oneTimeHours: settings.oneTimeHours,
      log,
    }),
    ...createSingleSignOn({ ...shared, provider: identityProvider, log }),
    ...createStaffAccount({
      ...shared,
      key,
      idleMinutes: settings.sessionIdleMinutes,
      orgName,
      hasProvider: identityProvider !== undefined,
    }),
  };
};
