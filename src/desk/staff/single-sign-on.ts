/**
 * Staff sign in at the organisation's identity provider. It says who somebody is; who is a member,
 * with which role, the desk alone decides: no account is made here. In the same way those who are
 * signed in prove again who they are.
 */
import { IdentityProviderAway, IdentityRefused } from '../../platform/base/identity-provider.ts';
import type { IdentityProvider, ProvenIdentity } from '../../platform/base/identity-provider.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Handle, Tx } from '../../platform/base/database.ts';
import { setIdentityProven } from './sessions.sql.ts';
import { addSignIn } from './staff-access.sql.ts';
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
import type {
  RequestFacts,
  SingleSignOnConfirmation,
  StaffAccess,
  StaffSignInResult,
} from './staff-access.ts';
import type { StaffSessions } from './staff-sessions.ts';
import { missingSetup } from './staff-sign-in.ts';
import type { SecondFactorPolicy } from './staff-sign-in.ts';

/** Without a provider both ways are closed: `not_found`. */
export const createSingleSignOn = ({
  db,
  provider,
  policy,
  sessions,
  signInMinutes,
  log,
}: {
  db: Db;
  provider: IdentityProvider | undefined;
  policy: SecondFactorPolicy;
  sessions: StaffSessions;
  signInMinutes: number;
  log: { warn(fields: object, message: string): void };
}): Pick<StaffAccess, 'beginSingleSignOn' | 'finishSingleSignOn'> => {
  const refuse = async (
    why: string,
    { staffId = 'unknown', from }: { staffId?: string } & RequestFacts,
  ): Promise<{ outcome: 'invalid' }> => {
    log.warn({ event: 'staff_sign_in_refused', staffId, why }, 'a single sign-on was refused');
    await addAuditEntry(db, {
      actor: { kind: 'staff', id: staffId },
      action: 'staff_sign_in_refused',
      details: { why },
      from,
    });
    return { outcome: 'invalid' };
  };

  /** Undefined: nobody here, or somebody whom another identity belongs to. */
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

  /** The same person, asked anew, in the browser whose session it is. */
  const confirm = async (
    known: IdentityProvider,
    {
      callback,
      sessionToken,
      askedAt,
      sessionHash,
      ...rest
    }: SingleSignOnRow & { callback: URL; sessionToken: string | undefined } & RequestFacts,
  ): Promise<SingleSignOnConfirmation> => {
    const isAsking = sessionToken !== undefined && sessionHash?.equals(hashToken(sessionToken));
    const found = isAsking ? await sessions.find(sessionToken) : undefined;
    if (sessionToken === undefined || !found) return { outcome: 'not_confirmed' };
    const { member } = found;
    const identity = await known.prove(callback, rest, askedAt).catch((error: unknown) => {
      if (error instanceof IdentityRefused) return undefined;
      return rethrow(error);
    });
    const isSame = identity && (await findIdentity(db, identity)) === member.id;
    const tell = (
      tx: Handle,
      action: 'staff_confirmed' | 'staff_confirmation_refused',
      details: AuditDetails,
    ): Promise<void> =>
      addAuditEntry(tx, {
        actor: { kind: 'staff', id: member.id },
        action,
        details,
        from: rest.from,
      });
    if (!identity || !isSame) {
      const why = identity ? 'identity_unknown' : 'identity_provider';
      await tell(db, 'staff_confirmation_refused', { why });
      return { outcome: 'not_confirmed' };
    }
    if (policy !== 'off' && hasSecondFactor(member) && !identity.secondFactor) {
      const isOpen = await setIdentityProven(db, hashToken(sessionToken));
      return { outcome: isOpen ? 'factor_left' : 'not_confirmed' };
    }
    return db.begin(async (tx) => {
      const secondFactor = identity.secondFactor ? 'identity_provider' : null;
      const renewed = await sessions.renew(tx, { sessionToken, secondFactor, proven: true });
      if (renewed === undefined) return { outcome: 'not_confirmed' };
      await tell(tx, 'staff_confirmed', { by: 'identity_provider' });
      return { outcome: 'confirmed', sessionToken: renewed };
    });
  };

  return {
    async beginSingleSignOn({ sessionToken } = {}) {
      if (!provider) throw new DomainError('not_found');
      if (sessionToken !== undefined && !(await sessions.find(sessionToken)))
        throw new DomainError('not_allowed');
      const again = sessionToken !== undefined;
      const { url, asked } = await provider.ask({ again }).catch(rethrow);
      const { token, tokenHash } = makeToken();
      await addSingleSignOn(db, {
        tokenHash,
        ...asked,
        sessionHash: again ? hashToken(sessionToken) : null,
        minutes: signInMinutes,
      });
      return { url, token };
    },

    async finishSingleSignOn({ token, callback, sessionToken, ...facts }) {
      if (!provider) throw new DomainError('not_found');
      const asked = await takeSingleSignOn(db, hashToken(token));
      if (!asked) return { outcome: 'expired' };
      if (asked.sessionHash !== null)
        return confirm(provider, { ...asked, callback, sessionToken, ...facts });
      let identity: ProvenIdentity;
      try {
        identity = await provider.prove(callback, asked);
      } catch (error) {
        if (error instanceof IdentityRefused) return refuse('identity_provider', facts);
        return rethrow(error);
      }
      const member = await db.begin((tx) => findMember(tx, identity));
      if (!member) return refuse('identity_unknown', facts);
      const known = member;
      const staffId = member.id;
      if (member.disabledAt) return refuse('disabled', { ...facts, staffId });
      if (identity.secondFactor) return open('identity_provider');
      if (policy === 'off') return open(null);
      if (hasSecondFactor(member)) return { outcome: 'second_factor', pendingToken: await wait() };
      if (missingSetup(policy, member).length > 0)
        return { outcome: 'setup', pendingToken: await wait() };
      return open(null);

      async function open(
        secondFactor: 'identity_provider' | null,
      ): Promise<Extract<StaffSignInResult, { outcome: 'signed_in' }>> {
        const tokens = await db.begin((tx) =>
          sessions.open(tx, { member: known, secondFactor, ...facts }),
        );
        return { outcome: 'signed_in', ...tokens };
      }

      async function wait(): Promise<string> {
        const pending = makeToken();
        await addSignIn(db, { tokenHash: pending.tokenHash, staffId, minutes: signInMinutes });
        return pending.token;
      }
    },
  };
};

const rethrow = (error: unknown): never => {
  throw error instanceof IdentityProviderAway
    ? new DomainError('identity_provider_away', {}, error)
    : error;
};
