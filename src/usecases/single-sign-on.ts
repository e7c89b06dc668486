/**
 * Staff sign in at the organisation's identity provider. It says who somebody is; who is a member,
 * with which role, the desk alone decides: no account is made here.
 */
import { IdentityProviderAway, IdentityRefused } from '../adapters/oidc/identity-provider.ts';
import type { IdentityProvider, ProvenIdentity } from '../adapters/oidc/identity-provider.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Db, Tx } from '../db/client.ts';
import { addSignIn } from '../db/staff-access.ts';
import {
  addSingleSignOn,
  findIdentity,
  linkIdentity,
  takeSingleSignOn,
} from '../db/staff-identities.ts';
import { findStaffById, findStaffByUsername, hasSecondFactor } from '../db/staff.ts';
import type { StaffRow } from '../db/staff.ts';
import { DomainError } from '../domain/errors.ts';
import { hashToken, makeToken } from './secrets.ts';
import type { RequestFacts, StaffAccess } from './staff-access.ts';
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
  sessions: Pick<StaffSessions, 'open'>;
  signInMinutes: number;
  log: { warn(fields: object, message: string): void };
}): Pick<StaffAccess, 'beginSingleSignOn' | 'finishSingleSignOn'> => {
  const refuse = async (
    why: string,
    { staffId = 'unknown', from }: { staffId?: string } & RequestFacts,
  ): Promise<{ outcome: 'invalid' }> => {
    log.warn({ staffId, why }, 'a single sign-on was refused');
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

  return {
    async beginSingleSignOn() {
      if (!provider) throw new DomainError('not_found');
      const { url, asked } = await provider.ask().catch(rethrow);
      const { token, tokenHash } = makeToken();
      await addSingleSignOn(db, { tokenHash, ...asked, minutes: signInMinutes });
      return { url, token };
    },

    async finishSingleSignOn({ token, callback, ...facts }) {
      if (!provider) throw new DomainError('not_found');
      const asked = await takeSingleSignOn(db, hashToken(token));
      if (!asked) return { outcome: 'expired' };
      let identity: ProvenIdentity;
      try {
        identity = await provider.prove(callback, asked);
      } catch (error) {
        if (error instanceof IdentityRefused) return refuse('identity_provider', facts);
        return rethrow(error);
      }
      const member = await db.begin((tx) => findMember(tx, identity));
      if (!member) return refuse('identity_unknown', facts);
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
      ): Promise<{ outcome: 'signed_in'; sessionToken: string }> {
        const sessionToken = await db.begin((tx) =>
          sessions.open(tx, { staffId, secondFactor, ...facts }),
        );
        return { outcome: 'signed_in', sessionToken };
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
