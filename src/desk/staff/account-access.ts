import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { AuditDetails } from '../../platform/audit/audit-detail.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import type { Ceremony, SecondFactorKind } from './second-factors.ts';
import { findSignIn } from './staff-access.sql.ts';
import type { SignInRow } from './staff-access.sql.ts';
import { findStaffSession } from './staff-sessions.ts';
import type { RequestFacts } from './staff-sessions.ts';
import { continueSignIn, missingSetup, SignInEnded } from './staff-sign-in.ts';
import { findStaffById, hasSecondFactor, lockStaff } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';

export type AccountAccess = { sessionToken: string } | { pendingToken: string };

export interface Asking {
  member: StaffRow;
  state: 'session' | 'setup';
  mayChange: boolean;
  tokenHash: Buffer;
  identityProven: boolean;
  secondsLeft?: number;
}

/**
 * In a first set-up the token that was asked with may now be dead: `sessionToken` when the set-up
 * is complete, `pendingToken` when something is still missing.
 */
export interface NewToken {
  sessionToken?: string;
  browserToken?: string;
  pendingToken?: string;
}

export type Changed<Problem> =
  | ({ outcome: 'changed' } & NewToken)
  | { outcome: 'invalid'; problem: Problem };

export const findAsking = async (
  deps: Deps,
  access: AccountAccess,
): Promise<Asking | undefined> => {
  if ('sessionToken' in access) {
    const found = await findStaffSession(deps, access.sessionToken);
    if (!found) return undefined;
    const { member, session } = found;
    const tokenHash = hashToken(access.sessionToken);
    const { proven: mayChange, identityProven, secondsLeft } = session;
    return { member, state: 'session', mayChange, identityProven, tokenHash, secondsLeft };
  }
  const tokenHash = hashToken(access.pendingToken);
  const signIn = await findSignIn(deps.db, tokenHash);
  const member = signIn && (await findStaffById(deps.db, signIn.staffId));
  if (!signIn || !member || member.disabledAt) return undefined;
  return isInSetup(deps, signIn, member)
    ? { member, state: 'setup', mayChange: true, identityProven: false, tokenHash }
    : undefined;
};

export const ensureAsking = async (deps: Deps, access: AccountAccess): Promise<Asking> => {
  const asking = await findAsking(deps, access);
  if (!asking) throw new DomainError('not_allowed');
  return asking;
};

export const ensureMayChange = async (deps: Deps, access: AccountAccess): Promise<Asking> => {
  const asking = await ensureAsking(deps, access);
  if (!asking.mayChange) throw new DomainError('not_allowed');
  return asking;
};

/**
 * Locks the member.
 * @throws DomainError not_allowed when the member or the set-up is gone
 */
export const withMember = async <Result>(
  deps: Deps,
  asking: Asking,
  act: (tx: Tx, member: StaffRow) => Promise<Result>,
): Promise<Result> => {
  try {
    return await deps.db.begin(async (tx) => {
      const member = await lockStaff(tx, asking.member.id);
      if (!member || member.disabledAt) throw new DomainError('not_allowed');
      // Two may be at it with the password of the operator: the first one to set up a factor is in.
      if (
        asking.state === 'setup' &&
        !isInSetup(deps, await findSignIn(tx, asking.tokenHash), member)
      )
        throw new DomainError('not_allowed');
      return act(tx, member);
    });
  } catch (error) {
    if (error instanceof SignInEnded) throw new DomainError('not_allowed', {}, error);
    throw error;
  }
};

export const continueSetup = async (
  deps: Deps,
  tx: Tx,
  {
    access,
    staffId,
    secondFactor,
    ...facts
  }: { access: AccountAccess; staffId: string; secondFactor: SecondFactorKind } & RequestFacts,
): Promise<NewToken> => {
  if (!('pendingToken' in access)) return {};
  const { pendingToken } = access;
  const signIn = { staffId, pendingToken, secondFactor, ...facts };
  const { outcome: _outcome, ...tokens } = await continueSignIn(deps, tx, signIn);
  return tokens;
};

export const auditOwnAct = (
  tx: Tx,
  staffId: string,
  action: AuditAction,
  { from, details = {} }: { from: string | undefined; details?: AuditDetails },
): Promise<void> =>
  addAuditEntry(tx, { actor: { kind: 'staff', id: staffId }, action, details, from });

export const ceremonyOf = (access: AccountAccess, purpose: Ceremony['purpose']): Ceremony => ({
  boundTo: hashToken('sessionToken' in access ? access.sessionToken : access.pendingToken),
  purpose,
});

/** An existing second factor is proven before anything is set up. */
const isInSetup = (deps: Deps, signIn: SignInRow | undefined, member: StaffRow): boolean =>
  signIn !== undefined &&
  (signIn.secondFactor !== null || !hasSecondFactor(member)) &&
  missingSetup(deps, member).length > 0;
