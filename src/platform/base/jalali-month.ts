import { toJalali } from './jalali.ts';
import { gregorianDayOf } from './jalali-day.ts';

const MONTHS = 12;

export interface JalaliMonth {
  year: number;
  month: number;
  /** Gregorian, `2026-11-22`. */
  firstDay: string;
}

const monthAt = (index: number): JalaliMonth => {
  const [year, month] = [Math.floor(index / MONTHS), (index % MONTHS) + 1];
  const firstDay = gregorianDayOf(`${year}/${month}/1`);
  if (firstDay === undefined) throw new Error(`no month ${year}/${month}`);
  return { year, month, firstDay };
};

/** The last `count` months in `timeZone`, oldest first, and the next one as the end of the last. */
export const lastJalaliMonths = (now: Date, timeZone: string, count: number): JalaliMonth[] => {
  const { year, month } = toJalali(now, timeZone);
  const next = year * MONTHS + month;
  return Array.from({ length: count + 1 }, (_, index) => monthAt(next - count + index));
};
