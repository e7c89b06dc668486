/**
 * Scans files that no workflow attends to, and once a day the younger ones again, for viruses that
 * were unknown before. Part of the sweep, so one process at a time.
 */
import { isDatabaseAway } from '../../platform/base/database.ts';
import { listFilesToScan, listInfectedLetters } from '../../platform/files/file-scans.sql.ts';
import { NotScannedError, rejectInfected, scanFile } from '../../desk/letters/scan-file.ts';
import type { Deps } from '../../platform/deps.ts';

const PAGE = 50;
const WAITING_SECONDS = 120;
const WITHIN_MS = 60_000;

export interface RescanReport {
  clean: number;
  infected: number;
  ended: string | null;
}

export const createRescanFiles = (
  deps: Deps,
  { waitingSeconds = WAITING_SECONDS } = {},
): ((options?: { signal?: AbortSignal }) => Promise<RescanReport>) => {
  const { db, config, log } = deps;
  const days = config.limits.rescanDays;
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
