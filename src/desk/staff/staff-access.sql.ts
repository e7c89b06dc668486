import type { Handle, Tx } from '../../platform/base/database.ts';

export interface PasskeyRow {
  id: string;
  name: string;
  credentialId: Buffer;
  publicKey: Buffer;
  signCount: number;
  transports: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
}

export const listPasskeys = (db: Handle, staffId: string): Promise<PasskeyRow[]> =>
  db<PasskeyRow[]>`
    select id, name, credential_id, public_key, sign_count::float8 as sign_count, transports,
      created_at, last_used_at
    from staff_passkeys where staff_id = ${staffId} order by created_at, id`;

export const addPasskeyRow = async (
  db: Handle,
  passkey: Pick<PasskeyRow, 'id' | 'name' | 'credentialId' | 'publicKey' | 'signCount'> & {
    staffId: string;
    transports: string[];
  },
): Promise<boolean> => {
  const rows = await db`
    insert into staff_passkeys
      (id, staff_id, credential_id, public_key, sign_count, transports, name)
    values (${passkey.id}, ${passkey.staffId}, ${passkey.credentialId}, ${passkey.publicKey},
            ${passkey.signCount}, ${passkey.transports}, ${passkey.name})
    on conflict (credential_id) do nothing
    returning id`;
  return rows.length === 1;
};

/** False: another answer of the same passkey came first, or its count went back. */
export const usePasskey = async (
  db: Handle,
  { id, before, signCount }: { id: string; before: number; signCount: number },
): Promise<boolean> => {
  const rows = await db`
    update staff_passkeys set sign_count = ${signCount}, last_used_at = now()
    where id = ${id} and sign_count = ${before}
    returning id`;
  return rows.length === 1;
};

export const renamePasskeyRow = async (
  db: Handle,
  { id, staffId, name }: { id: string; staffId: string; name: string },
): Promise<boolean> => {
  const rows = await db`
    update staff_passkeys set name = ${name} where id = ${id} and staff_id = ${staffId}
    returning id`;
  return rows.length === 1;
};

export const removePasskeyRow = async (
  db: Handle,
  { id, staffId }: { id: string; staffId: string },
): Promise<boolean> => {
  const rows = await db`
    delete from staff_passkeys where id = ${id} and staff_id = ${staffId} returning id`;
  return rows.length === 1;
};

export const setPasskeyChallenge = async (
  db: Handle,
  challenge: { boundTo: Buffer; purpose: string; challenge: string; minutes: number },
): Promise<void> => {
  await db`
    insert into passkey_challenges (bound_to, purpose, challenge, expires_at)
    values (${challenge.boundTo}, ${challenge.purpose}, ${challenge.challenge},
            now() + make_interval(mins => ${challenge.minutes}))
    on conflict (bound_to, purpose) do update
      set challenge = excluded.challenge, expires_at = excluded.expires_at`;
};

/** A challenge is answered once, rightly or wrongly. */
export const takePasskeyChallenge = async (
  db: Handle,
  { boundTo, purpose }: { boundTo: Buffer; purpose: string },
): Promise<string | undefined> => {
  const [row] = await db<{ challenge: string; late: boolean }[]>`
    delete from passkey_challenges where bound_to = ${boundTo} and purpose = ${purpose}
    returning challenge, expires_at <= now() as late`;
  return row && !row.late ? row.challenge : undefined;
};

export const setRecoveryCodes = async (
  tx: Tx,
  { staffId, hashes }: { staffId: string; hashes: Buffer[] },
): Promise<void> => {
  await tx`delete from staff_recovery_codes where staff_id = ${staffId}`;
  await tx`
    insert into staff_recovery_codes ${tx(
      hashes.map((codeHash) => ({ staff_id: staffId, code_hash: codeHash })),
    )}`;
};

/** True for exactly one of any number of concurrent callers. */
export const useRecoveryCode = async (
  db: Handle,
  { staffId, codeHash }: { staffId: string; codeHash: Buffer },
): Promise<boolean> => {
  const rows = await db`
    update staff_recovery_codes set used_at = now()
    where staff_id = ${staffId} and code_hash = ${codeHash} and used_at is null
    returning staff_id`;
  return rows.length === 1;
};

export interface SignInRow {
  staffId: string;
  secondFactor: string | null;
  createdAt: Date;
}

export const addSignIn = async (
  db: Handle,
  signIn: { tokenHash: Buffer; staffId: string; minutes: number },
): Promise<void> => {
  await db`
    insert into staff_sign_ins (token_hash, staff_id, expires_at)
    values (${signIn.tokenHash}, ${signIn.staffId},
            now() + make_interval(mins => ${signIn.minutes}))`;
};

export const findSignIn = async (db: Handle, tokenHash: Buffer): Promise<SignInRow | undefined> => {
  const [row] = await db<SignInRow[]>`
    select staff_id, second_factor, created_at from staff_sign_ins
    where token_hash = ${tokenHash} and expires_at > now()`;
  return row;
};

export const renewSignIn = async (
  db: Handle,
  input: { tokenHash: Buffer; newTokenHash: Buffer; secondFactor: string },
): Promise<boolean> => {
  const rows = await db`
    update staff_sign_ins
    set token_hash = ${input.newTokenHash}, second_factor = ${input.secondFactor}
    where token_hash = ${input.tokenHash} and expires_at > now()
    returning staff_id`;
  return rows.length === 1;
};

export const endSignIn = async (db: Handle, tokenHash: Buffer): Promise<boolean> => {
  const rows = await db`
    delete from staff_sign_ins where token_hash = ${tokenHash} and expires_at > now()
    returning staff_id`;
  return rows.length === 1;
};

export const endSignInsOf = async (
  db: Handle,
  { staffId, but }: { staffId: string; but?: Buffer },
): Promise<void> => {
  await db`
    delete from staff_sign_ins
    where staff_id = ${staffId} ${but ? db`and token_hash <> ${but}` : db``}`;
};

export const deleteEndedSignIns = async (db: Handle): Promise<void> => {
  await db`delete from staff_sign_ins where expires_at < now()`;
  await db`delete from passkey_challenges where expires_at < now()`;
};
