import type { Deps } from '../../platform/deps.ts';
import { auditOwnAct, ensureAsking, ensureMayChange, withMember } from './account-access.ts';
import type { SecondFactorKind } from './second-factors.ts';
import { endSessionsOf, listSessionsOf } from './sessions.sql.ts';
import type { ListedSession } from './sessions.sql.ts';
import type { RequestFacts } from './staff-sessions.ts';

export interface StaffSession extends ListedSession {
  secondFactor: SecondFactorKind | null;
}

export const listOwnSessions = async (
  deps: Deps,
  sessionToken: string,
): Promise<StaffSession[]> => {
  const { member, tokenHash } = await ensureAsking(deps, { sessionToken });
  const rows = await listSessionsOf(deps.db, {
    owner: { staffId: member.id },
    tokenHash,
    idleMinutes: deps.config.limits.staffSessionIdleMinutes,
  });
  return rows as StaffSession[];
};

export const endOwnSession = async (
  deps: Deps,
  { sessionToken, sessionId, from }: { sessionToken: string; sessionId: string } & RequestFacts,
): Promise<{ own: boolean }> => {
  const asking = await ensureMayChange(deps, { sessionToken });
  const { tokenHash } = asking;
  return withMember(deps, asking, async (tx, { id }) => {
    const owner = { staffId: id };
    const idleMinutes = deps.config.limits.staffSessionIdleMinutes;
    const own = (await listSessionsOf(tx, { owner, tokenHash, idleMinutes })).some(
      (row) => row.own && row.id === sessionId,
    );
    const ended = await endSessionsOf(tx, { owner, id: sessionId });
    if (ended > 0)
      await auditOwnAct(tx, id, 'staff_sessions_ended', { from, details: { sessions: 1 } });
    return { own };
  });
};

export const endOtherSessions = async (
  deps: Deps,
  { sessionToken, from }: { sessionToken: string } & RequestFacts,
): Promise<{ ended: number }> => {
  const asking = await ensureMayChange(deps, { sessionToken });
  return withMember(deps, asking, async (tx, { id }) => {
    const ended = await endSessionsOf(tx, { owner: { staffId: id }, but: asking.tokenHash });
    if (ended > 0)
      await auditOwnAct(tx, id, 'staff_sessions_ended', { from, details: { sessions: ended } });
    return { ended };
  });
};
