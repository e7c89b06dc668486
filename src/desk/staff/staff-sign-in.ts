import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
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
import { browserIdOf, hasSignedIn, staffPerson } from './known-browsers.ts';
import { isRightPassword } from './passwords.ts';
import type { LimitName } from '../../platform/base/rate-limit-rules.ts';
import { askToSign, useCode, usePasskeyAnswer } from './second-factors.ts';
import type { Ceremony, SecondFactorKind } from './second-factors.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import { openStaffSession } from './staff-sessions.ts';
import type { NewSession, RequestFacts } from './staff-sessions.ts';

export type StaffSignInResult =
  | ({ outcome: 'signed_in' } & NewSession)
  | { outcome: 'second_factor'; pendingToken: string }
  | { outcome: 'setup'; pendingToken: string }
  | { outcome: 'invalid' }
  | { outcome: 'one_time_over' }
  | { outcome: 'expired' };

export interface PendingSignIn {
  needs: 'second_factor' | 'setup';
  ways: { totp: boolean; passkey: boolean; recoveryCode: boolean };
}

/** Audit entries name nobody unknown: what was typed as a name may be a password. */
const UNKNOWN = 'unknown';

/**
 * Only where a second factor is required: anyone with the operator's password could set up a factor
 * of their own, so it is valid once and briefly, and gives way to one that only the member knows.
 */
export const missingSetup = (
  { config }: Pick<Deps, 'config'>,
  member: StaffRow,
): ('password' | 'second_factor')[] =>
  config.STAFF_SECOND_FACTOR === 'required'
    ? [
        ...(member.oneTimeUntil === null ? [] : (['password'] as const)),
        ...(hasSecondFactor(member) ? [] : (['second_factor'] as const)),
      ]
    : [];

/** Thrown inside a transaction, so that a code is not used up for nothing. */
export class SignInEnded extends Error {}

/** @throws DomainError too_many with fact `seconds`, for a known and an unknown name alike */
export const signInStaff = async (
  deps: Deps,
  {
    username,
    password,
    address = '',
    browserToken,
    ...facts
  }: {
    username: string;
    password: string;
    address?: string;
    browserToken?: string | undefined;
  } & RequestFacts,
): Promise<StaffSignInResult> => {
  const { db, rateLimits } = deps;
  const name = username.trim().toLowerCase();
  const budgets = budgetsOf(deps, { name, address, browserToken });
  for (const budget of budgets) await rateLimits.take(...budget);
  const member = await findStaffByUsername(db, name);
  const right = await isRightPassword(member?.passwordHash, password);
  if (!member || !right)
    return refuseSignIn(deps, 'invalid', { ...facts, staffId: member?.id, why: 'password' });
  if (member.disabledAt)
    return refuseSignIn(deps, 'invalid', { ...facts, staffId: member.id, why: 'disabled' });
  for (const budget of budgets) await rateLimits.giveBack(...budget);
  const needsSetup = missingSetup(deps, member).length > 0;
  if (needsSetup && member.oneTimeUntil !== null && member.oneTimeUntil < new Date()) {
    const refused = { ...facts, staffId: member.id, why: 'one_time_over' };
    return refuseSignIn(deps, 'one_time_over', refused);
  }
  if (deps.config.STAFF_SECOND_FACTOR !== 'off' && hasSecondFactor(member))
    return { outcome: 'second_factor', pendingToken: await startPendingSignIn(deps, member.id) };
  if (needsSetup) {
    // Of a member from before a second factor was required: its time begins here.
    if (member.passwordChangedAt === null)
      await beginOneTime(db, { id: member.id, hours: deps.config.limits.staffOneTimeHours });
    return { outcome: 'setup', pendingToken: await startPendingSignIn(deps, member.id) };
  }
  const session = { member, secondFactor: null, ...facts };
  return {
    outcome: 'signed_in',
    ...(await db.begin((tx) => openStaffSession(deps, tx, session))),
  };
};

export const findPendingSignIn = async (
  { db }: Deps,
  pendingToken: string,
): Promise<PendingSignIn | undefined> => {
  const signIn = await findSignIn(db, hashToken(pendingToken));
  const member = signIn && (await findStaffById(db, signIn.staffId));
  if (!signIn || !member || member.disabledAt) return undefined;
  const { totpSecret, passkeys, recoveryCodes } = member;
  return {
    needs: signIn.secondFactor === null && hasSecondFactor(member) ? 'second_factor' : 'setup',
    ways: { totp: totpSecret !== null, passkey: passkeys > 0, recoveryCode: recoveryCodes > 0 },
  };
};

export const proveByCode = async (
  deps: Deps,
  { pendingToken, code, ...facts }: { pendingToken: string; code: string } & RequestFacts,
): Promise<StaffSignInResult> => {
  const member = await findWaitingMember(deps, pendingToken);
  if (!member) return { outcome: 'expired' };
  await deps.rateLimits.take('second_factor', member.id);
  const result = await proceed(deps, { staffId: member.id, pendingToken, ...facts }, async (tx) => {
    const locked = await lockStaff(tx, member.id);
    return locked && useCode(deps, tx, locked, code);
  });
  if (!result)
    return refuseSignIn(deps, 'invalid', { ...facts, staffId: member.id, why: 'second_factor' });
  await deps.rateLimits.giveBack('second_factor', member.id);
  return result;
};

export const askSignInPasskey = async (
  deps: Deps,
  pendingToken: string,
): Promise<object | undefined> => {
  const member = await findWaitingMember(deps, pendingToken);
  return member && askToSign(deps, member, ceremonyOf(pendingToken));
};

export const proveByPasskey = async (
  deps: Deps,
  { pendingToken, answer, ...facts }: { pendingToken: string; answer: string } & RequestFacts,
): Promise<StaffSignInResult> => {
  const member = await findWaitingMember(deps, pendingToken);
  if (!member) return { outcome: 'expired' };
  await deps.rateLimits.take('second_factor', member.id);
  const proven = await usePasskeyAnswer(deps, member, { ...ceremonyOf(pendingToken), answer });
  if (!proven)
    return refuseSignIn(deps, 'invalid', { ...facts, staffId: member.id, why: 'passkey' });
  await deps.rateLimits.giveBack('second_factor', member.id);
  const signIn = { staffId: member.id, pendingToken, ...facts };
  return (await proceed(deps, signIn, () => Promise.resolve(proven))) ?? { outcome: 'expired' };
};

/**
 * A session, or the rest of the set-up under a new token. The token that was asked with is dead
 * either way.
 * @throws SignInEnded when it had ended, or somebody was first
 */
export const continueSignIn = async (
  deps: Deps,
  tx: Tx,
  {
    staffId,
    pendingToken,
    secondFactor,
    ...facts
  }: { staffId: string; pendingToken: string; secondFactor: SecondFactorKind } & RequestFacts,
): Promise<Extract<StaffSignInResult, { outcome: 'signed_in' | 'setup' }>> => {
  const tokenHash = hashToken(pendingToken);
  const member = await findStaffById(tx, staffId);
  if (!member || member.disabledAt) throw new SignInEnded();
  if (missingSetup(deps, member).length > 0) {
    const next = makeToken();
    const renewed = { tokenHash, newTokenHash: next.tokenHash, secondFactor };
    if (!(await renewSignIn(tx, renewed))) throw new SignInEnded();
    return { outcome: 'setup', pendingToken: next.token };
  }
  if (!(await endSignIn(tx, tokenHash))) throw new SignInEnded();
  const session = await openStaffSession(deps, tx, { member, secondFactor, ...facts });
  return { outcome: 'signed_in', ...session };
};

export const startPendingSignIn = async (
  { db, config }: Deps,
  staffId: string,
): Promise<string> => {
  const { token, tokenHash } = makeToken();
  await addSignIn(db, { tokenHash, staffId, minutes: config.limits.staffSignInMinutes });
  return token;
};

export const refuseSignIn = async <Outcome extends 'invalid' | 'one_time_over'>(
  { db, log }: Deps,
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

/** A browser of this member is counted apart: strangers' guesses do not lock its owner out. */
const budgetsOf = (
  deps: Deps,
  {
    name,
    address,
    browserToken,
  }: { name: string; address: string; browserToken: string | undefined },
): [LimitName, string][] =>
  hasSignedIn(deps, browserToken, staffPerson(name))
    ? [['staff_of_browser', browserIdOf(deps, browserToken) ?? '']]
    : [
        ['staff_of_address', addressGroup(address)],
        ['staff_of_name', name],
      ];

const findWaitingMember = async (
  { db }: Deps,
  pendingToken: string,
): Promise<StaffRow | undefined> => {
  const signIn = await findSignIn(db, hashToken(pendingToken));
  if (!signIn || signIn.secondFactor !== null) return undefined;
  const member = await findStaffById(db, signIn.staffId);
  return member && !member.disabledAt && hasSecondFactor(member) ? member : undefined;
};

const ceremonyOf = (pendingToken: string): Ceremony => ({
  boundTo: hashToken(pendingToken),
  purpose: 'sign_in',
});

const proceed = async (
  deps: Deps,
  signIn: { staffId: string; pendingToken: string } & RequestFacts,
  prove: (tx: Tx) => Promise<SecondFactorKind | undefined>,
): Promise<StaffSignInResult | undefined> => {
  try {
    return await deps.db.begin(async (tx) => {
      const secondFactor = await prove(tx);
      if (secondFactor === undefined) return undefined;
      if (secondFactor === 'recovery_code')
        await addAuditEntry(tx, {
          actor: { kind: 'staff', id: signIn.staffId },
          action: 'recovery_code_used',
          from: signIn.from,
        });
      return continueSignIn(deps, tx, { ...signIn, secondFactor });
    });
  } catch (error) {
    if (error instanceof SignInEnded) return { outcome: 'expired' };
    throw error;
  }
};
