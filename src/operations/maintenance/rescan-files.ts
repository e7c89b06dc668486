/**
 * Scans what nobody attends to: files that still wait although their letter's process is over or
 * does not know of them, and once a day the younger ones, for viruses that were not known before.
 * A part of the sweep: one process of the desk does it at a time.
 */
import { isDatabaseAway } from '../../platform/base/database.ts';
import { listFilesToScan, listInfectedLetters } from '../../platform/files/file-scans.sql.ts';
import { NotScannedError, rejectInfected, scanFile } from '../../desk/letters/scan-file.ts';
import type { Deps } from '../../platform/deps.ts';

const PAGE = 50;
/** The workflow of a letter attends to a file first. */
const WAITING_SECONDS = 120;
/** What is left goes on with the next sweep. */
const WITHIN_MS = 60_000;

export interface RescanReport {
  clean: number;
  infected: number;
  /** Why it ended early; null when it did not. */
  ended: string | null;
}

/** Of its own, for it knows where the last run ended early. */
export const createRescanFiles = (
  deps: Deps,
  { waitingSeconds = WAITING_SECONDS } = {},
): ((options?: { signal?: AbortSignal }) => Promise<RescanReport>) => {
  const { db, config, log } = deps;
  const days = config.limits.rescanDays;
  /** Where the last sweep ended early. One file that cannot be scanned does not hold up the rest. */
  let last: string | undefined;

  return async ({ signal } = {}) => {
    const report: RescanReport = { clean: 0, infected: 0, ended: null };
    const end = Date.now() + WITHIN_MS;
    for (const letterId of await listInfectedLetters(db, PAGE))
      await rejectInfected(deps, letterId);
    for (let after = last; ;) {
      const page = await listFilesToScan(db, { after, limit: PAGE, days, waitingSeconds });
      for (const { id: fileId, letterId, scan: before } of page) {
        signal?.throwIfAborted();
        if (Date.now() > end) return { ...report, ended: 'the time of this sweep is over' };
        last = fileId;
        try {
          const verdict = await scanFile(deps, { letterId, fileId });
          report[verdict] += 1;
          if (verdict === 'infected' && before !== 'infected')
            log.error({ letterId, fileId }, 'ALARM: a file that was open is infected');
        } catch (error) {
          // A scanner that is away is asked again with the next sweep.
          if (error instanceof NotScannedError) return { ...report, ended: error.message };
          if (isDatabaseAway(error)) throw error;
          log.error({ letterId, fileId, err: error }, 'file could not be scanned');
        }
      }
      after = page.at(-1)?.id;
      if (page.length === PAGE) continue;
      last = undefined;
      return report;
    }
  };
};
