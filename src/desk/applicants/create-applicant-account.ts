import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Handle, Tx } from '../../platform/base/database.ts';
import { endSessionsOf, findSession, listSessionsOf, renewSession } from '../staff/sessions.sql.ts';
import { findApplicant, findChallenge, useChallenge } from './sign-in.sql.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { ApplicantAccount } from './applicant-account.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type { SignInCodes } from './sign-in-codes.ts';

interface Asking {
  owner: { applicantId: string };
  tokenHash: Buffer;
  sessionId: string;
  /** A code was typed in this session a short time ago. */
  proven: boolean;
}

/** Who is signed in with a number is known to it. */
const OWNER = { address: '', isKnown: true, solved: 'picture' } as const;

/** A code proves something for this session only, and signs nobody in. */
const confirmHash = (sessionToken: string, confirmToken: string): Buffer =>
  hashToken(`confirm ${sessionToken} ${confirmToken}`);

export const createApplicantAccount = ({
  db,
  codes,
  idleMinutes,
  provenMinutes,
}: {
  db: Db;
  codes: SignInCodes;
  idleMinutes: number;
  provenMinutes: number;
}): ApplicantAccount => {
  const ownerOf = async (sessionToken: string): Promise<Asking> => {
    const tokenHash = hashToken(sessionToken);
    const session = await findSession(db, { tokenHash, idleMinutes, provenMinutes });
    if (!session?.applicantId) throw new DomainError('not_allowed');
    const { applicantId, id: sessionId, proven } = session;
    return { owner: { applicantId }, tokenHash, sessionId, proven };
  };

  const tell = (
    handle: Handle,
    { applicantId }: Asking['owner'],
    {
      action,
      details,
      from,
    }: {
      action: AuditAction;
      details?: { sessions: number } | { why: string };
      from: string | undefined;
    },
  ): Promise<void> =>
    addAuditEntry(handle, {
      actor: { kind: 'applicant', id: applicantId },
      action,
      ...(details && { details }),
      from,
    });

  const end = (
    { owner }: Asking,
    which: { id: string } | { but: Buffer },
    from: string | undefined,
  ): Promise<number> =>
    db.begin(async (tx: Tx) => {
      const sessions = await endSessionsOf(tx, { owner, ...which });
      if (sessions > 0)
        await tell(tx, owner, { action: 'sessions_ended', details: { sessions }, from });
      return sessions;
    });

  const begin = async (
    sessionToken: string,
    { owner }: Asking,
  ): Promise<{ confirmToken: string }> => {
    const applicant = await findApplicant(db, owner.applicantId);
    if (!applicant?.mobile) throw new DomainError('not_allowed');
    const { token: confirmToken } = makeToken();
    const tokenHash = confirmHash(sessionToken, confirmToken);
    await codes.begin({ mobile: applicant.mobile, tokenHash, asker: OWNER });
    return { confirmToken };
  };

  return {
    async listApplicantSessions(sessionToken) {
      const { owner, tokenHash } = await ownerOf(sessionToken);
      const rows = await listSessionsOf(db, { owner, tokenHash, idleMinutes });
      return rows.map(({ id, userAgent, createdAt, lastSeenAt, own }) => ({
        id,
        userAgent,
        createdAt,
        lastSeenAt,
        own,
      }));
    },

    async endApplicantSession({ sessionToken, sessionId, from }) {
      const asking = await ownerOf(sessionToken);
      const own = sessionId === asking.sessionId;
      if (!own && !asking.proven) return { outcome: 'unproven' };
      return { outcome: 'ended', ended: await end(asking, { id: sessionId }, from), own };
    },

    async endOtherApplicantSessions({ sessionToken, from }) {
      const asking = await ownerOf(sessionToken);
      if (!asking.proven) return { outcome: 'unproven' };
      const ended = await end(asking, { but: asking.tokenHash }, from);
      return { outcome: 'ended', ended, own: false };
    },

    async sendConfirmation({ sessionToken, confirmToken }) {
      const asking = await ownerOf(sessionToken);
      if (confirmToken !== undefined) {
        const sent = await codes.again(confirmHash(sessionToken, confirmToken), OWNER);
        if (sent.outcome !== 'expired') return { confirmToken };
      }
      return begin(sessionToken, asking);
    },

    async resendConfirmation({ sessionToken, confirmToken }) {
      await ownerOf(sessionToken);
      return codes.again(confirmHash(sessionToken, confirmToken), OWNER);
    },

    async findConfirmation({ sessionToken, confirmToken }) {
      const challenge = await findChallenge(db, confirmHash(sessionToken, confirmToken));
      if (!challenge || challenge.used) return undefined;
      return { resendSeconds: Math.max(0, codes.waitOf(challenge)) };
    },

    async confirmApplicant({ sessionToken, confirmToken, code, from }) {
      const { owner, tokenHash } = await ownerOf(sessionToken);
      const checked = await codes.check({
        tokenHash: confirmHash(sessionToken, confirmToken),
        code,
      });
      if (checked.outcome === 'invalid') {
        const { why, mobile } = checked;
        if (mobile !== undefined)
          await tell(db, owner, {
            action: 'confirmation_refused',
            details: { why: 'code' },
            from,
          });
        return { outcome: 'invalid', why };
      }
      const { token, tokenHash: newTokenHash } = makeToken();
      const confirmed = await db.begin(async (tx) => {
        if (!(await useChallenge(tx, checked.challengeId))) return false;
        const renewed = { tokenHash, newTokenHash, secondFactor: null, proven: true };
        if (!(await renewSession(tx, renewed))) return false;
        await tell(tx, owner, { action: 'confirmed', from });
        return true;
      });
      return confirmed
        ? { outcome: 'confirmed', sessionToken: token }
        : { outcome: 'invalid', why: 'expired' };
    },
  };
};
