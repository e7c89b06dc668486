import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

interface Waiter {
  id: string;
  end: number;
  resolve: (found: boolean) => void;
  reject: (error: unknown) => void;
}

/** True once the id is found, false after `waitMs`. Looks at least once. */
export type SharedWatch = (id: string, waitMs: number) => Promise<boolean>;

export const createSharedWatch = (find: (ids: string[]) => Promise<string[]>): SharedWatch => {
  const waiters = new Set<Waiter>();
  let isLooking = false;

  const look = async (): Promise<void> => {
    const asked = [...waiters];
    try {
      const found = new Set(await find([...new Set(asked.map(({ id }) => id))]));
      for (const waiter of asked) {
        if (!found.has(waiter.id) && Date.now() < waiter.end) continue;
        waiters.delete(waiter);
        waiter.resolve(found.has(waiter.id));
      }
    } catch (error) {
      for (const waiter of asked) {
        waiters.delete(waiter);
        waiter.reject(error);
      }
    }
  };

  const lookUntilFound = async (): Promise<void> => {
    isLooking = true;
    while (waiters.size > 0) {
      await look();
      if (waiters.size > 0) await sleep(LOOK_EVERY_MS);
    }
    isLooking = false;
  };

  return (id, waitMs) =>
    new Promise((resolve, reject) => {
      waiters.add({ id, end: Date.now() + waitMs, resolve, reject });
      if (!isLooking) void lookUntilFound();
    });
};
