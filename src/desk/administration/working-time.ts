/**
 * Deadlines in whole working days, as the by-law to the Access to Information Act counts them: the
 * day of arrival does not count, and the deadline is the end of the last day.
 */
import { gregorianDayOf } from '../../platform/base/jalali-day.ts';

/** Minutes after midnight in the calendar's time zone. */
export interface WorkingHours {
  opens: number;
  closes: number;
}

export interface CalendarDay {
  /** Gregorian, `2026-11-22`. */
  day: string;
  hours: WorkingHours | null;
  name: string;
}

export interface WorkingCalendar {
  timeZone: string;
  /** By weekday, Sunday first; null: a day off. */
  week: readonly (WorkingHours | null)[];
  days: ReadonlyMap<string, Omit<CalendarDay, 'day'>>;
  /** For automated runs: consecutive working days of this length, whatever the calendar says. */
  testDaySeconds?: number;
}

export interface DeadlineClock {
  from: Date;
  pauses: readonly { from: Date; until: Date | null }[];
}

export type DayCount = 'after_hours' | 'arrival' | 'counted' | 'weekend' | 'holiday' | 'paused';

export interface ExplainedDay {
  day: string;
  count: DayCount;
  number?: number;
  name?: string;
}

export interface Deadline {
  /** End of the last working day; null: paused before it, or the calendar has too few days. */
  dueAt: Date | null;
  left: number;
  days: ExplainedDay[];
}

const MINUTES_OF_DAY = 24 * 60;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A calendar with too few working days within this many days yields no deadline. */
const HORIZON_DAYS = 3_660;

const formatters = new Map<string, Intl.DateTimeFormat>();

const formatterFor = (timeZone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timeZone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, formatter);
  return formatter;
};

const wallClock = (instant: number, timeZone: string): number => {
  const parts = Object.fromEntries(
    formatterFor(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

export const dayIn = (instant: Date, timeZone: string): string =>
  new Date(wallClock(instant.getTime(), timeZone)).toISOString().slice(0, 10);

export const instantIn = (day: string, minutes: number, timeZone: string): Date => {
  const shown = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
  const near = shown - (wallClock(shown, timeZone) - shown);
  // The clocks may be put forward or back in between.
  return new Date(shown - (wallClock(near, timeZone) - near));
};

const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

type EndOf = (day: string, closes: number) => Date;

/** Memoised: the letters of a queue ask for the same days. */
export const createEndOf = (timeZone: string): EndOf => {
  const known = new Map<string, Date>();
  return (day, closes) => {
    const name = `${day} ${closes}`;
    const end = known.get(name) ?? instantIn(day, closes, timeZone);
    known.set(name, end);
    return end;
  };
};

/** A pause takes a working day away when it holds at the end of that day. */
export const countWorkingDays = (
  { from, pauses }: DeadlineClock,
  workingDays: number,
  calendar: WorkingCalendar,
  endOf: EndOf = createEndOf(calendar.timeZone),
): Deadline => {
  if (calendar.testDaySeconds) return countTestDays({ from, pauses }, workingDays, calendar);
  const days: ExplainedDay[] = [];
  let [arrived, number] = [false, 0];
  let day = dayIn(from, calendar.timeZone);
  for (let passed = 0; passed < HORIZON_DAYS; passed += 1, day = nextDay(day)) {
    const exception = calendar.days.get(day);
    const hours = exception ? exception.hours : calendar.week[weekdayOf(day)];
    const named = exception ? { name: exception.name } : {};
    if (!hours) {
      days.push({ day, count: exception ? 'holiday' : 'weekend', ...named });
      continue;
    }
    const end = endOf(day, hours.closes);
    if (!arrived) {
      arrived = from < end;
      days.push({ day, count: arrived ? 'arrival' : 'after_hours', ...named });
      if (arrived && workingDays === 0) return { dueAt: end, left: 0, days };
      continue;
    }
    const pause = pauses.find((one) => one.from <= end && (one.until === null || end < one.until));
    if (pause) {
      days.push({ day, count: 'paused', ...named });
      if (pause.until === null) break;
      continue;
    }
    number += 1;
    days.push({ day, count: 'counted', number, ...named });
    if (number === workingDays) return { dueAt: end, left: 0, days };
  }
  return { dueAt: null, left: workingDays - number, days };
};

const countTestDays = (
  { from, pauses }: DeadlineClock,
  workingDays: number,
  { timeZone, testDaySeconds = 0 }: WorkingCalendar,
): Deadline => {
  const dayMs = testDaySeconds * 1000;
  const explain = (at: number): string => dayIn(new Date(at), timeZone);
  let at = from.getTime();
  const days: ExplainedDay[] = [{ day: explain(at), count: 'arrival' }];
  let number = 0;
  while (number < workingDays) {
    const end = at + dayMs;
    const pause = pauses.find(
      (one) => one.from.getTime() <= end && (one.until === null || end < one.until.getTime()),
    );
    if (!pause) {
      at = end;
      number += 1;
      days.push({ day: explain(at), count: 'counted', number });
      continue;
    }
    days.push({ day: explain(end), count: 'paused' });
    if (pause.until === null) return { dueAt: null, left: workingDays - number, days };
    const missed = Math.ceil((pause.until.getTime() - end) / dayMs);
    at += missed * dayMs;
  }
  return { dueAt: new Date(at), left: 0, days };
};

export const addWorkingDays = (
  from: Date,
  workingDays: number,
  calendar: WorkingCalendar,
): Date | null => countWorkingDays({ from, pauses: [] }, workingDays, calendar).dueAt;

export const parseMinutes = (typed: string): number | undefined => {
  const [, hour, minute] = (/^(\d{1,2}):(\d{2})(?::00)?$/.exec(typed) ?? []).map(Number);
  if (hour === undefined || minute === undefined || minute > 59) return undefined;
  const minutes = hour * 60 + minute;
  return minutes <= MINUTES_OF_DAY ? minutes : undefined;
};

export const formatMinutes = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

type HolidayLocale = 'fa' | 'en';

/** Only the solar ones: lunar holidays move and are announced each year. */
const SOLAR_HOLIDAYS: readonly ({ date: string } & Record<HolidayLocale, string>)[] = [
  ...['01/01', '01/02', '01/03', '01/04'].map((date) => ({
    date,
    fa: 'عید نوروز',
    en: 'Nowruz',
  })),
  { date: '01/12', fa: 'روز جمهوری اسلامی', en: 'Islamic Republic Day' },
  { date: '01/13', fa: 'روز طبیعت', en: 'Nature Day' },
  { date: '03/14', fa: 'رحلت امام خمینی', en: 'Passing of Imam Khomeini' },
  { date: '03/15', fa: 'قیام ۱۵ خرداد', en: 'Uprising of 15 Khordad' },
  { date: '11/22', fa: 'پیروزی انقلاب اسلامی', en: 'Victory of the Revolution' },
  { date: '12/29', fa: 'ملی شدن صنعت نفت', en: 'Oil Nationalisation Day' },
];

export const solarHolidays = (jalaliYear: number, locale: HolidayLocale): CalendarDay[] =>
  SOLAR_HOLIDAYS.flatMap(({ date, [locale]: name }) => {
    const day = gregorianDayOf(`${jalaliYear}/${date}`);
    return day === undefined ? [] : [{ day, hours: null, name }];
  });
