import { setTimeout as sleep } from 'node:timers/promises';

/** What `look` finds, as soon as it finds something that is not false, null or undefined. */
export const until = async <Found>(
  look: () => Promise<Found | undefined | null | false>,
  ms = 60_000,
): Promise<Found> => {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`it did not come to pass within ${ms} ms`);
    await sleep(50);
  }
};
