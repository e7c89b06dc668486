import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { addWorkingDays } from '../administration/working-time.ts';
import { readWorkingCalendar } from './deadlines.ts';

/**
 * By the current calendar. Null: there is no such period, or the calendar has too few working days.
 */
export const periodEnd = async (
  { config }: Deps,
  db: Handle,
  { from, workingDays }: { from: Date; workingDays: number },
): Promise<Date | null> => {
  if (workingDays === 0) return null;
  return addWorkingDays(from, workingDays, await readWorkingCalendar(db, config));
};
