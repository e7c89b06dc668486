import type { Handle, Tx } from '../../platform/base/database.ts';
import type { ForeignCodes } from '../../platform/base/foreign-codes.ts';
import { readMobile, sealMobile } from '../../platform/base/record-seals.sql.ts';

export const useCaptcha = async (
  db: Handle,
  { id, expiresAt }: { id: string; expiresAt: Date },
): Promise<boolean> => {
  const rows = await db`
    insert into used_captchas (id, expires_at) values (${id}, ${expiresAt})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

export interface ChallengeRow {
  id: string;
  mobile: string;
  attempts: number;
  expired: boolean;
  used: boolean;
  /** Seconds since the number was given. */
  age: number;
  askedAge: number;
  knownBrowser: boolean;
}

const numberOf = (id: string): string => `sign_in_challenges.mobile:${id}`;

export const addChallenge = async (
  db: Handle,
  challenge: {
    id: string;
    tokenHash: Buffer;
    mobile: string;
    minutes: number;
    knownBrowser: boolean;
  },
): Promise<void> => {
  await db`
    insert into sign_in_challenges
      (id, token_hash, mobile, mobile_hash, known_browser, expires_at)
    values (${challenge.id}, ${challenge.tokenHash},
            ${db.seals.seal(challenge.mobile, numberOf(challenge.id))},
            ${db.seals.mobileHashes(challenge.mobile)[0]},
            ${challenge.knownBrowser},
            now() + make_interval(mins => ${challenge.minutes}))`;
};

export const addCode = async (
  db: Handle,
  code: { id: string; challengeId: string; codeHash: Buffer; minutes: number },
): Promise<void> => {
  await db`
    insert into sign_in_codes (id, challenge_id, code_hash, expires_at)
    values (${code.id}, ${code.challengeId}, ${code.codeHash},
            now() + make_interval(mins => ${code.minutes}))`;
  await db`
    update sign_in_challenges set expires_at = now() + make_interval(mins => ${code.minutes})
    where id = ${code.challengeId}`;
};

export const findChallenge = async (
  db: Handle,
  tokenHash: Buffer,
): Promise<ChallengeRow | undefined> => {
  const [row] = await db<ChallengeRow[]>`
    select id, mobile, attempts, expires_at <= now() as expired, used_at is not null as used,
      extract(epoch from now() - created_at)::float8 as age,
      extract(epoch from now() - asked_at)::float8 as asked_age, known_browser
    from sign_in_challenges where token_hash = ${tokenHash}`;
  return row && { ...row, mobile: db.seals.open(row.mobile, numberOf(row.id)) };
};

export const noteAsked = async (db: Handle, challengeId: string): Promise<void> => {
  await db`update sign_in_challenges set asked_at = now() where id = ${challengeId}`;
};

export const countCodes = async (
  db: Handle,
  { mobile, knownBrowser }: { mobile: string; knownBrowser: boolean },
): Promise<{ hour: number; day: number }> => {
  const [row] = await db<{ hour: number; day: number }[]>`
    select count(*) filter (where c.created_at > now() - interval '1 hour')::int as hour,
      count(*)::int as day
    from sign_in_challenges s join sign_in_codes c on c.challenge_id = s.id
    where s.mobile_hash in ${db(db.seals.mobileHashes(mobile))}
      and s.known_browser = ${knownBrowser} and c.created_at > now() - interval '1 day'`;
  return row ?? { hour: 0, day: 0 };
};

/**
 * Codes of the last day that others asked for and nobody typed, since the sign-in before
 * `challengeId`.
 */
export const findForeignCodes = async (
  db: Handle,
  { mobile, challengeId }: { mobile: string; challengeId: string },
): Promise<ForeignCodes | undefined> => {
  const isOfNumber = db`
    s.mobile_hash in ${db(db.seals.mobileHashes(mobile))} and s.id <> ${challengeId}`;
  const [row] = await db<{ count: number; first: Date; last: Date }[]>`
    select count(*)::int as count, min(c.created_at) as first, max(c.created_at) as last
    from sign_in_challenges s join sign_in_codes c on c.challenge_id = s.id
    where ${isOfNumber} and not s.known_browser and s.used_at is null
      and c.created_at > now() - interval '1 day'
      and c.created_at > coalesce(
        (select max(s.used_at) from sign_in_challenges s where ${isOfNumber}), '-infinity')`;
  return row && row.count > 0 ? { count: row.count, from: row.first, to: row.last } : undefined;
};

/** Atomic. Undefined: no try is left, or the challenge is over. */
export const takeTry = async (
  db: Handle,
  { tokenHash, tries }: { tokenHash: Buffer; tries: number },
): Promise<{ id: string; mobile: string } | undefined> => {
  const [row] = await db<{ id: string; mobile: string }[]>`
    update sign_in_challenges set attempts = attempts + 1
    where token_hash = ${tokenHash} and attempts < ${tries} and used_at is null
      and expires_at > now()
    returning id, mobile`;
  return row && { ...row, mobile: db.seals.open(row.mobile, numberOf(row.id)) };
};

export const liveCodeHashes = async (db: Handle, challengeId: string): Promise<Buffer[]> => {
  const rows = await db<{ codeHash: Buffer }[]>`
    select code_hash from sign_in_codes where challenge_id = ${challengeId} and expires_at > now()`;
  return rows.map(({ codeHash }) => codeHash);
};

export const useChallenge = async (db: Handle, id: string): Promise<boolean> => {
  const rows = await db`
    update sign_in_challenges set used_at = now() where id = ${id} and used_at is null returning id`;
  return rows.length === 1;
};

export const ensureApplicant = async (
  db: Handle,
  { id, mobile }: { id: string; mobile: string },
): Promise<string> => {
  const known = await findByMobile(db, mobile);
  if (known !== undefined) return known;
  const { sealed, hash } = sealMobile(db, { id, mobile });
  await db`
    insert into applicants (id, mobile_sealed, mobile_hash)
    values (${id}, ${sealed}, ${hash})
    on conflict do nothing`;
  const found = await findByMobile(db, mobile);
  if (found === undefined) throw new Error('an applicant that was just written is not there');
  return found;
};

export const findApplicantId = async (db: Handle, mobile: string): Promise<string | undefined> => {
  const [row] = await db<{ id: string }[]>`
    select id from applicants
    where mobile_hash in ${db(db.seals.mobileHashes(mobile))} limit 1`;
  return row?.id;
};

/** Locked against erasure until the transaction ends. */
const findByMobile = async (db: Handle, mobile: string): Promise<string | undefined> => {
  const [row] = await db<{ id: string }[]>`
    select id from applicants where mobile_hash in ${db(db.seals.mobileHashes(mobile))}
    for key share`;
  return row?.id;
};

/** '' for a number that cannot be opened: they still see their letters. */
export const findApplicantRow = async (
  db: Handle,
  id: string,
): Promise<{ id: string; mobile: string } | undefined> => {
  const [row] = await db<{ id: string; mobileSealed: string | null }[]>`
    select id, mobile_sealed from applicants where id = ${id}`;
  return row && { id, mobile: readMobile(db, row) ?? '' };
};

/** Serialises by number: two browsers cannot both take the last place. */
export const lockMobile = async (tx: Tx, mobile: string): Promise<void> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${mobile}, 0))`;
};

export const lockChallenge = async (tx: Tx, tokenHash: Buffer): Promise<void> => {
  await tx`select from sign_in_challenges where token_hash = ${tokenHash} for update`;
};
