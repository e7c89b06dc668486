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
  const { OBJECTION_DAYS: workingDays, TEST_WORKING_DAY_SECONDS: testDaySeconds } = config;
  if (workingDays === 0) return null;
  if (testDaySeconds > 0)
    return new Date(rejectedAt.getTime() + workingDays * testDaySeconds * 1000);
  const calendar = await readWorkingCalendar(tx, config.ORG_TIME_ZONE);
  return addWorkingDays(rejectedAt, workingDays, calendar);
};
