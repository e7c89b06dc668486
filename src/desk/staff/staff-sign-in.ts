import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { addSignIn, endSignIn, findSignIn, renewSignIn } from './staff-access.sql.ts';
import {
  beginOneTime,
  findStaffById,
  findStaffByUsername,
  hasSecondFactor,
  lockStaff,
} from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import { addressGroup } from '../../platform/base/client-address.ts';
import type { StaffMember } from './staff-member.ts';
import { staffPerson } from './known-browsers.ts';
import type { KnownBrowsers } from './known-browsers.ts';
import type { Passwords } from './passwords.ts';
import type { LimitName, RateLimit } from '../../platform/base/rate-limit.ts';
import type { SecondFactors } from './second-factors.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type {
  RequestFacts,
  SecondFactorKind,
  StaffAccess,
  StaffSignInResult,
} from './staff-access.ts';
import type { StaffSessions } from './staff-sessions.ts';

/** Audit entries name no one who is not known: what was typed as a name may be a password. */
const UNKNOWN = 'unknown';

export type SecondFactorPolicy = 'required' | 'optional' | 'off';

export const toMember = ({ id, username, name, role, unitIds }: StaffRow): StaffMember => ({
  id,
  username,
  name,
  role,
  unitIds,
});

/**
 * What a member has to set up before the first session. Only where a second factor is required:
 * whoever has the operator's password could set up a factor of their own with it, so it is good once
 * and for a short time, and gives way to one that only the member knows.
 */
export const missingSetup = (
  policy: SecondFactorPolicy,
  member: StaffRow,
): ('password' | 'second_factor')[] =>
  policy === 'required'
    ? [
        ...(member.oneTimeUntil === null ? [] : (['password'] as const)),
        ...(hasSecondFactor(member) ? [] : (['second_factor'] as const)),
      ]
    : [];

/** Thrown inside a transaction, so that a code is not used up for nothing. */
export class SignInEnded extends Error {}

/**
 * The next step of a sign-in whose second factor is proven: a session, or the rest of the set-up
 * under a new token. The token that was asked with is dead either way.
 * @throws SignInEnded when it had ended, or somebody was first
 */
export const goOnWithSignIn = async (
  tx: Tx,
  {
    policy,
    sessions,
    staffId,
    pendingToken,
    secondFactor,
    ...facts
  }: {
    policy: SecondFactorPolicy;
    sessions: Pick<StaffSessions, 'open'>;
    staffId: string;
    pendingToken: string;
    secondFactor: SecondFactorKind;
  } & RequestFacts,
): Promise<Extract<StaffSignInResult, { outcome: 'signed_in' | 'setup' }>> => {
  const tokenHash = hashToken(pendingToken);
  const member = await findStaffById(tx, staffId);
  if (!member || member.disabledAt) throw new SignInEnded();
  if (missingSetup(policy, member).length > 0) {
    const next = makeToken();
    const renewed = await renewSignIn(tx, {
      tokenHash,
      newTokenHash: next.tokenHash,
      secondFactor,
    });
    if (!renewed) throw new SignInEnded();
    return { outcome: 'setup', pendingToken: next.token };
  }
  if (!(await endSignIn(tx, tokenHash))) throw new SignInEnded();
  return {
    outcome: 'signed_in',
    ...(await sessions.open(tx, { member, secondFactor, ...facts })),
  };
};

export const createStaffSignIn = ({
  db,
  policy,
  passwords,
  factors,
  sessions,
  signInMinutes,
  oneTimeHours,
  limits,
  knownBrowsers,
  log,
}: {
  db: Db;
  policy: SecondFactorPolicy;
  passwords: Passwords;
  factors: SecondFactors;
  sessions: StaffSessions;
  /** How long a person may take for the second step and the first set-up. */
  signInMinutes: number;
  /** How long a password of the operator opens the first set-up. */
  oneTimeHours: number;
  limits: RateLimit;
  knownBrowsers: Pick<KnownBrowsers, 'idOf' | 'hasSignedIn'>;
  log: { warn(fields: object, message: string): void };
}): Pick<
  StaffAccess,
  | 'staffSignIn'
  | 'findPendingSignIn'
  | 'staffSecondFactor'
  | 'askSignInPasskey'
  | 'staffPasskey'
  | 'findStaff'
  | 'staffSignOut'
> => {
  const refuse = async <Outcome extends 'invalid' | 'one_time_over'>(
    outcome: Outcome,
    { staffId = UNKNOWN, why, from }: { staffId?: string | undefined; why: string } & RequestFacts,
  ): Promise<{ outcome: Outcome }> => {
    log.warn({ event: 'staff_sign_in_refused', staffId, why }, 'a staff sign-in was refused');
    await addAuditEntry(db, {
      actor: { kind: 'staff', id: staffId },
      action: 'staff_sign_in_refused',
      details: { why },
      from,
    });
    return { outcome };
  };

  /** A browser of this member is counted apart: what strangers guess does not lock its owner out. */
  const budgetsOf = ({
    name,
    address,
    browserToken,
  }: {
    name: string;
    address: string;
    browserToken: string | undefined;
  }): [LimitName, string][] =>
    knownBrowsers.hasSignedIn(browserToken, staffPerson(name))
      ? [['staff_of_browser', knownBrowsers.idOf(browserToken) ?? '']]
      : [
          ['staff_of_address', addressGroup(address)],
          ['staff_of_name', name],
        ];

  const startSignIn = async (staffId: string): Promise<string> => {
    const { token, tokenHash } = makeToken();
    await addSignIn(db, { tokenHash, staffId, minutes: signInMinutes });
    return token;
  };

  /** A member whose second factor is still to be proven. */
  const findWaiting = async (pendingToken: string): Promise<StaffRow | undefined> => {
    const signIn = await findSignIn(db, hashToken(pendingToken));
    if (!signIn || signIn.secondFactor !== null) return undefined;
    const member = await findStaffById(db, signIn.staffId);
    return member && !member.disabledAt && hasSecondFactor(member) ? member : undefined;
  };

  const ceremony = (pendingToken: string) => ({
    boundTo: hashToken(pendingToken),
    purpose: 'sign_in' as const,
  });

  /** Undefined: what was given is no second factor of the member. */
  const proceed = async (
    staffId: string,
    pendingToken: string,
    prove: (tx: Tx) => Promise<SecondFactorKind | undefined>,
    facts: RequestFacts,
  ): Promise<StaffSignInResult | undefined> => {
    try {
      return await db.begin(async (tx) => {
        const secondFactor = await prove(tx);
        if (secondFactor === undefined) return undefined;
        if (secondFactor === 'recovery_code')
          await addAuditEntry(tx, {
            actor: { kind: 'staff', id: staffId },
            action: 'recovery_code_used',
            from: facts.from,
          });
        const signIn = { policy, sessions, staffId, pendingToken, secondFactor };
        return goOnWithSignIn(tx, { ...signIn, ...facts });
      });
    } catch (error) {
      if (error instanceof SignInEnded) return { outcome: 'expired' };
      throw error;
    }
  };

  return {
    async staffSignIn({ username, password, address = '', browserToken, ...facts }) {
      const name = username.trim().toLowerCase();
      const budgets = budgetsOf({ name, address, browserToken });
      for (const budget of budgets) await limits.take(...budget);
      const member = await findStaffByUsername(db, name);
      const right = await passwords.isRight(member?.passwordHash, password);
      if (!member || !right)
        return refuse('invalid', { ...facts, staffId: member?.id, why: 'password' });
      if (member.disabledAt)
        return refuse('invalid', { ...facts, staffId: member.id, why: 'disabled' });
      for (const budget of budgets) await limits.giveBack(...budget);
      const needsSetup = missingSetup(policy, member).length > 0;
      if (needsSetup && member.oneTimeUntil !== null && member.oneTimeUntil < new Date())
        return refuse('one_time_over', { ...facts, staffId: member.id, why: 'one_time_over' });
      if (policy !== 'off' && hasSecondFactor(member))
        return { outcome: 'second_factor', pendingToken: await startSignIn(member.id) };
      if (needsSetup) {
        // Of a member from before a second factor was required: its time begins here.
        if (member.passwordChangedAt === null)
          await beginOneTime(db, { id: member.id, hours: oneTimeHours });
        return { outcome: 'setup', pendingToken: await startSignIn(member.id) };
      }
      const tokens = await db.begin((tx) =>
        sessions.open(tx, { member, secondFactor: null, ...facts }),
      );
      return { outcome: 'signed_in', ...tokens };
    },

    async findPendingSignIn(pendingToken) {
      const signIn = await findSignIn(db, hashToken(pendingToken));
      const member = signIn && (await findStaffById(db, signIn.staffId));
      if (!signIn || !member || member.disabledAt) return undefined;
      const { totpSecret, passkeys, recoveryCodes } = member;
      return {
        needs: signIn.secondFactor === null && hasSecondFactor(member) ? 'second_factor' : 'setup',
        ways: {
          totp: totpSecret !== null,
          passkey: passkeys > 0,
          recoveryCode: recoveryCodes > 0,
        },
      };
    },

    async staffSecondFactor({ pendingToken, code, ...facts }) {
      const member = await findWaiting(pendingToken);
      if (!member) return { outcome: 'expired' };
      await limits.take('second_factor', member.id);
      const result = await proceed(
        member.id,
        pendingToken,
        async (tx) => {
          const locked = await lockStaff(tx, member.id);
          return locked && factors.useCode(tx, locked, code);
        },
        facts,
      );
      if (!result) return refuse('invalid', { ...facts, staffId: member.id, why: 'second_factor' });
      await limits.giveBack('second_factor', member.id);
      return result;
    },

    async askSignInPasskey(pendingToken) {
      const member = await findWaiting(pendingToken);
      return member && factors.askToSign(member, ceremony(pendingToken));
    },

    async staffPasskey({ pendingToken, answer, ...facts }) {
      const member = await findWaiting(pendingToken);
      if (!member) return { outcome: 'expired' };
      await limits.take('second_factor', member.id);
      const proven = await factors.useAnswer(member, { ...ceremony(pendingToken), answer });
      if (!proven) return refuse('invalid', { ...facts, staffId: member.id, why: 'passkey' });
      await limits.giveBack('second_factor', member.id);
      const prove = (): Promise<SecondFactorKind> => Promise.resolve(proven);
      return (await proceed(member.id, pendingToken, prove, facts)) ?? { outcome: 'expired' };
    },

    async findStaff(sessionToken, options) {
      const found = await sessions.find(sessionToken, options);
      return found && { ...toMember(found.member), sessionSeconds: found.session.secondsLeft };
    },

    async staffSignOut({ sessionToken, pendingToken, from }) {
      if (pendingToken !== undefined) await endSignIn(db, hashToken(pendingToken));
      if (sessionToken !== undefined) await sessions.end({ sessionToken, from });
    },
  };
};
