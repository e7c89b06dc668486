import type { Handle, Tx } from '../../platform/base/database.ts';
import type { StaffRole } from './staff-member.ts';

export interface StaffRow {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  passwordHash: string;
  totpSecret: string | null;
  passwordChangedAt: Date | null;
  /**
   * Until when the operator's password opens the first set-up; null: it is no one-time password.
   */
  oneTimeUntil: Date | null;
  passkeys: number;
  recoveryCodes: number;
  disabledAt: Date | null;
  unitIds: string[];
  /** E.164. Used only to find letters that the member may not decide. */
  mobile: string | null;
  version: number;
  /** Cannot be opened: the number reads as null, the secret as '', which no code fits. */
  damaged?: readonly DamagedStaffPart[];
}

export type DamagedStaffPart = 'mobile' | 'totpSecret';

/** Recovery codes are a way back to a second factor, not one themselves. */
export const hasSecondFactor = ({
  totpSecret,
  passkeys,
}: Pick<StaffRow, 'totpSecret' | 'passkeys'>): boolean => totpSecret !== null || passkeys > 0;

const columns = (db: Handle) => db`
  id, username, name, role, password_hash, totp_secret, password_changed_at, one_time_until,
  disabled_at, mobile, version,
  (select count(*)::int from staff_passkeys p where p.staff_id = staff.id) as passkeys,
  (select count(*)::int from staff_recovery_codes c
    where c.staff_id = staff.id and c.used_at is null) as recovery_codes,
  array(select unit_id::text from staff_units where staff_id = staff.id order by unit_id) as unit_ids`;

const mobileOf = (id: string): string => `staff.mobile:${id}`;

const totpOf = (id: string): string => `staff.totp_secret:${id}`;

const sealedTotp = (db: Handle, id: string, secret: string | null): string | null =>
  secret === null ? null : db.seals.seal(secret, totpOf(id));

const read = (db: Handle, stored: string | null, binding: string): string | null | undefined => {
  if (stored === null) return null;
  try {
    return db.seals.open(stored, binding);
  } catch {
    return undefined;
  }
};

const open = (db: Handle, row: StaffRow): StaffRow => {
  const mobile = read(db, row.mobile, mobileOf(row.id));
  const totpSecret = read(db, row.totpSecret, totpOf(row.id));
  const damaged: DamagedStaffPart[] = [
    ...(mobile === undefined ? (['mobile'] as const) : []),
    ...(totpSecret === undefined ? (['totpSecret'] as const) : []),
  ];
  return {
    ...row,
    mobile: mobile ?? null,
    totpSecret: totpSecret === undefined ? '' : totpSecret,
    ...(damaged.length > 0 && { damaged }),
  };
};

const sealed = (db: Handle, { id, mobile }: Pick<StaffRow, 'id' | 'mobile'>): string | null =>
  mobile === null ? null : db.seals.seal(mobile, mobileOf(id));

export const listStaff = async (db: Handle): Promise<StaffRow[]> => {
  const rows = await db<StaffRow[]>`select ${columns(db)} from staff order by username`;
  return rows.map((row) => open(db, row));
};

export const findStaffByUsername = async (
  db: Handle,
  username: string,
): Promise<StaffRow | undefined> => {
  // No text of the database holds this sign: asking for it would be a fault.
  if (username.includes('\0')) return undefined;
  const [row] = await db<StaffRow[]>`
    select ${columns(db)} from staff where username = ${username.toLowerCase()}`;
  return row && open(db, row);
};

export const findStaffById = async (db: Handle, id: string): Promise<StaffRow | undefined> => {
  const [row] = await db<StaffRow[]>`select ${columns(db)} from staff where id = ${id}`;
  return row && open(db, row);
};

export const lockStaff = async (tx: Tx, id: string): Promise<StaffRow | undefined> => {
  await tx`select id from staff where id = ${id} for no key update`;
  return findStaffById(tx, id);
};

/** `oneTimeHours`: the password is for the first set-up only, for this long. */
export const addStaff = async (
  db: Handle,
  member: Pick<
    StaffRow,
    'id' | 'username' | 'name' | 'role' | 'passwordHash' | 'totpSecret' | 'unitIds'
  > & { oneTimeHours?: number; mobile?: string | null },
): Promise<boolean> => {
  const mobile = sealed(db, { id: member.id, mobile: member.mobile ?? null });
  const rows = await db`
    insert into staff
      (id, username, name, role, password_hash, totp_secret, mobile, one_time_until)
    values (${member.id}, ${member.username.toLowerCase()}, ${member.name}, ${member.role},
            ${member.passwordHash}, ${sealedTotp(db, member.id, member.totpSecret)}, ${mobile},
            now() + make_interval(hours => ${member.oneTimeHours ?? null}))
    on conflict (username) do nothing
    returning id`;
  if (rows.length === 0) return false;
  for (const unitId of member.unitIds)
    await db`insert into staff_units (staff_id, unit_id) values (${member.id}, ${unitId})`;
  return true;
};

export const changeStaff = async (
  tx: Tx,
  member: Pick<StaffRow, 'id' | 'name' | 'role' | 'unitIds' | 'mobile' | 'version'>,
): Promise<boolean> => {
  const { id } = member;
  const rows = await tx`
    update staff set name = ${member.name}, role = ${member.role}, mobile = ${sealed(tx, member)},
      version = version + 1
    where id = ${id} and version = ${member.version} returning id`;
  if (rows.length === 0) return false;
  await tx`delete from staff_units where staff_id = ${id}`;
  for (const unitId of member.unitIds)
    await tx`insert into staff_units (staff_id, unit_id) values (${id}, ${unitId})`;
  return true;
};

/** Locks every administrator who can sign in until the transaction ends. */
export const lockActiveAdmins = async (tx: Tx): Promise<string[]> => {
  const rows = await tx<{ id: string }[]>`
    select id from staff where role = 'admin' and disabled_at is null
    order by id for no key update`;
  return rows.map(({ id }) => id);
};

/** None of the members whom `by` may mean gets or loses a number until the transaction ends. */
export const findStaffWithMobile = async (
  tx: Tx,
  { by, mobile }: { by: { staffIds: string[] } | { said: string }; mobile: string },
): Promise<string | undefined> => {
  if (mobile === '') return undefined;
  const rows = await tx<Pick<StaffRow, 'id' | 'mobile'>[]>`
    select id, mobile from staff
    where ${
      'staffIds' in by
        ? tx`id = any(${by.staffIds}::uuid[])`
        : tx`username = lower(${by.said}) or lower(name) = lower(${by.said})`
    } order by id for share`;
  return rows.find(
    (row) => row.mobile !== null && read(tx, row.mobile, mobileOf(row.id)) === mobile,
  )?.id;
};

export const countWithoutMobile = (
  db: Handle,
): Promise<{ role: StaffRow['role']; members: number }[]> =>
  db`
    select role, count(*)::int as members from staff
    where disabled_at is null and mobile is null and role <> 'auditor'
    group by role order by role`;

export const enableStaff = async (db: Handle, id: string): Promise<void> => {
  await db`
    update staff set disabled_at = null, version = version + 1
    where id = ${id} and disabled_at is not null`;
};

export const disableStaff = async (db: Handle, id: string): Promise<void> => {
  await db`
    update staff set disabled_at = now(), version = version + 1
    where id = ${id} and disabled_at is null`;
  await endAllOf(db, id);
};

/**
 * Ends the sessions. `totpSecret` replaces the second factor (null: removes it); `secondFactor`
 * false removes every factor, code and the link to the identity provider.
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
  const given = totpSecret ?? (secondFactor ? totpSecret : null);
  const secret = given === undefined ? undefined : sealedTotp(db, id, given);
  await db`
    update staff set password_hash = ${passwordHash}, disabled_at = null,
      password_changed_at = null, version = version + 1,
      one_time_until = now() + make_interval(hours => ${oneTimeHours ?? null})
      ${secret === undefined ? db`` : db`, totp_secret = ${secret}, totp_last_step = 0`}
    where id = ${id}`;
  if (!secondFactor) {
    await db`delete from staff_passkeys where staff_id = ${id}`;
    await db`delete from staff_recovery_codes where staff_id = ${id}`;
    await db`delete from staff_identities where staff_id = ${id}`;
  }
  await endAllOf(db, id);
};

export const beginOneTime = async (
  db: Handle,
  { id, hours }: { id: string; hours: number },
): Promise<void> => {
  await db`
    update staff set one_time_until = now() + make_interval(hours => ${hours})
    where id = ${id} and one_time_until is null and password_changed_at is null`;
};

export const setStaffPassword = async (
  db: Handle,
  { id, passwordHash }: { id: string; passwordHash: string },
): Promise<void> => {
  await db`
    update staff set password_hash = ${passwordHash}, password_changed_at = now(),
      one_time_until = null
    where id = ${id}`;
};

export const setTotpSecret = async (
  db: Handle,
  { id, secret, step }: { id: string; secret: string | null; step: number },
): Promise<void> => {
  await db`
    update staff set totp_secret = ${sealedTotp(db, id, secret)}, totp_last_step = ${step}
    where id = ${id}`;
};

export const endAllOf = async (db: Handle, id: string): Promise<void> => {
  await db`delete from sessions where staff_id = ${id}`;
  await db`delete from staff_sign_ins where staff_id = ${id}`;
};

export const countWithoutSecondFactor = (
  db: Handle,
): Promise<{ role: StaffRow['role']; members: number }[]> =>
  db`
    select role, count(*)::int as members from staff
    where disabled_at is null and totp_secret is null
      and not exists (select 1 from staff_passkeys p where p.staff_id = staff.id)
    group by role order by role`;

/** True when this step is newer than the last one used: a code works once. */
export const useTotpStep = async (
  db: Handle,
  { id, step }: { id: string; step: number },
): Promise<boolean> => {
  const rows = await db`
    update staff set totp_last_step = ${step} where id = ${id} and totp_last_step < ${step}
    returning id`;
  return rows.length === 1;
};

export const resealStaff = async (db: Handle): Promise<{ changed: number; damaged: number }> => {
  const rows = await db<Pick<StaffRow, 'id' | 'mobile' | 'totpSecret'>[]>`
    select id, mobile, totp_secret from staff where mobile is not null or totp_secret is not null`;
  let [changed, damaged] = [0, 0];
  for (const stored of rows) {
    const isStale = [stored.mobile, stored.totpSecret].some(
      (text) => text !== null && db.seals.isStale(text),
    );
    if (!isStale) continue;
    const member = open(db, stored as StaffRow);
    if (member.damaged) {
      damaged += 1;
      continue;
    }
    const anew = await db`
      update staff set mobile = ${sealed(db, member)},
        totp_secret = ${sealedTotp(db, member.id, member.totpSecret)}
      where id = ${member.id} and mobile is not distinct from ${stored.mobile}
        and totp_secret is not distinct from ${stored.totpSecret}
      returning id`;
    changed += anew.length;
  }
  return { changed, damaged };
};
