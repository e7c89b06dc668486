import type { Handle } from './client.ts';

/** True the first time this displayed security code is answered, or this proof is shown. */
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
  /** Seconds since the newest code of this challenge. */
  codeAge: number | null;
}

export const addChallenge = async (
  db: Handle,
  challenge: { id: string; tokenHash: Buffer; mobile: string; minutes: number },
): Promise<void> => {
  await db`
    insert into sign_in_challenges (id, token_hash, mobile, expires_at)
    values (${challenge.id}, ${challenge.tokenHash}, ${challenge.mobile},
            now() + make_interval(mins => ${challenge.minutes}))`;
};

/** Lengthens the challenge to the life of its newest code. */
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
      (select extract(epoch from now() - max(c.created_at))::float8 from sign_in_codes c
       where c.challenge_id = sign_in_challenges.id) as code_age
    from sign_in_challenges where token_hash = ${tokenHash}`;
  return row;
};

/** Codes asked for one mobile number, in whatever browser. */
export const countCodes = async (
  db: Handle,
  mobile: string,
): Promise<{ hour: number; day: number }> => {
  const [row] = await db<{ hour: number; day: number }[]>`
    select count(*) filter (where c.created_at > now() - interval '1 hour')::int as hour,
      count(*)::int as day
    from sign_in_challenges s join sign_in_codes c on c.challenge_id = s.id
    where s.mobile = ${mobile} and c.created_at > now() - interval '1 day'`;
  return row ?? { hour: 0, day: 0 };
};

/** Counts one try, atomically; undefined when no try is left, or the challenge is over. */
export const takeTry = async (
  db: Handle,
  { tokenHash, tries }: { tokenHash: Buffer; tries: number },
): Promise<{ id: string; mobile: string } | undefined> => {
  const [row] = await db<{ id: string; mobile: string }[]>`
    update sign_in_challenges set attempts = attempts + 1
    where token_hash = ${tokenHash} and attempts < ${tries} and used_at is null
      and expires_at > now()
    returning id, mobile`;
  return row;
};

export const liveCodeHashes = async (db: Handle, challengeId: string): Promise<Buffer[]> => {
  const rows = await db<{ codeHash: Buffer }[]>`
    select code_hash from sign_in_codes where challenge_id = ${challengeId} and expires_at > now()`;
  return rows.map(({ codeHash }) => codeHash);
};

/** True once: the challenge is used up by the sign-in it led to. */
export const useChallenge = async (db: Handle, id: string): Promise<boolean> => {
  const rows = await db`
    update sign_in_challenges set used_at = now() where id = ${id} and used_at is null returning id`;
  return rows.length === 1;
};

export const ensureApplicant = async (
  db: Handle,
  { id, mobile }: { id: string; mobile: string },
): Promise<string> => {
  const [row] = await db<{ id: string }[]>`
    insert into applicants (id, mobile) values (${id}, ${mobile})
    on conflict (mobile) do update set mobile = excluded.mobile
    returning id`;
  if (!row) throw new Error('an upsert returned no row');
  return row.id;
};

export const findApplicant = async (
  db: Handle,
  id: string,
): Promise<{ id: string; mobile: string } | undefined> => {
  const [row] = await db<{ id: string; mobile: string }[]>`
    select id, mobile from applicants where id = ${id}`;
  return row;
};
