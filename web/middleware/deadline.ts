import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { AppEnv } from '../env.ts';

export const ANSWER_WITHIN_MS = 10_000;

interface Deadline {
  start(): void;
  stop(): void;
}

const deadlines = new WeakMap<Request, Deadline>();

/**
 * Answers "not received" to a request that takes too long. The work goes on: it may still be
 * stored.
 */
export const deadline = (withinMs: number) =>
  createMiddleware<AppEnv>(async (c, next) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadlines.set(c.req.raw, {
        start() {
          clearTimeout(timer);
          timer = setTimeout(() => reject(new DomainError('unavailable')), withinMs);
        },
        stop: () => clearTimeout(timer),
      });
    });
    deadlines.get(c.req.raw)?.start();
    try {
      await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
      // An error page may read the body afterwards, which begins nothing anew.
      deadlines.delete(c.req.raw);
    }
  });

/** A body takes as long as its line does: the deadline starts when it has been read. */
export const readUnhurried = async <T>(
  { req }: { req: Pick<Context['req'], 'raw'> },
  read: () => Promise<T>,
): Promise<T> => {
  const running = deadlines.get(req.raw);
  running?.stop();
  try {
    return await read();
  } finally {
    running?.start();
  }
};
