import type { Handle, Tx } from '../../platform/base/database.ts';

export interface SingleSignOnRow {
  state: string;
  nonce: string;
  codeVerifier: string;
  sessionHash: Buffer | null;
  askedAt: Date;
}

export const addSingleSignOn = async (
  db: Handle,
  {
    tokenHash,
    state,
    nonce,
    codeVerifier,
    sessionHash,
    minutes,
  }: {
    tokenHash: Buffer;
    state: string;
    nonce: string;
    codeVerifier: string;
    sessionHash: Buffer | null;
    minutes: number;
  },
): Promise<void> => {
  await db`delete from single_sign_ons where expires_at < now() - interval '1 hour'`;
  await db`
    insert into single_sign_ons (token_hash, state, nonce, code_verifier, session_hash, expires_at)
    values (${tokenHash}, ${state}, ${nonce}, ${codeVerifier}, ${sessionHash},
            now() + make_interval(mins => ${minutes}))`;
};

export const takeSingleSignOn = async (
  db: Handle,
  tokenHash: Buffer,
): Promise<SingleSignOnRow | undefined> => {
  const [row] = await db<(SingleSignOnRow & { isOver: boolean })[]>`
    delete from single_sign_ons where token_hash = ${tokenHash}
    returning state, nonce, code_verifier, session_hash, asked_at, expires_at < now() as is_over`;
  if (!row || row.isOver) return undefined;
  const { state, nonce, codeVerifier, sessionHash, askedAt } = row;
  return { state, nonce, codeVerifier, sessionHash, askedAt };
};

export const hasIdentity = async (db: Handle, staffId: string): Promise<boolean> => {
  const rows = await db`select 1 from staff_identities where staff_id = ${staffId} limit 1`;
  return rows.length === 1;
};

export const findIdentity = async (
  db: Handle,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<string | undefined> => {
  const [row] = await db<{ staffId: string }[]>`
    select staff_id from staff_identities where issuer = ${issuer} and subject = ${subject}`;
  return row?.staffId;
};

export const linkIdentity = async (
  tx: Tx,
  { issuer, subject, staffId }: { issuer: string; subject: string; staffId: string },
): Promise<boolean> => {
  const rows = await tx`
    insert into staff_identities (issuer, subject, staff_id)
    values (${issuer}, ${subject}, ${staffId})
    on conflict do nothing
    returning staff_id`;
  return rows.length === 1;
};
