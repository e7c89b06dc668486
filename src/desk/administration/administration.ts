/** What an administrator does at the desk; part of `Desk`. */
import type { AuditRow } from '../../platform/audit/audit-pages.sql.ts';
import type { CalendarDay, WorkingHours } from './working-time.ts';
import type { StaffMember, StaffRole } from '../staff/staff-member.ts';

/** Whoever administers: a member at the desk, another system, or the operator on the command line. */
export type Administrator =
  | { kind: 'staff' | 'key'; id: string; from?: string | undefined }
  | { kind: 'operator'; id: 'command line' };

/** Of a unit, a member and the organisation, in code points. */
export const LONGEST_NAME = 120;

export interface AdministeredUnit {
  id: string;
  name: string;
  retired: boolean;
  /** Goes back with a change: who changed what they did not see is told. */
  version: number;
  /** Letters that wait for a decision, and those that the unit has not closed. */
  letters: { undecided: number; open: number };
}

export interface AdministeredMember {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
  /** E.164; null: not told. */
  mobile: string | null;
  disabled: boolean;
  secondFactor: boolean;
  /** Cannot be read any more. */
  damaged?: readonly ('mobile' | 'totpSecret')[];
  /** As that of a unit. */
  version: number;
}

/** What a reason that is picked says: why a letter is rejected, or what has to be corrected. */
export type StockReasonKind = 'reject' | 'return';

export interface AdministeredReason {
  id: string;
  kind: StockReasonKind;
  text: string;
  retired: boolean;
  /** As that of a unit. */
  version: number;
}

export interface ReasonProblems {
  kind?: 'missing';
  /** `too_many`: there are as many of this kind as may be. */
  text?: 'missing' | 'too_long' | 'taken' | 'too_many';
}

/** When the organisation works. */
export interface AdministeredCalendar {
  /** By weekday, Sunday first; null: nobody works. */
  week: (WorkingHours | null)[];
  /** In order. */
  days: CalendarDay[];
  /** As that of a unit; of hours and days together. */
  version: number;
}

/** As typed: `08:00`, in any digits; both '' when nobody works. */
export interface TypedHours {
  opens: string;
  closes: string;
}

export interface TypedDay {
  /** Jalali, `1405/9/1`, in any digits. */
  day: string;
  /** Anything but `holiday` and `working` is a problem. */
  kind: string;
  /** Of a working day. */
  hours: TypedHours;
  name: string;
}

export interface HoursProblems {
  /** By weekday, Sunday first: not two times, or in the wrong order. */
  weekdays?: number[];
  /** `none`: somebody must work at some time. */
  week?: 'none';
}

export interface DayProblems {
  /** `taken`: it is in the calendar. */
  day?: 'missing' | 'malformed' | 'taken' | 'too_many';
  kind?: 'missing';
  hours?: 'malformed';
  name?: 'missing' | 'too_long';
}

/** What is typed about a member. */
export interface MemberFields {
  name: string;
  /** Anything but a known role is a problem. */
  role: string;
  unitIds: string[];
  /** As people write it; '' for none. */
  mobile: string;
}

export type NameProblem = 'missing' | 'too_long' | 'taken';

export interface MemberProblems {
  username?: 'malformed' | 'taken';
  name?: Exclude<NameProblem, 'taken'>;
  /** `own`: nobody changes their own; `last_admin`: somebody must administer. */
  role?: 'missing' | 'own' | 'last_admin';
  /** `gone`: there is no such unit, or it is retired. */
  unitIds?: 'missing' | 'gone';
  mobile?: 'not_a_mobile' | 'own';
}

/** `stale`: somebody has changed it since it was shown, or it is not so any more. */
export type Administered<Problems, Done = object> =
  | ({ outcome: 'done' } & Done)
  | { outcome: 'invalid'; fields: Problems }
  | { outcome: 'stale' };

export type MemberAct =
  | 'disable'
  | 'enable'
  /** A new one-time password; ends the sessions. */
  | 'reset_password'
  /** The same, and every second factor is taken away. */
  | 'reset_factors'
  | 'end_sessions';

/** `own`: in one's own account, not here. */
export type ActProblems = { act?: 'own' | 'last_admin' };

/** Asked with the session: `proven` ones need a proof of identity a short time ago. */
export interface InSession {
  sessionToken: string;
  from?: string | undefined;
}

export interface AuditFilter {
  /** As issued. */
  letterNumber?: string | undefined;
  /** User name of staff. */
  username?: string | undefined;
  action?: string | undefined;
  /** Jalali, `1405/09/01`, in the organisation's time zone; anything else finds nothing. */
  day?: string | undefined;
}

export interface AuditPage {
  lines: AuditRow[];
  /** Id for the next page; null: this is the last one. */
  older: number | null;
  /** Every action that the trail knows. */
  actions: string[];
  /** Up to which entry the trail was published, and when; null: not yet. */
  checkpoint: { entryId: number; publishedAt: Date } | null;
}

/** All of it is told in the audit trail. @throws not_allowed where the role or the proof is missing */
export interface Administration {
  /** Retired ones last. For administrators and auditors. */
  listAdministeredUnits(input: { staff: StaffMember }): Promise<AdministeredUnit[]>;
  addUnit(input: InSession & { name: string }): Promise<Administered<{ name?: NameProblem }>>;
  /** @throws not_found */
  renameUnit(
    input: InSession & { unitId: string; name: string; version: number },
  ): Promise<Administered<{ name?: NameProblem }>>;
  /** It takes no new letters and keeps those that it has. @throws not_found */
  retireUnit(
    input: InSession & { unitId: string; version: number },
  ): Promise<Administered<{ name?: NameProblem }>>;

  /** Retired ones last. For administrators and auditors. */
  listAdministeredReasons(input: { staff: StaffMember }): Promise<AdministeredReason[]>;
  /** Proven. `kind`: anything but a known one is a problem. */
  addReason(
    input: InSession & { kind: string; text: string },
  ): Promise<Administered<ReasonProblems>>;
  /** Proven. @throws not_found */
  changeReason(
    input: InSession & { reasonId: string; text: string; version: number },
  ): Promise<Administered<ReasonProblems>>;
  /** Proven. Letters that were told it keep it. @throws not_found */
  retireReason(
    input: InSession & { reasonId: string; version: number },
  ): Promise<Administered<ReasonProblems>>;

  /** For administrators and auditors. */
  readCalendar(input: { staff: StaffMember }): Promise<AdministeredCalendar>;
  /** `week`: by weekday, Sunday first. Deadlines that run are counted by it from now on. */
  changeWorkingHours(
    input: InSession & { week: TypedHours[]; version: number },
  ): Promise<Administered<HoursProblems>>;
  /** Also of today, and of a day that has passed. */
  addCalendarDay(
    input: InSession & TypedDay & { version: number },
  ): Promise<Administered<DayProblems>>;
  /** Those of a Jalali year that stand in the solar calendar and are not there yet. */
  addSolarHolidays(
    input: InSession & { year: number; version: number },
  ): Promise<Administered<{ year?: 'malformed' | 'too_many' }>>;
  /** `day`: Gregorian, `2026-11-22`. @throws not_found */
  removeCalendarDay(
    input: InSession & { day: string; version: number },
  ): Promise<Administered<object>>;

  /** For administrators and auditors. */
  listAdministeredStaff(input: { staff: StaffMember }): Promise<AdministeredMember[]>;
  /** Proven. `password`: told only here, good for a first set-up. */
  addMember(
    input: InSession & MemberFields & { username: string },
  ): Promise<Administered<MemberProblems, { memberId: string; password: string }>>;
  /** Proven. @throws not_found */
  changeMember(
    input: InSession & MemberFields & { memberId: string; version: number },
  ): Promise<Administered<MemberProblems>>;
  /** Proven. `password`: of a reset, told only here. @throws not_found */
  actOnMember(
    input: InSession & { memberId: string; version: number; act: MemberAct },
  ): Promise<Administered<ActProblems, { password?: string }>>;

  /** Newest first; `before`: only older than this id. Reading is told too. */
  readAudit(
    input: { staff: StaffMember; from?: string | undefined } & AuditFilter & {
        before?: number | undefined;
        limit: number;
        /** Written out as a table, for elsewhere. */
        exported?: boolean;
      },
  ): Promise<AuditPage>;
}

export const STOCK_REASON_KINDS: readonly StockReasonKind[] = ['reject', 'return'];

export const ROLES: readonly StaffRole[] = ['reviewer', 'unit', 'admin', 'auditor'];

/** Whom the pages of administration are shown to; only an administrator changes anything. */
export const mayAdminister = ({ role }: Pick<StaffMember, 'role'>): boolean =>
  role === 'admin' || role === 'auditor';
