import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { Handle } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import { endSessionsOf, findSession, listSessionsOf, renewSession } from '../staff/sessions.sql.ts';
import type { ListedSession } from '../staff/sessions.sql.ts';
import { checkCode, resendSecondsOf, sendAnotherCode, sendCode } from './sign-in-codes.ts';
import type { ResendCodeResult, WrongCode } from './sign-in-codes.ts';
import { findApplicantRow, findChallenge, useChallenge } from './sign-in.sql.ts';

export type ApplicantSession = Omit<ListedSession, 'secondFactor'>;

export type EndSessionsResult =
  | { outcome: 'ended'; ended: number; own: boolean }
  | { outcome: 'unproven' };

export type ConfirmApplicantResult =
  | { outcome: 'confirmed'; sessionToken: string }
  | { outcome: 'invalid'; why: WrongCode };

interface Asking {
  owner: { applicantId: string };
  tokenHash: Buffer;
  sessionId: string;
  proven: boolean;
}

const OWNER = { address: '', isKnown: true, solved: 'picture' } as const;

export const listApplicantSessions = async (
  deps: Deps,
  sessionToken: string,
): Promise<ApplicantSession[]> => {
  const { owner, tokenHash } = await ensureAsking(deps, sessionToken);
  const idleMinutes = deps.config.limits.sessionIdleMinutes;
  const rows = await listSessionsOf(deps.db, { owner, tokenHash, idleMinutes });
  return rows.map(({ secondFactor: _ofStaff, ...session }) => session);
};

/**
 * A session may always end itself; ending another requires a recent SMS code. One that has ended,
 * or is somebody else's, is no error.
 */
export const endApplicantSession = async (
  deps: Deps,
  {
    sessionToken,
    sessionId,
    from,
  }: { sessionToken: string; sessionId: string; from?: string | undefined },
): Promise<EndSessionsResult> => {
  const asking = await ensureAsking(deps, sessionToken);
  const own = sessionId === asking.sessionId;
  if (!own && !asking.proven) return { outcome: 'unproven' };
  const ended = await endSessions(deps, asking, { id: sessionId }, from);
  return { outcome: 'ended', ended, own };
};

export const endOtherApplicantSessions = async (
  deps: Deps,
  { sessionToken, from }: { sessionToken: string; from?: string | undefined },
): Promise<EndSessionsResult> => {
  const asking = await ensureAsking(deps, sessionToken);
  if (!asking.proven) return { outcome: 'unproven' };
  const ended = await endSessions(deps, asking, { but: asking.tokenHash }, from);
  return { outcome: 'ended', ended, own: false };
};

/**
 * While the code of `confirmToken` is pending none is sent and that token is returned.
 * @throws DomainError codes_paused with fact `seconds`
 */
export const sendConfirmation = async (
  deps: Deps,
  { sessionToken, confirmToken }: { sessionToken: string; confirmToken?: string | undefined },
): Promise<{ confirmToken: string }> => {
  const { owner } = await ensureAsking(deps, sessionToken);
  if (confirmToken !== undefined) {
    const sent = await sendAnotherCode(deps, confirmHash(sessionToken, confirmToken), OWNER);
    if (sent.outcome !== 'expired') return { confirmToken };
  }
  const applicant = await findApplicantRow(deps.db, owner.applicantId);
  if (!applicant?.mobile) throw new DomainError('not_allowed');
  const { token } = makeToken();
  const tokenHash = confirmHash(sessionToken, token);
  await sendCode(deps, { mobile: applicant.mobile, tokenHash, asker: OWNER });
  return { confirmToken: token };
};

export const resendConfirmation = async (
  deps: Deps,
  { sessionToken, confirmToken }: { sessionToken: string; confirmToken: string },
): Promise<ResendCodeResult> => {
  await ensureAsking(deps, sessionToken);
  return sendAnotherCode(deps, confirmHash(sessionToken, confirmToken), OWNER);
};

export const findConfirmation = async (
  deps: Deps,
  { sessionToken, confirmToken }: { sessionToken: string; confirmToken: string },
): Promise<{ resendSeconds: number } | undefined> => {
  const challenge = await findChallenge(deps.db, confirmHash(sessionToken, confirmToken));
  if (!challenge || challenge.used) return undefined;
  return { resendSeconds: resendSecondsOf(deps, challenge) };
};

export const confirmApplicant = async (
  deps: Deps,
  {
    sessionToken,
    confirmToken,
    code,
    from,
  }: { sessionToken: string; confirmToken: string; code: string; from?: string | undefined },
): Promise<ConfirmApplicantResult> => {
  const { db } = deps;
  const { owner, tokenHash } = await ensureAsking(deps, sessionToken);
  const checked = await checkCode(deps, {
    tokenHash: confirmHash(sessionToken, confirmToken),
    code,
  });
  if (checked.outcome === 'invalid') {
    const { why, mobile } = checked;
    if (mobile !== undefined)
      await auditAccount(db, owner, 'confirmation_refused', { details: { why: 'code' }, from });
    return { outcome: 'invalid', why };
  }
  const { token, tokenHash: newTokenHash } = makeToken();
  const confirmed = await db.begin(async (tx) => {
    if (!(await useChallenge(tx, checked.challengeId))) return false;
    const renewed = { tokenHash, newTokenHash, secondFactor: null, proven: true };
    if (!(await renewSession(tx, renewed))) return false;
    await auditAccount(tx, owner, 'confirmed', { from });
    return true;
  });
  return confirmed
    ? { outcome: 'confirmed', sessionToken: token }
    : { outcome: 'invalid', why: 'expired' };
};

const ensureAsking = async ({ db, config }: Deps, sessionToken: string): Promise<Asking> => {
  const tokenHash = hashToken(sessionToken);
  const { sessionIdleMinutes: idleMinutes, provenMinutes } = config.limits;
  const session = await findSession(db, { tokenHash, idleMinutes, provenMinutes });
  if (!session?.applicantId) throw new DomainError('not_allowed');
  const { applicantId, id: sessionId, proven } = session;
  return { owner: { applicantId }, tokenHash, sessionId, proven };
};

/** Bound to this session: the code signs nobody in. */
const confirmHash = (sessionToken: string, confirmToken: string): Buffer =>
  hashToken(`confirm ${sessionToken} ${confirmToken}`);

const endSessions = (
  { db }: Deps,
  { owner }: Asking,
  which: { id: string } | { but: Buffer },
  from: string | undefined,
): Promise<number> =>
  db.begin(async (tx) => {
    const sessions = await endSessionsOf(tx, { owner, ...which });
    if (sessions > 0)
      await auditAccount(tx, owner, 'sessions_ended', { details: { sessions }, from });
    return sessions;
  });

const auditAccount = (
  db: Handle,
  { applicantId }: Asking['owner'],
  action: AuditAction,
  entry: { details?: { sessions: number } | { why: string }; from: string | undefined },
): Promise<void> =>
  addAuditEntry(db, { actor: { kind: 'applicant', id: applicantId }, action, ...entry });
