import type { Handle, Tx } from '../../platform/base/database.ts';
import type { MailKind } from './mail-settings.ts';
import type { AbsentMember, StaffRole, Substitution } from './staff-member.ts';

export interface AbsenceRow {
  id: string;
  staffId: string;
  substituteId: string;
  substitute: string;
  /** Gregorian, both in. */
  firstDay: string;
  lastDay: string;
}

const holdsNow = (db: Handle) =>
  db`a.cancelled_at is null and a.begins_at <= now() and now() < a.ends_at`;

/** Roles in which a member can act for one of another role. */
export const SUBSTITUTES: Record<StaffRole, readonly StaffRole[]> = {
  reviewer: ['reviewer', 'admin'],
  unit: ['unit', 'head'],
  head: ['head'],
  admin: ['admin'],
  auditor: [],
};

/** Member `b` has a role that can act for member `s`: roles may have changed since. */
const isSuitable = (db: Handle) =>
  db`${JSON.stringify(SUBSTITUTES)}::text::jsonb -> s.role::text ? b.role::text`;

export const listAbsentFor = (db: Handle, substituteId: string): Promise<AbsentMember[]> =>
  db<AbsentMember[]>`
    select s.id, s.name, s.role,
      array(select u.unit_id::text from staff_units u where u.staff_id = s.id) as unit_ids
    from staff_absences a join staff s on s.id = a.staff_id join staff b on b.id = a.substitute_id
    where a.substitute_id = ${substituteId} and ${holdsNow(db)} and ${isSuitable(db)}
      and s.disabled_at is null
    order by s.name, s.id`;

/** Of a member `s`: who gets their mail now, a substitute only when it reaches them. */
export const mailStandInOf = (db: Handle, kind: MailKind) => db`coalesce((
  select a.substitute_id from staff_absences a join staff b on b.id = a.substitute_id
  where a.staff_id = s.id and ${holdsNow(db)} and ${isSuitable(db)} and b.disabled_at is null
    and b.email is not null and ${kind} = any(b.mail_kinds)
  limit 1), s.id)`;

export const listComingSubstitutions = (
  db: Handle,
  substituteId: string,
): Promise<Substitution[]> =>
  db<Substitution[]>`
    select a.id, s.name, a.first_day::text as first_day, a.last_day::text as last_day
    from staff_absences a join staff s on s.id = a.staff_id
    where a.substitute_id = ${substituteId} and a.cancelled_at is null and a.begins_at > now()
      and s.disabled_at is null
    order by a.begins_at, a.id`;

export const findAbsence = async (
  db: Handle,
  id: string,
): Promise<(Pick<Substitution, 'firstDay' | 'lastDay'> & { isCancelled: boolean }) | undefined> => {
  const [row] = await db<(Substitution & { isCancelled: boolean })[]>`
    select first_day::text as first_day, last_day::text as last_day,
      cancelled_at is not null as is_cancelled
    from staff_absences where id = ${id}`;
  return row;
};

export const listAbsences = (db: Handle, staffId: string): Promise<AbsenceRow[]> =>
  db<AbsenceRow[]>`
    select a.id, a.staff_id, a.substitute_id, b.name as substitute,
      a.first_day::text as first_day, a.last_day::text as last_day
    from staff_absences a join staff b on b.id = a.substitute_id
    where a.staff_id = ${staffId} and a.cancelled_at is null and now() < a.ends_at
    order by a.begins_at, a.id`;

export const findOverlaps = async (
  db: Handle,
  which: { staffId: string; substituteId: string; firstDay: string; lastDay: string },
): Promise<{ isAway: boolean; standsIn: boolean; isSubstituteAway: boolean }> => {
  const { staffId, substituteId, firstDay, lastDay } = which;
  const [row] = await db<{ isAway: boolean; standsIn: boolean; isSubstituteAway: boolean }[]>`
    select coalesce(bool_or(staff_id = ${staffId}), false) as is_away,
      coalesce(bool_or(substitute_id = ${staffId}), false) as stands_in,
      coalesce(bool_or(staff_id = ${substituteId}), false) as is_substitute_away
    from staff_absences
    where cancelled_at is null and first_day <= ${lastDay}::date and last_day >= ${firstDay}::date`;
  return row ?? { isAway: false, standsIn: false, isSubstituteAway: false };
};

/** Nobody else adds an absence of one of them until the transaction ends. */
export const lockForAbsence = async (tx: Tx, ids: string[]): Promise<void> => {
  await tx`select from staff where id = any(${ids}::uuid[]) order by id for no key update`;
};

export const addAbsence = async (
  tx: Tx,
  absence: Pick<AbsenceRow, 'staffId' | 'substituteId' | 'firstDay' | 'lastDay'> & {
    timeZone: string;
  },
): Promise<string> => {
  const { firstDay, lastDay, timeZone } = absence;
  const [row] = await tx<{ id: string }[]>`
    insert into staff_absences (staff_id, substitute_id, first_day, last_day, begins_at, ends_at)
    values (${absence.staffId}, ${absence.substituteId}, ${firstDay}, ${lastDay},
      (${firstDay}::date)::timestamp at time zone ${timeZone},
      (${lastDay}::date + 1)::timestamp at time zone ${timeZone})
    returning id`;
  return row?.id ?? '';
};

export const cancelAbsenceRow = async (
  tx: Tx,
  { id, staffId }: { id: string; staffId: string },
): Promise<string | undefined> => {
  const [row] = await tx<{ substituteId: string }[]>`
    update staff_absences set cancelled_at = now()
    where id = ${id} and staff_id = ${staffId} and cancelled_at is null and now() < ends_at
    returning substitute_id`;
  return row?.substituteId;
};

export const listSubstitutes = (
  db: Handle,
  { id, role }: { id: string; role: StaffRole },
): Promise<{ id: string; name: string }[]> =>
  db<{ id: string; name: string }[]>`
    select id, name from staff
    where role = any(${[...SUBSTITUTES[role]]}) and disabled_at is null and id <> ${id}
    order by name, id`;

export const todayIn = async (db: Handle, timeZone: string): Promise<string> => {
  const [row] = await db<
    { day: string }[]
  >`select (now() at time zone ${timeZone})::date::text as day`;
  return row?.day ?? '';
};
