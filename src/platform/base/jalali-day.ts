import { toLatinDigits } from './digits.ts';
import { toJalali } from './jalali.ts';

const DAY = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/;
const DAY_MS = 86_400_000;
// The year begins on one of a few days of March.
const SLACK = 3;

export const gregorianDayOf = (typed: string): string | undefined => {
  const [, year, month, day] = (DAY.exec(toLatinDigits(typed).trim()) ?? []).map(Number);
  if (!year || !month || !day || month > 12 || day > 31) return undefined;
  const passed = (month - 1) * 30 + Math.min(month - 1, 6) + (day - 1);
  const near = Date.UTC(year + 621, 2, 20, 12) + passed * DAY_MS;
  for (let off = -SLACK; off <= SLACK; off += 1) {
    const at = new Date(near + off * DAY_MS);
    const found = toJalali(at, 'UTC');
    if (found.year === year && found.month === month && found.day === day)
      return at.toISOString().slice(0, 10);
  }
  return undefined;
};
