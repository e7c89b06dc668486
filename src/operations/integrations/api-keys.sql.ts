import type { Db, Handle } from '../../platform/base/database.ts';

export type KeyScope = 'read' | 'decide' | 'admin';

export interface ApiKeyRow {
  id: string;
  name: string;
  scope: KeyScope;
  unitId: string | null;
  prefix: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** Day in UTC, `2026-11-23`. */
  lastUsedOn: string | null;
}

const columns = (db: Handle) => db`
  id, name, scope, unit_id, prefix, created_at, expires_at, revoked_at,
  last_used_on::text as last_used_on`;

export const addApiKey = async (
  db: Handle,
  key: Pick<ApiKeyRow, 'id' | 'name' | 'scope' | 'unitId' | 'prefix'> & {
    keyHash: Buffer;
    days: number | null;
  },
): Promise<ApiKeyRow | undefined> => {
  const [row] = await db<ApiKeyRow[]>`
    insert into api_keys (id, name, scope, unit_id, prefix, key_hash, expires_at)
    values (${key.id}, ${key.name}, ${key.scope}, ${key.unitId}, ${key.prefix}, ${key.keyHash},
            now() + make_interval(days => ${key.days}::int))
    on conflict (name) where revoked_at is null do nothing
    returning ${columns(db)}`;
  return row;
};

export const listApiKeys = (db: Handle): Promise<ApiKeyRow[]> =>
  db<ApiKeyRow[]>`select ${columns(db)} from api_keys order by name, created_at`;

export const revokeApiKey = async (db: Handle, id: string): Promise<ApiKeyRow | undefined> => {
  const [row] = await db<ApiKeyRow[]>`
    update api_keys set revoked_at = now() where id = ${id} and revoked_at is null
    returning ${columns(db)}`;
  return row;
};

export const findApiKey = async (
  db: Handle,
  prefix: string,
): Promise<(ApiKeyRow & { keyHash: Buffer; usedToday: boolean }) | undefined> => {
  const [row] = await db<(ApiKeyRow & { keyHash: Buffer; usedToday: boolean })[]>`
    select ${columns(db)}, key_hash,
      coalesce(last_used_on = (now() at time zone 'UTC')::date, false) as used_today
    from api_keys
    where prefix = ${prefix} and revoked_at is null and (expires_at is null or expires_at > now())`;
  return row;
};

export const noteApiKeyUse = async (db: Handle, id: string): Promise<void> => {
  await db`update api_keys set last_used_on = (now() at time zone 'UTC')::date where id = ${id}`;
};

export interface AskedBefore {
  requestHash: Buffer;
  status: number | null;
  answer: unknown;
}

export const noteApiRequest = async (
  db: Db,
  request: { keyId: string; idempotencyKey: string; requestHash: Buffer },
): Promise<AskedBefore | undefined> => {
  const { keyId, idempotencyKey, requestHash } = request;
  const added = await db`
    insert into api_requests (key_id, idempotency_key, request_hash)
    values (${keyId}, ${idempotencyKey}, ${requestHash})
    on conflict (key_id, idempotency_key) do nothing
    returning 1`;
  if (added.length === 1) return undefined;
  const [row] = await db<AskedBefore[]>`
    select request_hash, status, answer from api_requests
    where key_id = ${keyId} and idempotency_key = ${idempotencyKey}`;
  return row;
};

/** The first answer wins. Returns the stored one, or undefined when the request was forgotten. */
export const answerApiRequest = async (
  db: Handle,
  {
    keyId,
    idempotencyKey,
    status,
    answer,
  }: { keyId: string; idempotencyKey: string; status: number; answer: object },
): Promise<{ status: number; answer: object } | undefined> => {
  const [row] = await db<{ status: number; answer: object }[]>`
    update api_requests
    set status = coalesce(status, ${status}),
      answer = case when status is null then ${db.json(answer as never)} else answer end
    where key_id = ${keyId} and idempotency_key = ${idempotencyKey}
    returning status, answer`;
  return row;
};

export const deleteOldApiRequests = async (
  db: Handle,
  { hours }: { hours: number },
): Promise<number> => {
  const rows = await db`
    delete from api_requests where asked_at < now() - make_interval(hours => ${hours})
    returning 1`;
  return rows.length;
};
