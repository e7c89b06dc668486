import type { IdentityProvider } from '../platform/base/identity-provider.ts';
import { createPasskeys } from '../desk/staff/passkeys.ts';
import type { Db } from '../platform/base/database.ts';
import { createAdminister } from '../desk/administration/members.ts';
import type { Administration } from '../desk/administration/administration.ts';
import { createAdministration } from '../desk/administration/create-administration.ts';
import type { KnownBrowsers } from '../desk/staff/known-browsers.ts';
import { createPasswords } from '../desk/staff/passwords.ts';
import { NO_LIMITS } from '../platform/base/rate-limit.ts';
import type { RateLimit } from '../platform/base/rate-limit.ts';
import { createSecondFactors } from '../desk/staff/second-factors.ts';
import type { StaffAccess } from '../desk/staff/staff-access.ts';
import { createSingleSignOn } from '../desk/staff/single-sign-on.ts';
import { createStaffAccount } from '../desk/staff/own-account.ts';
import { createStaffSessions } from '../desk/staff/staff-sessions.ts';
import { createStaffSignIn } from '../desk/staff/staff-sign-in.ts';
import { createAdministerReasons } from '../desk/administration/stock-reasons.ts';
import type { StockReasonLimits } from '../desk/administration/stock-reasons.ts';
import { createAdministerCalendar } from '../desk/administration/working-calendar.ts';
import type { CalendarSettings } from '../desk/administration/working-calendar.ts';
import type { SecondFactorPolicy } from '../desk/staff/staff-sign-in.ts';

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
