/**
 * Erasing a letter destroys its data key, so that nothing sealed with it can be read again, not
 * even in old backups and the engine's histories. It waits for the end of the workflow: a running
 * one could not read its own input.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { lockLetter } from '../../desk/letters/letters.sql.ts';
import { addOutboxRow } from '../../desk/letters/outbox.sql.ts';
import {
  clearTexts,
  eraseApplicants,
  eraseLetterRow,
  eraseSentMessages,
  findEndedLetter,
  giveUpMessages,
  isRetentionDue,
  listDueLetters,
  listRestoredLetters,
} from './retention.sql.ts';
import type { EndedAs, EndedLetter } from './retention.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { findLetterById } from '../../desk/letters/letter-access.ts';

/** Days after the end of a letter, or after a message was sent; 0: never. */
export interface RetentionDays extends Record<EndedAs, number> {
  messages: number;
  applicants: number;
}

export interface RetentionReport {
  erased: number;
  waiting: number;
  applicants: number;
  messages: number;
}

export type Erasure =
  | { outcome: 'erased'; files: number }
  | { outcome: 'not_found' | 'not_ended' | 'erased_before' }
  | { outcome: 'still_running' };

const PAGE = 100;
const MOST = 5_000;
const SCHEDULE = { kind: 'operator', id: 'retention' } as const;

const isAtRest = ({ settled, refusedMessages }: EndedLetter): boolean =>
  settled && refusedMessages === 0;

export const retentionDays = ({ limits }: Deps['config']): RetentionDays => ({
  rejected: limits.retainRejectedDays,
  withdrawn: limits.retainWithdrawnDays,
  closed: limits.retainClosedDays,
  messages: limits.retainMessagesDays,
  applicants: limits.retainApplicantsDays,
});

export const listDueErasures = (deps: Deps, limit: number): Promise<EndedLetter[]> =>
  listDueLetters(deps.db, { days: retentionDays(deps.config), limit });

export const runRetention = async (deps: Deps, signal?: AbortSignal): Promise<RetentionReport> => {
  const { db } = deps;
  const days = retentionDays(deps.config);
  await clearRestored(deps);
  const letters = await eraseDue(deps, signal);
  return {
    ...letters,
    applicants:
      days.applicants === 0
        ? 0
        : await db.begin(async (tx) => eraseApplicants(tx, { days: days.applicants, limit: MOST })),
    messages:
      days.messages === 0 ? 0 : await eraseSentMessages(db, { days: days.messages, limit: MOST }),
  };
};

export const runRetentionWhenDue = async (deps: Deps, signal: AbortSignal): Promise<void> => {
  if (!(await isRetentionDue(deps.db))) return;
  const report = await runRetention(deps, signal);
  if (Object.values(report).some((count) => count > 0))
    deps.log.info({ ...report }, 'erased what its time was over for');
};

export const eraseLetter = async (
  deps: Deps,
  { letterId, actor, why }: { letterId: string; actor: Actor; why: string },
): Promise<Erasure> => {
  if (!(await findLetterById(deps.db, letterId))) return { outcome: 'not_found' };
  const letter = await findEndedLetter(deps.db, letterId);
  if (!letter) return { outcome: 'not_ended' };
  if (letter.erasedAt) return { outcome: 'erased_before' };
  if (isAtRest(letter)) return eraseNow(deps, letter, { actor, why });
  await giveUp(deps, letter, actor);
  return { outcome: 'still_running' };
};

const eraseDue = async (
  deps: Deps,
  signal: AbortSignal | undefined,
): Promise<Pick<RetentionReport, 'erased' | 'waiting'>> => {
  const days = retentionDays(deps.config);
  const report = { erased: 0, waiting: 0 };
  let after: string | undefined;
  while (report.erased + report.waiting < MOST && !signal?.aborted) {
    const page = await listDueLetters(deps.db, { days, limit: PAGE, after });
    const running = await deps.engine.runningAmong(page.map(({ id }) => id));
    for (const letter of page) {
      if (signal?.aborted) break;
      if (!isAtRest(letter) || running.has(letter.id)) {
        await giveUp(deps, letter, SCHEDULE);
        report.waiting += 1;
        continue;
      }
      const why = `retention of ${days[letter.as]} days after it was ${letter.as}`;
      const { outcome } = await eraseNow(deps, letter, { actor: SCHEDULE, why });
      if (outcome === 'erased') report.erased += 1;
      if (outcome === 'still_running') report.waiting += 1;
    }
    after = page.at(-1)?.id;
    if (page.length < PAGE) break;
  }
  return report;
};

/** `letter` must have been read before the engine was asked whether its workflow runs. */
const eraseNow = async (
  { db, engine, files, log }: Deps,
  { id: letterId, told }: EndedLetter,
  { actor, why }: { actor: Actor; why: string },
): Promise<Erasure> => {
  // The engine's own word, as its index lags behind.
  if ((await engine.describe(letterId)) === 'RUNNING') return { outcome: 'still_running' };
  const storageKeys = await db.begin(
    async (tx): Promise<string[] | 'still_running' | undefined> => {
      await lockLetter(tx, letterId);
      const letter = await findEndedLetter(tx, letterId);
      if (!letter || letter.erasedAt) return undefined;
      // What was told to the engine meanwhile may have started the workflow again.
      if (!isAtRest(letter) || letter.told !== told) return 'still_running';
      const removed = await eraseLetterRow(tx, letterId);
      if (removed)
        await addAuditEntry(tx, {
          letterId,
          actor,
          action: 'erased',
          details: { why, files: removed.length },
        });
      return removed;
    },
  );
  if (storageKeys === undefined) return { outcome: 'erased_before' };
  if (storageKeys === 'still_running') return { outcome: storageKeys };
  // One that stays is named by no letter any more, and goes with the sweep.
  for (const storageKey of storageKeys)
    await files.remove(storageKey).catch((error: unknown) => {
      log.warn({ err: error, letterId }, 'a file of an erased letter is left for the sweep');
    });
  return { outcome: 'erased', files: storageKeys.length };
};

const giveUp = async (
  { db, wake }: Deps,
  { id, refusedMessages }: EndedLetter,
  actor: Actor,
): Promise<void> => {
  if (refusedMessages === 0) return;
  await db.begin(async (tx) => {
    await lockLetter(tx, id);
    const messages = await giveUpMessages(tx, id);
    await addOutboxRow(tx, { letterId: id, kind: 'retry', payload: {} });
    await addAuditEntry(tx, {
      letterId: id,
      actor,
      action: 'messages_given_up',
      details: { messages },
    });
  });
  wake();
};

const clearRestored = async ({ db, files }: Deps): Promise<void> => {
  for (const letterId of await listRestoredLetters(db, PAGE)) {
    const storageKeys = await db.begin(async (tx) => {
      await lockLetter(tx, letterId);
      return clearTexts(tx, letterId);
    });
    for (const storageKey of storageKeys) await files.remove(storageKey).catch(() => {});
  }
};
