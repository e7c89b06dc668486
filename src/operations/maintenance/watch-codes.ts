/**
 * Who pumps SMS never types the codes: when few of those who had one sent typed it, somebody runs up
 * the bill, or the codes do not arrive. `stuck-work.ts` shows the same.
 */
import type { Db } from '../../platform/base/database.ts';
import { listUntypedCodes } from './stuck-work.sql.ts';

export interface CodeAlarm {
  /** From so many sign-ins in an hour. */
  sends: number;
  /** Under this share of typed codes. */
  percent: number;
}

export interface WatchCodes {
  /** One log line while there is reason for it. */
  tell(): Promise<void>;
}

export const createWatchCodes = ({
  db,
  alarm,
  log,
}: {
  db: Db;
  /** Undefined: they are not watched. */
  alarm: CodeAlarm | undefined;
  log: { error(fields: object, message: string): void };
}): WatchCodes => ({
  async tell() {
    const [untyped] = alarm ? await listUntypedCodes(db, alarm) : [];
    if (untyped)
      log.error(
        { since: untyped.since.toISOString(), typed: untyped.what },
        'ALARM: few of the sign-in codes that were sent are typed',
      );
  },
});
