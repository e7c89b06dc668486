import type { Handle } from '../../platform/base/database.ts';
import type { ForeignCodes } from '../../platform/base/foreign-codes.ts';
import { ERASED_TEXT } from '../../platform/base/record-seals.sql.ts';

const LONGEST_USER_AGENT = 300;

export interface SessionRow {
  id: string;
  applicantId: string | null;
  staffId: string | null;
  secondFactor: string | null;
  proven: boolean;
  identityProven: boolean;
  secondsLeft: number;
  foreignCodes: number | null;
  foreignCodesFrom: Date | null;
  foreignCodesTo: Date | null;
}

export const addSession = async (
  db: Handle,
  session: {
    tokenHash: Buffer;
    applicantId?: string;
    staffId?: string;
    hours: number;
    userAgent?: string | undefined;
    secondFactor?: string | null;
    proven?: boolean;
    foreignCodes?: ForeignCodes | undefined;
  },
): Promise<void> => {
  const { count = null, from = null, to = null } = session.foreignCodes ?? {};
  await db`
    insert into sessions
      (token_hash, applicant_id, staff_id, user_agent, second_factor, proven_at,
       foreign_codes, foreign_codes_from, foreign_codes_to, expires_at)
    values (${session.tokenHash}, ${session.applicantId ?? null}, ${session.staffId ?? null},
            ${session.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, ${session.secondFactor ?? null},
            ${session.proven ? db`now()` : null}, ${count}, ${from}, ${to},
            now() + make_interval(hours => ${session.hours}))`;
};

export const findSession = async (
  db: Handle,
  {
    tokenHash,
    idleMinutes,
    provenMinutes = 0,
    keepsOpen = true,
  }: {
    tokenHash: Buffer;
    idleMinutes: number;
    provenMinutes?: number;
    /** False: nobody did anything, as when an open page asks; the idle time runs on. */
    keepsOpen?: boolean;
  },
): Promise<SessionRow | undefined> => {
  const [row] = await db<(SessionRow & { stale: boolean })[]>`
    select id, applicant_id, staff_id, second_factor,
      foreign_codes, foreign_codes_from, foreign_codes_to,
      coalesce(proven_at > now() - make_interval(mins => ${provenMinutes}), false) as proven,
      coalesce(identity_proven_at > now() - make_interval(mins => ${provenMinutes}), false)
        as identity_proven,
      last_seen_at < now() - interval '1 minute' as stale,
      least(
        extract(epoch from expires_at - now()),
        ${idleMinutes * 60} + case when last_seen_at < now() - interval '1 minute' then 0
          else extract(epoch from last_seen_at - now()) end
      )::int as seconds_left
    from sessions
    where token_hash = ${tokenHash} and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${idleMinutes})`;
  // Written once a minute at most: a read page need not wait for the disk.
  if (row?.stale && keepsOpen)
    await db`update sessions set last_seen_at = now() where token_hash = ${tokenHash}`;
  return row;
};

/**
 * Ended within the last hour, whatever ended it; undefined also for a member who cannot sign in any
 * more.
 */
export const findEndedSession = async (
  db: Handle,
  tokenHash: Buffer,
): Promise<{ applicantId: string } | { staffId: string } | undefined> => {
  const [row] = await db<{ applicantId: string | null; staffId: string | null }[]>`
    with ended as (
      select applicant_id, staff_id from sessions
      where token_hash = ${tokenHash} and expires_at > now() - interval '1 hour'
      union all
      select applicant_id, staff_id from ended_sessions
      where token_hash = ${tokenHash} and ended_at > now() - interval '1 hour')
    select applicant_id, staff_id from ended left join staff s on s.id = staff_id
    where s.disabled_at is null`;
  if (row?.applicantId) return { applicantId: row.applicantId };
  return row?.staffId ? { staffId: row.staffId } : undefined;
};

/** Asking does not keep them open. */
export const openSessions = async (
  db: Handle,
  { tokenHashes, idleMinutes }: { tokenHashes: Buffer[]; idleMinutes: number },
): Promise<Buffer[]> => {
  const rows = await db<{ tokenHash: Buffer }[]>`
    select token_hash from sessions
    where token_hash in (
        select decode(hash, 'hex')
        from unnest(${tokenHashes.map((hash) => hash.toString('hex'))}::text[]) as asked (hash))
      and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${idleMinutes})`;
  return rows.map(({ tokenHash }) => tokenHash);
};

export const endSession = async (db: Handle, tokenHash: Buffer): Promise<string | undefined> => {
  const [row] = await db<{ applicantId: string | null }[]>`
    delete from sessions where token_hash = ${tokenHash} returning applicant_id`;
  return row?.applicantId ?? undefined;
};

export const endStaffSession = async (
  db: Handle,
  tokenHash: Buffer,
): Promise<string | undefined> => {
  const [row] = await db<{ staffId: string }[]>`
    delete from sessions where token_hash = ${tokenHash} and staff_id is not null
    returning staff_id`;
  return row?.staffId;
};

type Owner = { staffId: string } | { applicantId: string };

const isOf = (db: Handle, owner: Owner) =>
  'staffId' in owner ? db`staff_id = ${owner.staffId}` : db`applicant_id = ${owner.applicantId}`;

export const endSessionsOf = async (
  db: Handle,
  { owner, id, but }: { owner: Owner; id?: string; but?: Buffer },
): Promise<number> => {
  const rows = await db`
    delete from sessions
    where ${isOf(db, owner)} ${id === undefined ? db`` : db`and id = ${id}`}
      ${but ? db`and token_hash <> ${but}` : db``}
    returning id`;
  return rows.length;
};

/** The old token is dead. False: it had ended, or somebody else renewed it first. */
export const renewSession = async (
  db: Handle,
  {
    tokenHash,
    newTokenHash,
    secondFactor,
    proven,
  }: {
    tokenHash: Buffer;
    newTokenHash: Buffer;
    secondFactor: string | null;
    proven: boolean;
  },
): Promise<boolean> => {
  const rows = await db`
    update sessions set token_hash = ${newTokenHash}, last_seen_at = now(),
      proven_at = ${proven ? db`now()` : db`proven_at`},
      second_factor = coalesce(${secondFactor}, second_factor)
    where token_hash = ${tokenHash} and expires_at > now()
    returning id`;
  return rows.length === 1;
};

export const setIdentityProven = async (db: Handle, tokenHash: Buffer): Promise<boolean> => {
  const rows = await db`
    update sessions set identity_proven_at = now()
    where token_hash = ${tokenHash} and staff_id is not null and expires_at > now()
    returning id`;
  return rows.length === 1;
};

export interface ListedSession {
  id: string;
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  secondFactor: string | null;
  own: boolean;
}

export const listSessionsOf = (
  db: Handle,
  { owner, tokenHash, idleMinutes }: { owner: Owner; tokenHash: Buffer; idleMinutes: number },
): Promise<ListedSession[]> =>
  db`
    select id, user_agent, created_at, last_seen_at, second_factor,
      token_hash = ${tokenHash} as own
    from sessions
    where ${isOf(db, owner)} and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${idleMinutes})
    order by token_hash = ${tokenHash} desc, last_seen_at desc`;

export const deleteExpired = async (db: Handle): Promise<void> => {
  // A little later: what was typed into a form meanwhile is still known to be its owner's.
  await db`delete from sessions where expires_at < now() - interval '1 hour'`;
  await db`delete from ended_sessions where ended_at < now() - interval '1 hour'`;
  await db`delete from parked_forms where expires_at < now()`;
  // Expiry is by the clock of the web process: its clock and this one may differ.
  await db`delete from used_captchas where expires_at < now() - interval '1 hour'`;
  await db`delete from sign_in_challenges where expires_at < now() - interval '1 day'`;
  await db`
    update messages set text = ${ERASED_TEXT}, recipient = ${ERASED_TEXT}, recipient_hash = null,
      params = '{}'
    where kind = 'code' and recipient <> ${ERASED_TEXT}
      and created_at < now() - interval '1 day'`;
};
