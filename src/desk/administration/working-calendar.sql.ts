import type { CalendarDay, WorkingHours } from './working-time.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';

export interface CalendarRow {
  version: number;
  /** By weekday, Sunday first; null: a day off. */
  week: (WorkingHours | null)[];
  days: CalendarDay[];
}

interface HoursRow {
  opens: number | null;
  closes: number | null;
}

const hoursOf = ({ opens, closes }: HoursRow): WorkingHours | null =>
  opens === null || closes === null ? null : { opens, closes };

export const readCalendar = async (db: Handle): Promise<CalendarRow> => {
  const [row] = await db<
    { version: number; week: HoursRow[]; days: (HoursRow & { day: string; name: string })[] }[]
  >`
    select version,
      (select json_agg(h order by weekday) from working_hours h) as week,
      coalesce((select json_agg(d order by day) from calendar_days d), '[]') as days
    from working_calendar`;
  if (!row) throw new Error('the record has no working calendar');
  return {
    version: row.version,
    week: row.week.map(hoursOf),
    days: row.days.map(({ day, name, ...hours }) => ({ day, name, hours: hoursOf(hours) })),
  };
};

/** Locks the calendar until the transaction ends. False: it is no longer at this `version`. */
export const takeCalendar = async (tx: Tx, version: number): Promise<boolean> => {
  const rows = await tx`
    update working_calendar set version = version + 1 where version = ${version} returning 1`;
  return rows.length === 1;
};

export const setWorkingHours = async (
  tx: Tx,
  week: readonly (WorkingHours | null)[],
): Promise<void> => {
  for (const [weekday, hours] of week.entries())
    await tx`
      update working_hours set opens = ${hours?.opens ?? null}, closes = ${hours?.closes ?? null}
      where weekday = ${weekday}`;
};

export const addCalendarDayRow = async (
  tx: Tx,
  { day, hours, name }: CalendarDay,
): Promise<boolean> => {
  const rows = await tx`
    insert into calendar_days (day, opens, closes, name)
    values (${day}, ${hours?.opens ?? null}, ${hours?.closes ?? null}, ${name})
    on conflict (day) do nothing returning 1`;
  return rows.length === 1;
};

export const removeCalendarDayRow = async (
  tx: Tx,
  day: string,
): Promise<{ name: string } | undefined> => {
  const [row] = await tx<{ name: string }[]>`
    delete from calendar_days where day = ${day} returning name`;
  return row;
};
