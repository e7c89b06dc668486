/**
 * Erases what its time is over for: the content of ended letters, the numbers of people who have
 * none left, the texts of sent messages. Erasing a letter destroys its data key, so that nothing
 * sealed with it can be read again, in old backups and in the engine's histories neither.
 *
 * A letter is erased only after its workflow has ended: a running one could not read its own input.
 */
import type { FileStore } from '../adapters/files/file-store.ts';
import type { LetterEngine } from '../adapters/temporal/letter-engine.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Actor } from '../db/audit.ts';
import type { Db } from '../db/client.ts';
import { lockLetter } from '../db/letters.ts';
import { addOutboxRow } from '../db/outbox.ts';
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
} from '../db/retention.ts';
import type { EndedAs, EndedLetter } from '../db/retention.ts';
import type { Logger } from '../logger.ts';
import { findLetterById } from './read-letters.ts';

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

export const createRetention = ({
  db,
  files,
  engine,
  days,
  poke,
  log,
}: {
  db: Db;
  files: Pick<FileStore, 'remove'>;
  engine: Pick<LetterEngine, 'runningAmong'>;
  days: RetentionDays;
  poke: () => void;
  log: Logger;
}): Retention => {
  /** False: it is not over with the letter, or was over before. */
  const eraseNow = async (
    letterId: string,
    { actor, why }: { actor: Actor; why: string },
  ): Promise<number | undefined> => {
    const storageKeys = await db.begin(async (tx) => {
      const letter = await lockLetter(tx, letterId);
      if (!letter || letter.erasedAt) return undefined;
      const removed = await eraseLetter(tx, letterId);
      if (removed)
        await addAuditEntry(tx, {
          letterId,
          actor,
          action: 'erased',
          details: { why, files: removed.length },
        });
      return removed;
    });
    // One that stays is named by no letter any more, and goes with the sweep.
    for (const storageKey of storageKeys ?? [])
      await files.remove(storageKey).catch((error: unknown) => {
        log.warn({ err: error, letterId }, 'a file of an erased letter is left for the sweep');
      });
    return storageKeys?.length;
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
    poke();
  };

  const eraseDue = async (
    signal: AbortSignal | undefined,
  ): Promise<Pick<RetentionReport, 'erased' | 'waiting'>> => {
    const report = { erased: 0, waiting: 0 };
    let after: EndedLetter | undefined;
    while (report.erased + report.waiting < MOST && !signal?.aborted) {
      const page = await listDueLetters(db, { days, limit: PAGE, ...(after && { after }) });
      const running = await engine.runningAmong(page.map(({ id }) => id));
      for (const letter of page) {
        if (signal?.aborted) break;
        const { id, settled, refusedMessages } = letter;
        if (!settled || running.has(id) || refusedMessages > 0) {
          await giveUp(letter, SCHEDULE);
          report.waiting += 1;
          continue;
        }
        const why = `retention of ${days[letter.as]} days after it was ${letter.as}`;
        if ((await eraseNow(id, { actor: SCHEDULE, why })) !== undefined) report.erased += 1;
      }
      after = page.at(-1);
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
      const running = await engine.runningAmong([letterId]);
      if (!letter.settled || running.has(letterId) || letter.refusedMessages > 0) {
        await giveUp(letter, actor);
        return { outcome: 'still_running' };
      }
      const removed = await eraseNow(letterId, { actor, why });
      return removed === undefined
        ? { outcome: 'erased_before' }
        : { outcome: 'erased', files: removed };
    },

    async runWhenDue(signal) {
      if (!(await isRetentionDue(db))) return;
      const report = await run(signal);
      if (Object.values(report).some((count) => count > 0))
        log.info({ ...report }, 'erased what its time was over for');
    },
  };
};
