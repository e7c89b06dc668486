import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** `look` until it finds something or `waitMs` are up. */
export const waitFor = async <Found>(
  waitMs: number,
  look: () => Promise<Found | undefined>,
): Promise<Found | undefined> => {
  const end = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() >= end) return found;
    await sleep(LOOK_EVERY_MS);
  }
};
