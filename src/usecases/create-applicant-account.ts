import { addAuditEntry } from '../db/audit.ts';
import type { Db, Tx } from '../db/client.ts';
import { endSessionsOf, findSession, listSessionsOf } from '../db/sessions.ts';
import { DomainError } from '../domain/errors.ts';
import type { ApplicantAccount } from './applicant-account.ts';
import { hashToken } from './secrets.ts';

export const createApplicantAccount = ({
  db,
  idleMinutes,
}: {
  db: Db;
  idleMinutes: number;
}): ApplicantAccount => {
  const ownerOf = async (
    sessionToken: string,
  ): Promise<{ owner: { applicantId: string }; tokenHash: Buffer; sessionId: string }> => {
    const tokenHash = hashToken(sessionToken);
    const session = await findSession(db, { tokenHash, idleMinutes });
    if (!session?.applicantId) throw new DomainError('not_allowed');
    return { owner: { applicantId: session.applicantId }, tokenHash, sessionId: session.id };
  };

  const tell = (
    tx: Tx,
    { applicantId }: { applicantId: string },
    { sessions, from }: { sessions: number; from: string | undefined },
  ): Promise<void> =>
    addAuditEntry(tx, {
      actor: { kind: 'applicant', id: applicantId },
      action: 'sessions_ended',
      details: { sessions },
      from,
    });

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
      const { owner, sessionId: ownId } = await ownerOf(sessionToken);
      await db.begin(async (tx) => {
        const sessions = await endSessionsOf(tx, { owner, id: sessionId });
        if (sessions > 0) await tell(tx, owner, { sessions, from });
      });
      return { own: sessionId === ownId };
    },

    async endOtherApplicantSessions({ sessionToken, from }) {
      const { owner, tokenHash } = await ownerOf(sessionToken);
      return db.begin(async (tx) => {
        const ended = await endSessionsOf(tx, { owner, but: tokenHash });
        if (ended > 0) await tell(tx, owner, { sessions: ended, from });
        return { ended };
      });
    },
  };
};
