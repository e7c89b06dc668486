/** Until when a sender can object: fixed when the letter is rejected, whatever the calendar becomes. */
import type { Handle } from '../../platform/base/database.ts';
import { addWorkingDays } from '../administration/working-time.ts';
import { readWorkingCalendar } from './deadlines.ts';

export interface ObjectionPeriod {
  /** 0: nobody can object. */
  workingDays: number;
  /** Of each working day, in place of the calendar; 0: the calendar counts. */
  testDaySeconds: number;
}

/** Null: nobody can object, or the calendar has too few working days. */
export const objectionEnd = async (
  db: Handle,
  rejectedAt: Date,
  { objection, timeZone }: { objection?: ObjectionPeriod; timeZone: string },
): Promise<Date | null> => {
  if (!objection || objection.workingDays === 0) return null;
  const { workingDays, testDaySeconds } = objection;
  if (testDaySeconds > 0)
    return new Date(rejectedAt.getTime() + workingDays * testDaySeconds * 1000);
  return addWorkingDays(rejectedAt, workingDays, await readWorkingCalendar(db, timeZone));
};
