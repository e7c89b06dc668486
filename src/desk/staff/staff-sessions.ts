import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { addSession, endStaffSession, findSession, renewSession } from './sessions.sql.ts';
import type { SessionRow } from './sessions.sql.ts';
import { endSignIn } from './staff-access.sql.ts';
import { findStaffById, hasSecondFactor } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import { issueBrowserToken, staffPerson } from './known-browsers.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type { SecondFactorKind } from './second-factors.ts';
import type { StaffMember } from './staff-member.ts';
import { withSubstitution } from './substitution.ts';

export interface RequestFacts {
  userAgent?: string | undefined;
  /** Keyed hash of the client's address. */
  from?: string | undefined;
}

export interface NewSession {
  sessionToken: string;
  browserToken: string;
}

export const toMember = ({ id, username, name, role, unitIds }: StaffRow): StaffMember => ({
  id,
  username,
  name,
  role,
  unitIds,
});

export const openStaffSession = async (
  deps: Deps,
  tx: Handle,
  {
    member,
    secondFactor,
    userAgent,
    from,
  }: {
    member: Pick<StaffRow, 'id' | 'username'>;
    secondFactor: SecondFactorKind | null;
  } & RequestFacts,
): Promise<NewSession> => {
  const staffId = member.id;
  const { token: sessionToken, tokenHash } = makeToken();
  const hours = deps.config.limits.staffSessionHours;
  await addSession(tx, { tokenHash, staffId, hours, secondFactor, proven: true, userAgent });
  await addAuditEntry(tx, {
    actor: { kind: 'staff', id: staffId },
    action: 'staff_signed_in',
    details: { secondFactor },
    from,
  });
  deps.log.info({ staffId, secondFactor }, 'staff signed in');
  return { sessionToken, browserToken: issueBrowserToken(deps, staffPerson(member.username)) };
};

/** @param input.proven the person has just proved who they are, with every required factor */
export const renewStaffSession = async (
  tx: Handle,
  {
    sessionToken,
    secondFactor,
    proven,
  }: { sessionToken: string; secondFactor: SecondFactorKind | null; proven: boolean },
): Promise<string | undefined> => {
  const { token, tokenHash } = makeToken();
  const renewed = await renewSession(tx, {
    tokenHash: hashToken(sessionToken),
    newTokenHash: tokenHash,
    secondFactor,
    proven,
  });
  return renewed ? token : undefined;
};

/**
 * Undefined also when a required second factor is missing.
 * @param options.keepsOpen false: the page asks and not the person, so the idle time runs on
 */
export const findStaffSession = async (
  { db, config }: Deps,
  sessionToken: string,
  { keepsOpen = true }: { keepsOpen?: boolean } = {},
): Promise<{ session: SessionRow; member: StaffRow } | undefined> => {
  const session = await findSession(db, {
    tokenHash: hashToken(sessionToken),
    idleMinutes: config.limits.staffSessionIdleMinutes,
    provenMinutes: config.limits.staffProvenMinutes,
    keepsOpen,
  });
  const member = session?.staffId ? await findStaffById(db, session.staffId) : undefined;
  if (!session || !member || member.disabledAt) return undefined;
  // The last factor was taken away, or has come to be required, while the session was open.
  const isProven = session.secondFactor !== null || hasSecondFactor(member);
  return config.STAFF_SECOND_FACTOR === 'required' && !isProven ? undefined : { session, member };
};

export const findStaff = async (
  deps: Deps,
  sessionToken: string,
  options?: { keepsOpen?: boolean },
): Promise<StaffMember | undefined> => {
  const found = await findStaffSession(deps, sessionToken, options);
  if (!found) return undefined;
  const member = await withSubstitution(deps.db, toMember(found.member));
  const { secondsLeft: sessionSeconds, proven } = found.session;
  return { ...member, sessionSeconds, proven };
};

export const signOutStaff = async (
  { db }: Deps,
  {
    sessionToken,
    pendingToken,
    from,
  }: {
    sessionToken?: string | undefined;
    pendingToken?: string | undefined;
    from?: string | undefined;
  },
): Promise<void> => {
  if (pendingToken !== undefined) await endSignIn(db, hashToken(pendingToken));
  if (sessionToken === undefined) return;
  await db.begin(async (tx) => {
    const staffId = await endStaffSession(tx, hashToken(sessionToken));
    if (staffId === undefined) return;
    await addAuditEntry(tx, {
      actor: { kind: 'staff', id: staffId },
      action: 'staff_signed_out',
      from,
    });
  });
};
