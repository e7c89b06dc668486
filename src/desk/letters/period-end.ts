import { addWorkingDays } from '../administration/working-time.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';

/** Null: there is no such period, or the calendar has too few working days. */
export const periodEnd = (
  calendar: WorkingCalendar,
  { from, workingDays }: { from: Date; workingDays: number },
): Date | null => (workingDays === 0 ? null : addWorkingDays(from, workingDays, calendar));
