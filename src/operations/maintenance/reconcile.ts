/**
 * Brings the engine in line with the record: every open letter has a running workflow that has
 * heard what was recorded. Each step is idempotent, may run beside everything else and reads the
 * record in pages.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { setAttention } from '../../desk/letters/letters.sql.ts';
import {
  isUnfinished,
  listUnfinishedLetters,
  settleLateWork,
  signalOpenWorkAgain,
  unknownLetters,
} from './reconcile.sql.ts';
import { readLetterInput } from '../../desk/letters/dispatch.ts';
import type { Deps } from '../../platform/deps.ts';

const PAGE = 100;
const STARTS_AT_ONCE = 4;
const PAUSE_MS = 20;
const CHECK_MS = 4_000;
const NAMED = 100;

export const ENDED_EARLY =
  'its workflow has come to an end in the engine, but the letter is open in the record';

export interface ReconcileReport {
  letters: number;
  started: number;
  signalled: number;
  settled: number;
  ended: { count: number; letterIds: string[] };
  unknown: { count: number; letterIds: string[] };
  failed: { count: number; first: { letterId: string; why: string } | null };
}

export interface ReconcileScope {
  /** Skips letters younger than this, and those with outbox rows. */
  quietSeconds: number;
  signalAgain: { baseSeconds: number; doublings: number };
  /** Also looks for workflows unknown to the record, which reads the engine's whole index. */
  reverse: boolean;
  signal?: AbortSignal;
}

export const WHOLE: ReconcileScope = {
  quietSeconds: 0,
  signalAgain: { baseSeconds: 60, doublings: 0 },
  reverse: true,
};

export const UNATTENDED: ReconcileScope = {
  quietSeconds: 120,
  signalAgain: { baseSeconds: 120, doublings: 10 },
  reverse: false,
};

export const reconcile = async (
  deps: Deps,
  { quietSeconds, signalAgain, reverse, signal }: ReconcileScope,
): Promise<ReconcileReport> => {
  const { db, engine, log, config } = deps;
  const report: ReconcileReport = {
    letters: 0,
    started: 0,
    signalled: 0,
    settled: 0,
    ended: { count: 0, letterIds: [] },
    unknown: { count: 0, letterIds: [] },
    failed: { count: 0, first: null },
  };
  await engine.check(CHECK_MS);
  await engine.prepare({ retentionDays: config.limits.temporalRetentionDays, log });
  for (let after: string | undefined; ;) {
    const page = await listUnfinishedLetters(db, { after, limit: PAGE, quietSeconds });
    report.letters += page.length;
    const running = await engine.runningAmong(page);
    const unattended = page.filter((letterId) => !running.has(letterId));
    if (unattended.length > 0) await attendAll(deps, unattended, report, signal);
    after = page.at(-1);
    if (page.length < PAGE) break;
    await sleep(PAUSE_MS);
  }
  report.signalled = await signalOpenWorkAgain(db, signalAgain);
  report.settled = await settleLateWork(db);
  if (reverse)
    for await (const page of engine.listRunning())
      note(report.unknown, await unknownLetters(db, page));
  return report;
};

const attendAll = async (
  deps: Deps,
  letterIds: string[],
  report: ReconcileReport,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const left = letterIds.values();
  const next = async (): Promise<void> => {
    for (const letterId of left) {
      signal?.throwIfAborted();
      await attend(deps, letterId, report).catch((error: unknown) =>
        noteTrouble(deps, letterId, error, report),
      );
    }
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, next));
};

/** The index lags, so the engine itself is asked before a start. */
const attend = async (deps: Deps, letterId: string, report: ReconcileReport): Promise<void> => {
  const { db, engine } = deps;
  const run = await engine.describe(letterId);
  if (run === 'RUNNING' || !(await isUnfinished(db, letterId))) return;
  if (run === 'COMPLETED') {
    note(report.ended, [letterId]);
    await setAttention(db, { id: letterId, why: ENDED_EARLY });
    return;
  }
  await startFromRecord(deps, letterId);
  report.started += 1;
};

const startFromRecord = async (deps: Deps, letterId: string): Promise<void> => {
  const { db, engine } = deps;
  const input = await readLetterInput(deps, letterId);
  if (input.state.needsAttention === null) return engine.start(input);
  await db.begin(async (tx) => {
    // The trouble of a process that is gone. The new one reports anew what it meets, and its write
    // waits for the end of this transaction.
    await setAttention(tx, { id: letterId, why: null });
    await engine.start({ ...input, state: { ...input.state, needsAttention: null } });
  });
};

const noteTrouble = async (
  { db, engine, log }: Deps,
  letterId: string,
  error: unknown,
  report: ReconcileReport,
): Promise<void> => {
  if (isDatabaseAway(error)) throw error;
  await engine.check(CHECK_MS);
  const why = `its workflow could not be started: ${error instanceof Error ? error.message : String(error)}`;
  log.error({ letterId, why }, 'letter could not be reconciled');
  report.failed.count += 1;
  report.failed.first ??= { letterId, why };
  await setAttention(db, { id: letterId, why });
};

const note = (list: { count: number; letterIds: string[] }, letterIds: string[]): void => {
  list.count += letterIds.length;
  list.letterIds.push(...letterIds.slice(0, NAMED - list.letterIds.length));
};
