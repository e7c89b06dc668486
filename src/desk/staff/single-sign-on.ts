/**
 * The identity provider says who somebody is; the desk alone decides who is a member and in which
 * role. No account is created here.
 */
import { IdentityProviderAway, IdentityRefused } from '../../platform/base/identity-provider.ts';
import type { IdentityProvider, ProvenIdentity } from '../../platform/base/identity-provider.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { setIdentityProven } from './sessions.sql.ts';
import {
  addSingleSignOn,
  findIdentity,
  linkIdentity,
  takeSingleSignOn,
} from './staff-identities.sql.ts';
import type { SingleSignOnRow } from './staff-identities.sql.ts';
import { findStaffById, findStaffByUsername, hasSecondFactor } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import type { AuditDetails } from '../../platform/audit/audit-detail.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import { findStaffSession, openStaffSession, renewStaffSession } from './staff-sessions.ts';
import type { RequestFacts } from './staff-sessions.ts';
import { missingSetup, refuseSignIn, startPendingSignIn } from './staff-sign-in.ts';
import type { StaffSignInResult } from './staff-sign-in.ts';

export type SingleSignOnConfirmation =
  | { outcome: 'confirmed'; sessionToken: string }
  | { outcome: 'factor_left' }
  | { outcome: 'not_confirmed' };

/**
 * @param input.sessionToken the person signs in once more, although the provider knows them
 * @throws DomainError not_found without an identity provider; identity_provider_away; not_allowed
 *   when the session has ended
 */
export const beginSingleSignOn = async (
  deps: Deps,
  { sessionToken }: { sessionToken?: string | undefined } = {},
): Promise<{ url: string; token: string }> => {
  const { db, config, identityProvider } = deps;
  if (!identityProvider) throw new DomainError('not_found');
  if (sessionToken !== undefined && !(await findStaffSession(deps, sessionToken)))
    throw new DomainError('not_allowed');
  const again = sessionToken !== undefined;
  const { url, asked } = await identityProvider.ask({ again }).catch(rethrow);
  const { token, tokenHash } = makeToken();
  await addSingleSignOn(db, {
    tokenHash,
    ...asked,
    sessionHash: again ? hashToken(sessionToken) : null,
    minutes: config.limits.staffSignInMinutes,
  });
  return { url, token };
};

interface Callback extends RequestFacts {
  callback: URL;
  sessionToken?: string | undefined;
}

export const finishSingleSignOn = async (
  deps: Deps,
  { token, ...input }: { token: string } & Callback,
): Promise<StaffSignInResult | SingleSignOnConfirmation> => {
  if (!deps.identityProvider) throw new DomainError('not_found');
  const asked = await takeSingleSignOn(deps.db, hashToken(token));
  if (!asked) return { outcome: 'expired' };
  return asked.sessionHash === null
    ? signIn(deps, deps.identityProvider, asked, input)
    : confirm(deps, deps.identityProvider, asked, input);
};

const signIn = async (
  deps: Deps,
  provider: IdentityProvider,
  asked: SingleSignOnRow,
  { callback, sessionToken: _sessionToken, ...facts }: Callback,
): Promise<StaffSignInResult> => {
  const identity = await proveIdentity(() => provider.prove(callback, asked));
  if (!identity) return refuseSignIn(deps, 'invalid', { ...facts, why: 'identity_provider' });
  const member = await deps.db.begin((tx) => findMember(tx, identity));
  if (!member) return refuseSignIn(deps, 'invalid', { ...facts, why: 'identity_unknown' });
  const staffId = member.id;
  if (member.disabledAt)
    return refuseSignIn(deps, 'invalid', { ...facts, staffId, why: 'disabled' });
  if (!identity.secondFactor && deps.config.STAFF_SECOND_FACTOR !== 'off') {
    if (hasSecondFactor(member))
      return { outcome: 'second_factor', pendingToken: await startPendingSignIn(deps, staffId) };
    if (missingSetup(deps, member).length > 0)
      return { outcome: 'setup', pendingToken: await startPendingSignIn(deps, staffId) };
  }
  const secondFactor = identity.secondFactor ? 'identity_provider' : null;
  const session = await deps.db.begin((tx) =>
    openStaffSession(deps, tx, { member, secondFactor, ...facts }),
  );
  return { outcome: 'signed_in', ...session };
};

/** The same person, asked anew, in the browser whose session it is. */
const confirm = async (
  deps: Deps,
  provider: IdentityProvider,
  asked: SingleSignOnRow,
  { callback, sessionToken, from }: Callback,
): Promise<SingleSignOnConfirmation> => {
  const { db, config } = deps;
  const isAsking = sessionToken !== undefined && asked.sessionHash?.equals(hashToken(sessionToken));
  const found = isAsking ? await findStaffSession(deps, sessionToken) : undefined;
  if (sessionToken === undefined || !found) return { outcome: 'not_confirmed' };
  const { member } = found;
  const identity = await proveIdentity(() => provider.prove(callback, asked, asked.askedAt));
  const isSame = identity && (await findIdentity(db, identity)) === member.id;
  if (!identity || !isSame) {
    const why = identity ? 'identity_unknown' : 'identity_provider';
    await auditConfirmation(db, member, 'staff_confirmation_refused', { why }, from);
    return { outcome: 'not_confirmed' };
  }
  if (config.STAFF_SECOND_FACTOR !== 'off' && hasSecondFactor(member) && !identity.secondFactor) {
    const isOpen = await setIdentityProven(db, hashToken(sessionToken));
    return { outcome: isOpen ? 'factor_left' : 'not_confirmed' };
  }
  return db.begin(async (tx) => {
    const secondFactor = identity.secondFactor ? 'identity_provider' : null;
    const renewed = await renewStaffSession(tx, { sessionToken, secondFactor, proven: true });
    if (renewed === undefined) return { outcome: 'not_confirmed' };
    await auditConfirmation(tx, member, 'staff_confirmed', { by: 'identity_provider' }, from);
    return { outcome: 'confirmed', sessionToken: renewed };
  });
};

const findMember = async (tx: Tx, identity: ProvenIdentity): Promise<StaffRow | undefined> => {
  const linked = await findIdentity(tx, identity);
  if (linked !== undefined) return findStaffById(tx, linked);
  if (identity.username === null) return undefined;
  const member = await findStaffByUsername(tx, identity.username);
  if (!member || member.disabledAt) return undefined;
  const { issuer, subject } = identity;
  if (!(await linkIdentity(tx, { issuer, subject, staffId: member.id }))) return undefined;
  await addAuditEntry(tx, {
    actor: { kind: 'staff', id: member.id },
    action: 'identity_linked',
    details: { issuer },
  });
  return member;
};

const auditConfirmation = (
  db: Handle,
  { id }: StaffRow,
  action: 'staff_confirmed' | 'staff_confirmation_refused',
  details: AuditDetails,
  from: string | undefined,
): Promise<void> => addAuditEntry(db, { actor: { kind: 'staff', id }, action, details, from });

const proveIdentity = async (
  prove: () => Promise<ProvenIdentity>,
): Promise<ProvenIdentity | undefined> => {
  try {
    return await prove();
  } catch (error) {
    return error instanceof IdentityRefused ? undefined : rethrow(error);
  }
};

const rethrow = (error: unknown): never => {
  throw error instanceof IdentityProviderAway
    ? new DomainError('identity_provider_away', {}, error)
    : error;
};
