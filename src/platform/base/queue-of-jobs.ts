import { DomainError } from './errors.ts';

/**
 * FIFO with at most `atOnce` running and `waiting` queued.
 * @throws DomainError unavailable when the queue is full
 */
export const createTurns = ({
  atOnce,
  waiting,
}: {
  atOnce: number;
  waiting: number;
}): (<Result>(job: () => Promise<Result>) => Promise<Result>) => {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    if (running < atOnce) running += 1;
    else if (queue.length >= waiting) throw new DomainError('unavailable', { seconds: '5' });
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await job();
    } finally {
      // The turn is handed on, or given back.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
};
