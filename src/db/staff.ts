import type { Handle, Tx } from './client.ts';

export interface StaffRow {
  id: string;
  username: string;
  name: string;
  role: 'reviewer' | 'unit' | 'admin' | 'auditor';
  passwordHash: string;
  totpSecret: string | null;
  /** When the member chose the password; null: the operator did. */
  passwordChangedAt: Date | null;
  /** Until when a password of the operator opens the first set-up; null: it is no such one. */
  oneTimeUntil: Date | null;
  passkeys: number;
  /** Recovery codes that are not used. */
  recoveryCodes: number;
  disabledAt: Date | null;
  unitIds: string[];
}

/** Recovery codes are a way back to a second factor, and none themselves. */
export const hasSecondFactor = ({
  totpSecret,
  passkeys,
}: Pick<StaffRow, 'totpSecret' | 'passkeys'>): boolean => totpSecret !== null || passkeys > 0;

const columns = (db: Handle) => db`
  id, username, name, role, password_hash, totp_secret, password_changed_at, one_time_until,
  disabled_at,
  (select count(*)::int from staff_passkeys p where p.staff_id = staff.id) as passkeys,
  (select count(*)::int from staff_recovery_codes c
    where c.staff_id = staff.id and c.used_at is null) as recovery_codes,
  array(select unit_id::text from staff_units where staff_id = staff.id order by unit_id) as unit_ids`;

export const listStaff = (db: Handle): Promise<StaffRow[]> =>
  db<StaffRow[]>`select ${columns(db)} from staff order by username`;

export const findStaffByUsername = async (
  db: Handle,
  username: string,
): Promise<StaffRow | undefined> => {
  const [row] = await db<StaffRow[]>`
    select ${columns(db)} from staff where username = ${username.toLowerCase()}`;
  return row;
};

export const findStaffById = async (db: Handle, id: string): Promise<StaffRow | undefined> => {
  const [row] = await db<StaffRow[]>`select ${columns(db)} from staff where id = ${id}`;
  return row;
};

/** Locks the member until the transaction ends: what depends on their factors is decided after. */
export const lockStaff = async (tx: Tx, id: string): Promise<StaffRow | undefined> => {
  await tx`select id from staff where id = ${id} for no key update`;
  return findStaffById(tx, id);
};

/**
 * `oneTimeHours`: the password is for the first set-up only, and this long.
 * False: the user name is taken.
 */
export const addStaff = async (
  db: Handle,
  member: Pick<
    StaffRow,
    'id' | 'username' | 'name' | 'role' | 'passwordHash' | 'totpSecret' | 'unitIds'
  > & { oneTimeHours?: number },
): Promise<boolean> => {
  const rows = await db`
    insert into staff (id, username, name, role, password_hash, totp_secret, one_time_until)
    values (${member.id}, ${member.username.toLowerCase()}, ${member.name}, ${member.role},
            ${member.passwordHash}, ${member.totpSecret},
            now() + make_interval(hours => ${member.oneTimeHours ?? null}))
    on conflict (username) do nothing
    returning id`;
  if (rows.length === 0) return false;
  for (const unitId of member.unitIds)
    await db`insert into staff_units (staff_id, unit_id) values (${member.id}, ${unitId})`;
  return true;
};

/** Also ends the member's sessions. */
export const disableStaff = async (db: Handle, id: string): Promise<void> => {
  await db`update staff set disabled_at = coalesce(disabled_at, now()) where id = ${id}`;
  await endAllOf(db, id);
};

/**
 * A new password of the operator; ends the sessions. The second factor stays, unless `totpSecret`
 * replaces it (null: without one), or `secondFactor` false takes away every factor and code.
 */
export const resetStaff = async (
  db: Handle,
  {
    id,
    passwordHash,
    totpSecret,
    secondFactor = true,
    oneTimeHours,
  }: {
    id: string;
    passwordHash: string;
    totpSecret?: string | null;
    secondFactor?: boolean;
    oneTimeHours?: number;
  },
): Promise<void> => {
  const secret = totpSecret ?? (secondFactor ? totpSecret : null);
  await db`
    update staff set password_hash = ${passwordHash}, disabled_at = null,
      password_changed_at = null,
      one_time_until = now() + make_interval(hours => ${oneTimeHours ?? null})
      ${secret === undefined ? db`` : db`, totp_secret = ${secret}, totp_last_step = 0`}
    where id = ${id}`;
  if (!secondFactor) {
    await db`delete from staff_passkeys where staff_id = ${id}`;
    await db`delete from staff_recovery_codes where staff_id = ${id}`;
  }
  await endAllOf(db, id);
};

/** Changes nothing for a password whose time is running, or that the member chose. */
export const beginOneTime = async (
  db: Handle,
  { id, hours }: { id: string; hours: number },
): Promise<void> => {
  await db`
    update staff set one_time_until = now() + make_interval(hours => ${hours})
    where id = ${id} and one_time_until is null and password_changed_at is null`;
};

/** The member chose it. */
export const setStaffPassword = async (
  db: Handle,
  { id, passwordHash }: { id: string; passwordHash: string },
): Promise<void> => {
  await db`
    update staff set password_hash = ${passwordHash}, password_changed_at = now(),
      one_time_until = null
    where id = ${id}`;
};

/** `step`: of the code that showed that the app has the secret; it does not work again. */
export const setTotpSecret = async (
  db: Handle,
  { id, secret, step }: { id: string; secret: string | null; step: number },
): Promise<void> => {
  await db`
    update staff set totp_secret = ${secret}, totp_last_step = ${step} where id = ${id}`;
};

/** Sessions, and sign-ins that are not sessions yet. */
const endAllOf = async (db: Handle, id: string): Promise<void> => {
  await db`delete from sessions where staff_id = ${id}`;
  await db`delete from staff_sign_ins where staff_id = ${id}`;
};

/** Members who can sign in and have neither TOTP nor a passkey, by role. */
export const countWithoutSecondFactor = (
  db: Handle,
): Promise<{ role: StaffRow['role']; members: number }[]> =>
  db`
    select role, count(*)::int as members from staff
    where disabled_at is null and totp_secret is null
      and not exists (select 1 from staff_passkeys p where p.staff_id = staff.id)
    group by role order by role`;

/** True when this TOTP step is newer than the last one used: a code works once. */
export const useTotpStep = async (
  db: Handle,
  { id, step }: { id: string; step: number },
): Promise<boolean> => {
  const rows = await db`
    update staff set totp_last_step = ${step} where id = ${id} and totp_last_step < ${step}
    returning id`;
  return rows.length === 1;
};
