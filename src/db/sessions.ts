import type { Handle } from './client.ts';

export interface SessionRow {
  applicantId: string | null;
  staffId: string | null;
}

export const addSession = async (
  db: Handle,
  session: { tokenHash: Buffer; applicantId?: string; staffId?: string; hours: number },
): Promise<void> => {
  await db`
    insert into sessions (token_hash, applicant_id, staff_id, expires_at)
    values (${session.tokenHash}, ${session.applicantId ?? null}, ${session.staffId ?? null},
            now() + make_interval(hours => ${session.hours}))`;
};

/** Undefined when it has ended, or nobody asked with it for `idleMinutes`. */
export const findSession = async (
  db: Handle,
  { tokenHash, idleMinutes }: { tokenHash: Buffer; idleMinutes: number },
): Promise<SessionRow | undefined> => {
  const [row] = await db<(SessionRow & { stale: boolean })[]>`
    select applicant_id, staff_id, last_seen_at < now() - interval '1 minute' as stale
    from sessions
    where token_hash = ${tokenHash} and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${idleMinutes})`;
  // Written once a minute at most: a read page need not wait for the disk.
  if (row?.stale)
    await db`update sessions set last_seen_at = now() where token_hash = ${tokenHash}`;
  return row;
};

export const endSession = async (db: Handle, tokenHash: Buffer): Promise<void> => {
  await db`delete from sessions where token_hash = ${tokenHash}`;
};

export const deleteExpired = async (db: Handle): Promise<void> => {
  await db`delete from sessions where expires_at < now()`;
  // Expiry is by the clock of the web process: its clock and this one may differ.
  await db`delete from used_captchas where expires_at < now() - interval '1 hour'`;
  await db`delete from sign_in_challenges where expires_at < now() - interval '1 day'`;
  await db`
    update messages set text = '' where kind = 'code' and text <> ''
      and created_at < now() - interval '1 day'`;
};
