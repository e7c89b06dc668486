/**
 * Looks every few minutes for what nobody attends to: letters without a running workflow, signals
 * that were not taken up, files that belong to nothing. Every web and worker process offers itself;
 * one of them does it.
 */
import type { Db } from '../../platform/base/database.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { isSweepDue, takeSweepTurn } from '../../platform/base/sweep-turn.sql.ts';
import type { Logger } from '../../platform/base/logger.ts';
import type { FileSweep } from './file-sweep.ts';
import type { Reconcile } from './reconcile.ts';
import type { Retention } from './retention.ts';
import { UNATTENDED } from './reconcile.ts';
import type { RescanFiles } from './rescan-files.ts';
import type { WatchCodes } from './watch-codes.ts';

/** How often a process looks whether it is time. */
const LOOK_MS = 20_000;

export interface Sweep {
  start(): void;
  /** Ends a sweep under way. */
  stop(): Promise<void>;
  /** Now, if it is due and nobody is at it; for the timer and for tests. */
  run(): Promise<void>;
}

export const createSweep = ({
  db,
  reconcile,
  fileSweep,
  rescanFiles,
  retention,
  watchCodes,
  forgetAnswers,
  minutes,
  log,
}: {
  db: Db;
  reconcile: Reconcile;
  fileSweep: FileSweep;
  /** Left out: files are not scanned. */
  rescanFiles?: RescanFiles;
  retention?: Pick<Retention, 'runWhenDue'>;
  watchCodes?: WatchCodes;
  /** Answers to other systems that are kept long enough. */
  forgetAnswers?: () => Promise<void>;
  /** 0: never. */
  minutes: number;
  log: Logger;
}): Sweep => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const stopping = new AbortController();

  const letters = async (): Promise<void> => {
    try {
      const report = await reconcile({ ...UNATTENDED, signal: stopping.signal });
      const { started, signalled, settled, ended, failed } = report;
      if (started + signalled + settled + ended.count + failed.count > 0)
        log.warn({ ...report }, 'letters were unattended');
    } catch (error) {
      if (isDatabaseAway(error) || stopping.signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ why }, 'engine not reached, letters are looked at next time');
    }
  };

  const erase = async (): Promise<void> => {
    try {
      await retention?.runWhenDue(stopping.signal);
    } catch (error) {
      if (isDatabaseAway(error) || stopping.signal.aborted) throw error;
      log.warn({ err: error }, 'retention is looked at next time');
    }
  };

  const removeFiles = async (): Promise<void> => {
    const files = await fileSweep.sweep();
    if (files.removed + files.expired + files.leftovers > 0)
      log.info({ ...files }, 'files of nobody removed');
  };

  const scanFiles = async (): Promise<void> => {
    const scans = await rescanFiles?.({ signal: stopping.signal });
    if (scans && scans.infected > 0) log.error({ ...scans }, 'files scanned again');
    else if (scans?.ended) log.warn({ ...scans }, 'files are scanned again next time');
  };

  const codes = async (): Promise<void> => {
    await watchCodes?.tell();
  };

  const answers = async (): Promise<void> => {
    await forgetAnswers?.();
  };

  const sweep = async (): Promise<void> => {
    if (!(await isSweepDue(db, minutes))) return;
    await letters();
    // One part that fails does not keep the others: what is due to be erased is erased all the same.
    for (const part of [codes, answers, removeFiles, scanFiles, erase])
      await part().catch((error: unknown) => {
        if (isDatabaseAway(error) || stopping.signal.aborted) throw error;
        log.error({ err: error, part: part.name }, 'sweep failed');
      });
  };

  const run = async (): Promise<void> => {
    try {
      await takeSweepTurn(db, sweep);
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (isDatabaseAway(error)) log.warn('database away, sweep waits');
      else log.error({ err: error }, 'sweep failed');
    }
  };

  return {
    run,
    start() {
      if (minutes === 0 || timer) return;
      timer = setInterval(() => {
        running ??= run().finally(() => {
          running = undefined;
        });
      }, LOOK_MS);
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
};
