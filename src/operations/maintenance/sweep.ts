/**
 * Looks every few minutes for letters without a running workflow, signals not taken up and orphaned
 * files. Every web and worker process tries; one of them runs it.
 */
import { isDatabaseAway } from '../../platform/base/database.ts';
import { fetchReports } from '../../platform/messages/gateway-reports.ts';
import { isSweepDue, takeSweepTurn } from '../../platform/base/sweep-turn.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { sumTallies } from '../../desk/letters/letter-queues.sql.ts';
import { forgetAnswers } from '../integrations/api.ts';
import { sweepFiles } from './file-sweep.ts';
import { reconcile, UNATTENDED } from './reconcile.ts';
import { createRescanFiles } from './rescan-files.ts';
import { runRetentionWhenDue } from './retention.ts';
import { watchCodes } from './watch-codes.ts';

const LOOK_MS = 20_000;

export interface Sweep {
  start(): void;
  stop(): Promise<void>;
  run(): Promise<void>;
}

export const createSweep = (deps: Deps): Sweep => {
  const { db, config, log } = deps;
  const minutes = config.limits.sweepMinutes;
  const stopping = new AbortController();
  const parts = partsOf(deps, stopping.signal);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const sweep = async (): Promise<void> => {
    if (!(await isSweepDue(db, minutes))) return;
    // One part that fails does not keep the others: what is due to be erased is erased all the same.
    for (const { name, run } of parts)
      await run().catch((error: unknown) => {
        if (isDatabaseAway(error) || stopping.signal.aborted) throw error;
        log.error({ err: error, part: name }, 'sweep failed');
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

interface SweepPart {
  name: string;
  run: () => Promise<void>;
}

const partsOf = (deps: Deps, signal: AbortSignal): SweepPart[] => [
  { name: 'letters', run: () => attendToLetters(deps, signal) },
  { name: 'codes', run: () => watchCodes(deps) },
  { name: 'delivery reports', run: () => fetchReports(deps) },
  { name: 'tallies', run: () => sumTallies(deps.db) },
  { name: 'answers', run: () => forgetAnswers(deps) },
  { name: 'files', run: () => removeFiles(deps) },
  ...(deps.scanner ? [{ name: 'scans', run: scanFiles(deps, signal) }] : []),
  { name: 'retention', run: () => erase(deps, signal) },
];

const attendToLetters = async (deps: Deps, signal: AbortSignal): Promise<void> => {
  try {
    const report = await reconcile(deps, { ...UNATTENDED, signal });
    const { started, signalled, settled, ended, failed } = report;
    if (started + signalled + settled + ended.count + failed.count > 0)
      deps.log.warn({ ...report }, 'letters were unattended');
  } catch (error) {
    if (isDatabaseAway(error) || signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    deps.log.warn({ why }, 'engine not reached, letters are looked at next time');
  }
};

const removeFiles = async (deps: Deps): Promise<void> => {
  const files = await sweepFiles(deps);
  if (files.removed + files.expired + files.leftovers > 0)
    deps.log.info({ ...files }, 'files of nobody removed');
};

const scanFiles = (deps: Deps, signal: AbortSignal): (() => Promise<void>) => {
  const rescanFiles = createRescanFiles(deps);
  return async () => {
    const scans = await rescanFiles({ signal });
    if (scans.infected > 0) deps.log.error({ ...scans }, 'files scanned again');
    else if (scans.ended) deps.log.warn({ ...scans }, 'files are scanned again next time');
  };
};

const erase = async (deps: Deps, signal: AbortSignal): Promise<void> => {
  try {
    await runRetentionWhenDue(deps, signal);
  } catch (error) {
    if (isDatabaseAway(error) || signal.aborted) throw error;
    deps.log.warn({ err: error }, 'retention is looked at next time');
  }
};
