import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Handle } from '../../platform/base/database.ts';
import { addSession, endStaffSession, findSession, renewSession } from './sessions.sql.ts';
import type { SessionRow } from './sessions.sql.ts';
import { findStaffById, hasSecondFactor } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import { staffPerson } from './known-browsers.ts';
import type { KnownBrowsers } from './known-browsers.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type { RequestFacts, SecondFactorKind } from './staff-access.ts';

export interface StaffSessions {
  /**
   * A new session of a member whose identity is proven, by whatever way; with its audit entry.
   * @returns the tokens for the cookies
   */
  open(
    tx: Handle,
    input: {
      member: Pick<StaffRow, 'id' | 'username'>;
      secondFactor: SecondFactorKind | null;
    } & RequestFacts,
  ): Promise<{ sessionToken: string; browserToken: string }>;
  /**
   * The same session under a new token; undefined: it has ended.
   * @param input.proven the person has proved just now who they are, with all that is asked of them
   */
  renew(
    tx: Handle,
    input: { sessionToken: string; secondFactor: SecondFactorKind | null; proven: boolean },
  ): Promise<string | undefined>;
  /** Undefined: no session, its member is disabled, or a second factor is required and missing. */
  find(
    sessionToken: string,
    options?: { keepsOpen?: boolean },
  ): Promise<{ session: SessionRow; member: StaffRow } | undefined>;
  /** Undefined: there was none. */
  end(input: { sessionToken: string; from?: string | undefined }): Promise<void>;
}

export const createStaffSessions = ({
  db,
  secondFactor: policy,
  hours,
  idleMinutes,
  provenMinutes,
  knownBrowsers,
  log,
}: {
  db: Db;
  secondFactor: 'required' | 'optional' | 'off';
  hours: number;
  idleMinutes: number;
  /** How long after a proof of identity factors may be changed. */
  provenMinutes: number;
  knownBrowsers: Pick<KnownBrowsers, 'issue'>;
  log: { info(fields: object, message: string): void };
}): StaffSessions => ({
  async open(tx, { member, secondFactor, userAgent, from }) {
    const staffId = member.id;
    const { token, tokenHash } = makeToken();
    await addSession(tx, {
      tokenHash,
      staffId,
      hours,
      secondFactor,
      proven: true,
      userAgent,
    });
    await addAuditEntry(tx, {
      actor: { kind: 'staff', id: staffId },
      action: 'staff_signed_in',
      details: { secondFactor },
      from,
    });
    log.info({ staffId, secondFactor }, 'staff signed in');
    const browserToken = knownBrowsers.issue(staffPerson(member.username));
    return { sessionToken: token, browserToken };
  },

  async renew(tx, { sessionToken, secondFactor, proven }) {
    const { token, tokenHash } = makeToken();
    const renewed = await renewSession(tx, {
      tokenHash: hashToken(sessionToken),
      newTokenHash: tokenHash,
      secondFactor,
      proven,
    });
    return renewed ? token : undefined;
  },

  async find(sessionToken, { keepsOpen = true } = {}) {
    const tokenHash = hashToken(sessionToken);
    const session = await findSession(db, { tokenHash, idleMinutes, provenMinutes, keepsOpen });
    const member = session?.staffId ? await findStaffById(db, session.staffId) : undefined;
    if (!session || !member || member.disabledAt) return undefined;
    // The last factor was taken away, or has come to be required, while the session was open.
    const isProven = session.secondFactor !== null || hasSecondFactor(member);
    return policy === 'required' && !isProven ? undefined : { session, member };
  },

  async end({ sessionToken, from }) {
    await db.begin(async (tx) => {
      const staffId = await endStaffSession(tx, hashToken(sessionToken));
      if (staffId === undefined) return;
      await addAuditEntry(tx, {
        actor: { kind: 'staff', id: staffId },
        action: 'staff_signed_out',
        from,
      });
    });
  },
});
