/**
 * The working calendar, as administrators keep it. Each change is told in the audit trail. Deadlines
 * are computed from it when they are asked for, so a change moves those that run at once.
 */
import type { Db } from '../../platform/base/database.ts';
import {
  addCalendarDay,
  readCalendar,
  removeCalendarDay,
  setWorkingHours,
  takeCalendar,
} from './working-calendar.sql.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { gregorianDayOf } from '../../platform/base/jalali-day.ts';
import { cleanLine } from '../../platform/base/text.ts';
import { formatMinutes, parseMinutes, solarHolidays } from './working-time.ts';
import type { CalendarDay, WorkingHours } from './working-time.ts';
import { lockAdmins, tellAdministration } from './members.ts';
import type {
  Administered,
  AdministeredCalendar,
  Administrator,
  DayProblems,
  HoursProblems,
  TypedDay,
  TypedHours,
} from './administration.ts';

const STALE = { outcome: 'stale' } as const;
const DONE = { outcome: 'done' } as const;
/** Jalali years whose days a calendar can hold. */
const YEARS = { first: 1300, last: 1600 };

export interface CalendarSettings {
  /** Language of the names of proposed holidays. */
  locale: 'fa' | 'en';
  /** Longest name of a day, in characters. */
  nameLength: number;
  /** Most days in the calendar. */
  days: number;
}

export interface AdministerCalendar {
  read(): Promise<AdministeredCalendar>;
  changeHours(input: {
    by: Administrator;
    week: TypedHours[];
    version: number;
  }): Promise<Administered<HoursProblems>>;
  addDay(
    input: { by: Administrator; version: number } & TypedDay,
  ): Promise<Administered<DayProblems>>;
  addSolarHolidays(input: {
    by: Administrator;
    year: number;
    version: number;
  }): Promise<Administered<{ year?: 'malformed' | 'too_many' }>>;
  /** @throws not_found */
  removeDay(input: {
    by: Administrator;
    day: string;
    version: number;
  }): Promise<Administered<object>>;
}

/** Undefined: not two times of one day, in their order. */
const readHours = ({ opens, closes }: TypedHours): WorkingHours | null | undefined => {
  const [from, to] = [opens, closes].map((typed) => toLatinDigits(typed).trim());
  if (from === '' && to === '') return null;
  const hours = { opens: parseMinutes(from ?? ''), closes: parseMinutes(to ?? '') };
  if (hours.opens === undefined || hours.closes === undefined) return undefined;
  return hours.opens < hours.closes ? { opens: hours.opens, closes: hours.closes } : undefined;
};

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const inWords = (hours: WorkingHours): string =>
  `${formatMinutes(hours.opens)}–${formatMinutes(hours.closes)}`;

/** `sun 08:00–16:00, …` as the audit trail has it. */
const weekInWords = (week: readonly (WorkingHours | null)[]): string =>
  week.flatMap((hours, at) => (hours ? `${WEEKDAYS[at]} ${inWords(hours)}` : [])).join(', ');

/** As it is issued: `1405/09/01`. */
const jalaliOf = (day: string): string =>
  formatJalaliDate(toJalali(new Date(`${day}T12:00:00Z`), 'UTC'));

export const createAdministerCalendar = ({
  db,
  settings,
}: {
  db: Db;
  settings: CalendarSettings;
}): AdministerCalendar => {
  const nameProblem = (name: string): 'missing' | 'too_long' | undefined => {
    if (name === '') return 'missing';
    return [...name].length > settings.nameLength ? 'too_long' : undefined;
  };

  const toldDay = ({ day, hours, name }: CalendarDay) => ({
    day: jalaliOf(day),
    name,
    ...(hours && { wording: inWords(hours) }),
  });

  return {
    read: () => readCalendar(db),

    async changeHours({ by, week: typed, version }) {
      const week = WEEKDAYS.map((_, at) => readHours(typed[at] ?? { opens: '', closes: '' }));
      const weekdays = week.flatMap((hours, at) => (hours === undefined ? at : []));
      if (weekdays.length > 0) return { outcome: 'invalid', fields: { weekdays } };
      const hours = week.map((one) => one ?? null);
      if (hours.every((one) => one === null))
        return { outcome: 'invalid', fields: { week: 'none' } };
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        if (!(await takeCalendar(tx, version))) return STALE;
        const before = weekInWords((await readCalendar(tx)).week);
        await setWorkingHours(tx, hours);
        await tellAdministration(tx, by, 'working_hours_changed', {
          wordingBefore: before,
          wording: weekInWords(hours),
        });
        return DONE;
      });
    },

    async addDay({ by, version, ...typed }) {
      const name = cleanLine(typed.name);
      const day = gregorianDayOf(typed.day);
      const hours = typed.kind === 'working' ? readHours(typed.hours) : null;
      const wrongName = nameProblem(name);
      const fields: DayProblems = {
        ...(day === undefined && { day: typed.day.trim() === '' ? 'missing' : 'malformed' }),
        ...(typed.kind !== 'working' && typed.kind !== 'holiday' && { kind: 'missing' }),
        ...(typed.kind === 'working' && !hours && { hours: 'malformed' }),
        ...(wrongName && { name: wrongName }),
      };
      if (day === undefined || hours === undefined || Object.keys(fields).length > 0)
        return { outcome: 'invalid', fields };
      return db.begin(async (tx): Promise<Administered<DayProblems>> => {
        await lockAdmins(tx, by);
        const { days, version: known } = await readCalendar(tx);
        if (days.some((one) => one.day === day))
          return { outcome: 'invalid', fields: { day: 'taken' } };
        if (days.length >= settings.days)
          return { outcome: 'invalid', fields: { day: 'too_many' } };
        if (known !== version || !(await takeCalendar(tx, version))) return STALE;
        if (!(await addCalendarDay(tx, { day, hours, name }))) return STALE;
        await tellAdministration(tx, by, 'calendar_day_added', toldDay({ day, hours, name }));
        return DONE;
      });
    },

    async addSolarHolidays({ by, year, version }) {
      if (!Number.isInteger(year) || year < YEARS.first || year > YEARS.last)
        return { outcome: 'invalid', fields: { year: 'malformed' } };
      return db.begin(async (tx): Promise<Administered<{ year?: 'malformed' | 'too_many' }>> => {
        await lockAdmins(tx, by);
        const { days } = await readCalendar(tx);
        const known = new Set(days.map(({ day }) => day));
        const missing = solarHolidays(year, settings.locale).filter(({ day }) => !known.has(day));
        if (days.length + missing.length > settings.days)
          return { outcome: 'invalid', fields: { year: 'too_many' } };
        if (!(await takeCalendar(tx, version))) return STALE;
        for (const one of missing) {
          await addCalendarDay(tx, one);
          await tellAdministration(tx, by, 'calendar_day_added', toldDay(one));
        }
        return DONE;
      });
    },

    async removeDay({ by, day, version }) {
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        const { days } = await readCalendar(tx);
        const found = days.find((one) => one.day === day);
        if (!found) throw new DomainError('not_found');
        if (!(await takeCalendar(tx, version))) return STALE;
        if (!(await removeCalendarDay(tx, day))) throw new DomainError('not_found');
        await tellAdministration(tx, by, 'calendar_day_removed', toldDay(found));
        return DONE;
      });
    },
  };
};
