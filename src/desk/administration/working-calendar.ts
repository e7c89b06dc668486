/** Deadlines are computed from the calendar on demand, so a change moves running ones at once. */
import { toLatinDigits } from '../../platform/base/digits.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { gregorianDayOf } from '../../platform/base/jalali-day.ts';
import { cleanLine } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import {
  administer,
  auditChange,
  DONE,
  ensureMayAdminister,
  invalid,
  STALE,
} from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';
import { nameProblem } from './names.ts';
import {
  addCalendarDayRow,
  readCalendar,
  removeCalendarDayRow,
  setWorkingHours,
  takeCalendar,
} from './working-calendar.sql.ts';
import type { CalendarRow } from './working-calendar.sql.ts';
import { formatMinutes, parseMinutes, solarHolidays } from './working-time.ts';
import type { CalendarDay, WorkingHours } from './working-time.ts';

export const CALENDAR_YEARS = { first: 1300, last: 1600 };
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export type AdministeredCalendar = CalendarRow;

/** As typed: `08:00` in any digits; both '' for a day off. */
export interface TypedHours {
  opens: string;
  closes: string;
}

export interface TypedDay {
  /** Jalali, `1405/9/1`, in any digits. */
  day: string;
  kind: string;
  hours: TypedHours;
  name: string;
}

export interface HoursProblems {
  weekdays?: number[];
  week?: 'none';
}

export interface DayProblems {
  day?: 'missing' | 'malformed' | 'taken' | 'too_many';
  kind?: 'missing';
  hours?: 'malformed';
  name?: 'missing' | 'too_long';
}

export interface YearProblems {
  year?: 'malformed' | 'too_many';
}

export const readWorkingCalendar = async (
  { db }: Deps,
  staff: StaffMember,
): Promise<AdministeredCalendar> => {
  ensureMayAdminister(staff);
  return readCalendar(db);
};

export const changeWorkingHours = async (
  { db }: Deps,
  by: Administrator,
  { week: typed, version }: { week: TypedHours[]; version: number },
): Promise<Administered<HoursProblems>> => {
  const week = WEEKDAYS.map((_, at) => readHours(typed[at] ?? { opens: '', closes: '' }));
  const weekdays = week.flatMap((hours, at) => (hours === undefined ? at : []));
  if (weekdays.length > 0) return invalid({ weekdays });
  const hours = week.map((one) => one ?? null);
  if (hours.every((one) => one === null)) return invalid({ week: 'none' });
  return administer(db, by, async (tx) => {
    if (!(await takeCalendar(tx, version))) return STALE;
    const wordingBefore = formatWeek((await readCalendar(tx)).week);
    await setWorkingHours(tx, hours);
    const wording = formatWeek(hours);
    await auditChange(tx, by, 'working_hours_changed', { wordingBefore, wording });
    return DONE;
  });
};

export const addCalendarDay = async (
  { db, config }: Deps,
  by: Administrator,
  { version, ...typed }: TypedDay & { version: number },
): Promise<Administered<DayProblems>> => {
  const { added, fields } = readDay({ config }, typed);
  if (!added) return invalid(fields);
  return administer(db, by, async (tx): Promise<Administered<DayProblems>> => {
    const { days, version: known } = await readCalendar(tx);
    if (days.some(({ day }) => day === added.day)) return invalid({ day: 'taken' });
    if (days.length >= config.limits.calendarDays) return invalid({ day: 'too_many' });
    if (known !== version || !(await takeCalendar(tx, version))) return STALE;
    if (!(await addCalendarDayRow(tx, added))) return STALE;
    await auditChange(tx, by, 'calendar_day_added', auditedDay(added));
    return DONE;
  });
};

export const addSolarHolidays = async (
  { db, config }: Deps,
  by: Administrator,
  { year, version }: { year: number; version: number },
): Promise<Administered<YearProblems>> => {
  if (!Number.isInteger(year) || year < CALENDAR_YEARS.first || year > CALENDAR_YEARS.last)
    return invalid({ year: 'malformed' });
  return administer(db, by, async (tx): Promise<Administered<YearProblems>> => {
    const { days } = await readCalendar(tx);
    const known = new Set(days.map(({ day }) => day));
    const missing = solarHolidays(year, config.ORG_LOCALE).filter(({ day }) => !known.has(day));
    if (days.length + missing.length > config.limits.calendarDays)
      return invalid({ year: 'too_many' });
    if (!(await takeCalendar(tx, version))) return STALE;
    for (const one of missing) {
      await addCalendarDayRow(tx, one);
      await auditChange(tx, by, 'calendar_day_added', auditedDay(one));
    }
    return DONE;
  });
};

export const removeCalendarDay = (
  { db }: Deps,
  by: Administrator,
  { day, version }: { day: string; version: number },
): Promise<Administered<object>> =>
  administer(db, by, async (tx) => {
    const { days } = await readCalendar(tx);
    const found = days.find((one) => one.day === day);
    if (!found) throw new DomainError('not_found');
    if (!(await takeCalendar(tx, version))) return STALE;
    if (!(await removeCalendarDayRow(tx, day))) throw new DomainError('not_found');
    await auditChange(tx, by, 'calendar_day_removed', auditedDay(found));
    return DONE;
  });

const readHours = ({ opens, closes }: TypedHours): WorkingHours | null | undefined => {
  const [from, to] = [opens, closes].map((typed) => toLatinDigits(typed).trim());
  if (from === '' && to === '') return null;
  const hours = { opens: parseMinutes(from ?? ''), closes: parseMinutes(to ?? '') };
  if (hours.opens === undefined || hours.closes === undefined) return undefined;
  return hours.opens < hours.closes ? { opens: hours.opens, closes: hours.closes } : undefined;
};

const readDay = (
  { config }: Pick<Deps, 'config'>,
  typed: TypedDay,
): { added: CalendarDay | undefined; fields: DayProblems } => {
  const name = cleanLine(typed.name);
  const day = gregorianDayOf(typed.day);
  const hours = typed.kind === 'working' ? readHours(typed.hours) : null;
  const wrongName = nameProblem(name, config.limits.maxNameLength);
  const fields: DayProblems = {
    ...(day === undefined && { day: typed.day.trim() === '' ? 'missing' : 'malformed' }),
    ...(typed.kind !== 'working' && typed.kind !== 'holiday' && { kind: 'missing' }),
    ...(typed.kind === 'working' && !hours && { hours: 'malformed' }),
    ...(wrongName && { name: wrongName }),
  };
  const isWhole = day !== undefined && hours !== undefined && Object.keys(fields).length === 0;
  return { added: isWhole ? { day, hours, name } : undefined, fields };
};

const formatHours = ({ opens, closes }: WorkingHours): string =>
  `${formatMinutes(opens)}–${formatMinutes(closes)}`;

const formatWeek = (week: readonly (WorkingHours | null)[]): string =>
  week.flatMap((hours, at) => (hours ? `${WEEKDAYS[at]} ${formatHours(hours)}` : [])).join(', ');

const auditedDay = ({ day, hours, name }: CalendarDay) => ({
  day: formatJalaliDate(toJalali(new Date(`${day}T12:00:00Z`), 'UTC')),
  name,
  ...(hours && { wording: formatHours(hours) }),
});
