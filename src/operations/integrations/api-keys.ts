import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { addApiKey, findApiKey, listApiKeys, noteApiKeyUse, revokeApiKey } from './api-keys.sql.ts';
import type { ApiKeyRow, KeyScope } from './api-keys.sql.ts';

export type { ApiKeyRow, KeyScope } from './api-keys.sql.ts';

import {
  administer,
  auditChange,
  ensureMayAdminister,
  ensureProven,
} from '../../desk/administration/administrator.ts';
import type { Administrator } from '../../desk/administration/administrator.ts';
import { findUnit } from '../../desk/administration/units.sql.ts';
import { cleanLine } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import { isUuid } from '../../platform/base/uuid.ts';

export const KEY_SCOPES: readonly KeyScope[] = ['read', 'decide', 'admin'];

export interface ApiKey {
  id: string;
  name: string;
  scope: KeyScope;
  /** Limits the key to registered letters of this unit; null: every letter. */
  unitId: string | null;
  expiresAt: Date | null;
  staff: StaffMember;
}

const LONGEST_NAME = 60;
const LONGEST_LIFE_DAYS = 3650;
export const KEY_LIMITS = { name: LONGEST_NAME, days: LONGEST_LIFE_DAYS };
const PREFIX_LENGTH = 'pk_'.length + 10;
/** `pk_`, ten characters to look it up by, 256 random bits. */
const KEY = /^pk_[0-9a-f]{10}_[A-Za-z0-9_-]{43}$/;

const memberFor = ({ id, name, scope, unitId }: ApiKeyRow): StaffMember => ({
  id,
  keyId: id,
  username: `key:${name}`,
  name: `key:${name}`,
  role: unitId !== null ? 'unit' : scope === 'read' ? 'auditor' : 'admin',
  unitIds: unitId === null ? [] : [unitId],
});

export type AddKeyResult =
  | { outcome: 'added'; row: ApiKeyRow; key: string }
  | { outcome: 'invalid'; field: 'name' | 'scope' | 'unit' | 'days'; why: 'malformed' | 'taken' };

interface NewKey {
  by: Administrator;
  name: string;
  scope: string;
  unitId: string | null;
  days: number | null;
}

const invalid = (field: 'name' | 'scope' | 'unit' | 'days') =>
  ({ outcome: 'invalid', field, why: 'malformed' }) as const;

/** `key` is returned only here; the record stores its hash. */
export const addKey = async (
  { db }: Deps,
  { by, name: typed, scope, unitId, days }: NewKey,
): Promise<AddKeyResult> => {
  ensureProven(by);
  const name = cleanLine(typed);
  if (name === '' || [...name].length > LONGEST_NAME) return invalid('name');
  const known = KEY_SCOPES.find((one) => one === scope);
  if (!known) return invalid('scope');
  if (days !== null && (!Number.isInteger(days) || days < 1 || days > LONGEST_LIFE_DAYS))
    return invalid('days');
  if (unitId !== null && (known === 'admin' || !isUuid(unitId))) return invalid('unit');
  const prefix = `pk_${randomBytes(5).toString('hex')}`;
  const key = `${prefix}_${randomBytes(32).toString('base64url')}`;
  return administer(db, by, async (tx): Promise<AddKeyResult> => {
    if (unitId !== null && !(await findUnit(tx, unitId))) return invalid('unit');
    const id = randomUUID();
    const keyHash = hashToken(key);
    const row = await addApiKey(tx, { id, name, scope: known, unitId, prefix, keyHash, days });
    if (!row) return { outcome: 'invalid', field: 'name', why: 'taken' };
    const details = {
      id,
      name,
      scope: known,
      ...(unitId !== null && { unitId }),
      ...(row.expiresAt && { until: row.expiresAt.toISOString() }),
    };
    await auditChange(tx, by, 'key_added', details);
    return { outcome: 'added', row, key };
  });
};

export const revokeKey = (
  { db }: Deps,
  { by, id }: { by: Administrator; id: string },
): Promise<ApiKeyRow | undefined> =>
  administer(db, by, async (tx) => {
    const row = isUuid(id) ? await revokeApiKey(tx, id) : undefined;
    if (row) await auditChange(tx, by, 'key_revoked', { id, name: row.name, scope: row.scope });
    return row;
  });

export const listAdministeredKeys = ({ db }: Deps, staff: StaffMember): Promise<ApiKeyRow[]> => {
  ensureMayAdminister(staff);
  return listApiKeys(db);
};

export const coversScope = (scope: KeyScope, needed: KeyScope): boolean =>
  KEY_SCOPES.indexOf(scope) >= KEY_SCOPES.indexOf(needed);

/** @throws DomainError too_many with the fact `seconds` */
export const openKey = async (
  { db, rateLimits }: Deps,
  { key, writes }: { key: string; writes: boolean },
): Promise<ApiKey | undefined> => {
  if (!KEY.test(key)) return undefined;
  const row = await findApiKey(db, key.slice(0, PREFIX_LENGTH));
  if (!row || !timingSafeEqual(row.keyHash, hashToken(key))) return undefined;
  await rateLimits.take(writes ? 'api_writes' : 'api_reads', row.id);
  if (!row.usedToday) await noteApiKeyUse(db, row.id);
  const { id, name, scope, unitId, expiresAt } = row;
  return { id, name, scope, unitId, expiresAt, staff: memberFor(row) };
};
