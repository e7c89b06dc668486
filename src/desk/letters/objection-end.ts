import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { addWorkingDays } from '../administration/working-time.ts';
import { readWorkingCalendar } from './deadlines.ts';

/**
 * Fixed when the letter is rejected, whatever becomes of the calendar. Null: nobody can object, or the
 * calendar has too few working days.
 */
export const objectionEnd = async (
  { config }: Deps,
  tx: Tx,
  rejectedAt: Date,
): Promise<Date | null> => {
  if (config.OBJECTION_DAYS === 0) return null;
  const calendar = await readWorkingCalendar(tx, config);
  return addWorkingDays(rejectedAt, config.OBJECTION_DAYS, calendar);
};
