import { addWorkingDays } from '../administration/working-time.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';

export const periodEnd = (
  calendar: WorkingCalendar,
  { from, workingDays }: { from: Date; workingDays: number },
): Date | null => (workingDays === 0 ? null : addWorkingDays(from, workingDays, calendar));
