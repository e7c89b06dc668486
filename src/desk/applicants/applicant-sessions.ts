import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Tx } from '../../platform/base/database.ts';
import type { ForeignCodes } from '../../platform/base/foreign-codes.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import { endSession, findSession } from '../staff/sessions.sql.ts';
import { findApplicantRow } from './sign-in.sql.ts';

export interface Applicant {
  id: string;
  /** E.164 */
  mobile: string;
  sessionSeconds?: number;
  foreignCodes?: ForeignCodes;
}

export const findApplicant = async (
  { db, config }: Deps,
  sessionToken: string,
): Promise<Applicant | undefined> => {
  const session = await findSession(db, {
    tokenHash: hashToken(sessionToken),
    idleMinutes: config.limits.sessionIdleMinutes,
  });
  const applicant = session?.applicantId
    ? await findApplicantRow(db, session.applicantId)
    : undefined;
  if (!session || !applicant) return undefined;
  const { secondsLeft: sessionSeconds, foreignCodes: count, ...at } = session;
  const { foreignCodesFrom: from, foreignCodesTo: to } = at;
  const foreignCodes = count !== null && from && to ? { count, from, to } : undefined;
  return { ...applicant, sessionSeconds, ...(foreignCodes && { foreignCodes }) };
};

export const signOut = async ({ db }: Deps, sessionToken: string, from?: string): Promise<void> => {
  await db.begin((tx) => endSessionWithAudit(tx, sessionToken, { from }));
};

export const endSessionWithAudit = async (
  tx: Tx,
  sessionToken: string,
  { from, why }: { from: string | undefined; why?: 'new_sign_in' },
): Promise<void> => {
  const applicantId = await endSession(tx, hashToken(sessionToken));
  if (applicantId === undefined) return;
  await addAuditEntry(tx, {
    actor: { kind: 'applicant', id: applicantId },
    action: 'signed_out',
    ...(why && { details: { why } }),
    from,
  });
};
