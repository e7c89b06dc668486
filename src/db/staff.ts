import type { Handle } from './client.ts';

export interface StaffRow {
  id: string;
  username: string;
  name: string;
  role: 'reviewer' | 'unit' | 'admin' | 'auditor';
  passwordHash: string;
  totpSecret: string | null;
  disabledAt: Date | null;
  unitIds: string[];
}

const columns = (db: Handle) => db`
  id, username, name, role, password_hash, totp_secret, disabled_at,
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

/** False: the user name is taken. */
export const addStaff = async (
  db: Handle,
  member: Omit<StaffRow, 'disabledAt'>,
): Promise<boolean> => {
  const rows = await db`
    insert into staff (id, username, name, role, password_hash, totp_secret)
    values (${member.id}, ${member.username.toLowerCase()}, ${member.name}, ${member.role},
            ${member.passwordHash}, ${member.totpSecret})
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
  await db`delete from sessions where staff_id = ${id}`;
};

/** New password, and a new or no TOTP secret when `totpSecret` is given; ends the sessions. */
export const resetStaff = async (
  db: Handle,
  {
    id,
    passwordHash,
    totpSecret,
  }: { id: string; passwordHash: string; totpSecret?: string | null },
): Promise<void> => {
  await db`
    update staff set password_hash = ${passwordHash}, disabled_at = null
      ${totpSecret === undefined ? db`` : db`, totp_secret = ${totpSecret}, totp_last_step = 0`}
    where id = ${id}`;
  await db`delete from sessions where staff_id = ${id}`;
};

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
