/**
 * Erases what its time is over for: the content of ended letters, the numbers of people who have
 * none left, the texts of sent messages. Erasing a letter destroys its data key, so that nothing
 * sealed with it can be read again, in old backups and in the engine's histories neither.
 *
 * A letter is erased only after its workflow has ended: a running one could not read its own input.
 */
import type { FileStore } from '../../platform/files/file-store.ts';
import type { LetterEngine } from '../../platform/engine/letter-engine.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { lockLetter } from '../../desk/letters/letters.sql.ts';
import { addOutboxRow } from '../../desk/letters/outbox.sql.ts';
import {
  clearTexts,
  eraseApplicants,
  eraseLetter,
  eraseSentMessages,
  findEndedLetter,
  giveUpMessages,
  isRetentionDue,
  listDueLetters,
  listRestoredLetters,
} from './retention.sql.ts';
import type { EndedAs, EndedLetter } from './retention.sql.ts';
import type { Logger } from '../../platform/base/logger.ts';
import { findLetterById } from '../../desk/letters/read-letters.ts';

/** Days after the end of a letter, or after a message was sent; 0: never. */
export interface RetentionDays extends Record<EndedAs, number> {
  messages: number;
  /** After a person first signed in, and after the last of their letters was erased. */
  applicants: number;
}

export interface RetentionReport {
  erased: number;
  /** Their time is over, and they wait for their workflow to end. */
  waiting: number;
  applicants: number;
  messages: number;
}

export type Erasure =
  | { outcome: 'erased'; files: number }
  | { outcome: 'not_found' | 'not_ended' | 'erased_before' }
  /** What is left of it is given up now; its workflow ends by that. */
  | { outcome: 'still_running' };

export interface Retention {
  /** What `run` would erase now, without doing it. */
  listDue(limit: number): Promise<EndedLetter[]>;
  /** Whatever its age, when it has come to its end. */
  erase(input: { letterId: string; actor: Actor; why: string }): Promise<Erasure>;
  /** Up to `MOST` letters, people and messages each; the next run goes on. */
  run(signal?: AbortSignal): Promise<RetentionReport>;
  /** `run`, for one caller in an hour. */
  runWhenDue(signal: AbortSignal): Promise<void>;
}

const PAGE = 100;
const MOST = 5_000;
/** By the operator's settings. */
const SCHEDULE = { kind: 'operator', id: 'retention' } as const;

const isAtRest = ({ settled, refusedMessages }: EndedLetter): boolean =>
  settled && refusedMessages === 0;

export const createRetention = ({
  db,
  files,
  engine,
  days,
  wake,
  log,
}: {
  db: Db;
  files: Pick<FileStore, 'remove'>;
  engine: Pick<LetterEngine, 'runningAmong' | 'describe'>;
  days: RetentionDays;
  wake: () => void;
  log: Logger;
}): Retention => {
  /** The engine's own word, as its index lags behind. */
  const isRunning = async (letterId: string): Promise<boolean> =>
    (await engine.describe(letterId)) === 'RUNNING';

  /** `letter`: as it was read before the engine was asked whether its workflow runs. */
  const eraseNow = async (
    { id: letterId, told }: EndedLetter,
    { actor, why }: { actor: Actor; why: string },
  ): Promise<Erasure> => {
    if (await isRunning(letterId)) return { outcome: 'still_running' };
    const storageKeys = await db.begin(
      async (tx): Promise<string[] | 'still_running' | undefined> => {
        await lockLetter(tx, letterId);
        const letter = await findEndedLetter(tx, letterId);
        if (!letter || letter.erasedAt) return undefined;
        // What was told to the engine meanwhile may have started the workflow again.
        if (!isAtRest(letter) || letter.told !== told) return 'still_running';
        const removed = await eraseLetter(tx, letterId);
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

  /** So that its workflow, which waits for a retry of a refused message, comes to its end. */
  const giveUp = async ({ id, refusedMessages }: EndedLetter, actor: Actor): Promise<void> => {
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

  const eraseDue = async (
    signal: AbortSignal | undefined,
  ): Promise<Pick<RetentionReport, 'erased' | 'waiting'>> => {
    const report = { erased: 0, waiting: 0 };
    let after: string | undefined;
    while (report.erased + report.waiting < MOST && !signal?.aborted) {
      const page = await listDueLetters(db, { days, limit: PAGE, after });
      const running = await engine.runningAmong(page.map(({ id }) => id));
      for (const letter of page) {
        if (signal?.aborted) break;
        if (!isAtRest(letter) || running.has(letter.id)) {
          await giveUp(letter, SCHEDULE);
          report.waiting += 1;
          continue;
        }
        const why = `retention of ${days[letter.as]} days after it was ${letter.as}`;
        const { outcome } = await eraseNow(letter, { actor: SCHEDULE, why });
        if (outcome === 'erased') report.erased += 1;
        if (outcome === 'still_running') report.waiting += 1;
      }
      after = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
    return report;
  };

  const clearRestored = async (): Promise<void> => {
    for (const letterId of await listRestoredLetters(db, PAGE)) {
      const storageKeys = await db.begin(async (tx) => {
        await lockLetter(tx, letterId);
        return clearTexts(tx, letterId);
      });
      for (const storageKey of storageKeys) await files.remove(storageKey).catch(() => {});
    }
  };

  const run: Retention['run'] = async (signal) => {
    await clearRestored();
    const letters = await eraseDue(signal);
    const people = days.applicants;
    return {
      ...letters,
      applicants:
        people === 0
          ? 0
          : await db.begin(async (tx) => eraseApplicants(tx, { days: people, limit: MOST })),
      messages:
        days.messages === 0 ? 0 : await eraseSentMessages(db, { days: days.messages, limit: MOST }),
    };
  };

  return {
    listDue: (limit) => listDueLetters(db, { days, limit }),
    run,

    async erase({ letterId, actor, why }) {
      if (!(await findLetterById(db, letterId))) return { outcome: 'not_found' };
      const letter = await findEndedLetter(db, letterId);
      if (!letter) return { outcome: 'not_ended' };
      if (letter.erasedAt) return { outcome: 'erased_before' };
      if (isAtRest(letter)) return eraseNow(letter, { actor, why });
      await giveUp(letter, actor);
      return { outcome: 'still_running' };
    },

    async runWhenDue(signal) {
      if (!(await isRetentionDue(db))) return;
      const report = await run(signal);
      if (Object.values(report).some((count) => count > 0))
        log.info({ ...report }, 'erased what its time was over for');
    },
  };
};
