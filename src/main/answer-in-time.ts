import { isStoreAway } from '../adapters/files/file-store.ts';
import { isDatabaseAway } from '../db/client.ts';
import { DomainError } from '../domain/errors.ts';
import type { Desk } from '../usecases/desk.ts';

/** Longer than a lock is waited for; a page that comes later than this is of no use to anyone. */
export const ANSWER_WITHIN_MS = 10_000;
/** Take as long as an upload takes, or answer at once. */
const WITHOUT_LIMIT: readonly (keyof Desk)[] = ['receiveFile', 'newCaptcha', 'drawCaptcha'];

/**
 * A database or a store that is away, or does not answer, is something a person can meet: the page
 * then says "not received".
 */
export const answerInTime = (answerWithinMs: number, desk: Desk): Desk => {
  const mapped = Object.entries(desk).map(([name, act]) => [
    name,
    (...args: unknown[]) => {
      try {
        const result: unknown = (act as (...all: unknown[]) => unknown)(...args);
        if (!(result instanceof Promise)) return result;
        const unlimited = WITHOUT_LIMIT.includes(name as keyof Desk);
        return (unlimited ? result : within(answerWithinMs, result)).catch(rethrow);
      } catch (error) {
        return rethrow(error);
      }
    },
  ]);
  return Object.fromEntries(mapped) as Desk;
};

/** What is under way goes on, heard by nobody: it may still be stored. */
const within = async (ms: number, result: Promise<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DomainError('unavailable')), ms);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
};

const rethrow = (error: unknown): never => {
  throw isDatabaseAway(error) || isStoreAway(error)
    ? new DomainError('unavailable', {}, error)
    : error;
};
