/** The engine's clock may be ahead of the record's. */
const MIN_WAIT_MS = 1_000;
const MOST_DOUBLINGS = 6;

export interface Patience {
  left(at: string): number;
  asked(at: string): void;
}

export const createPatience = (): Patience => {
  let last: string | undefined;
  let times = 0;
  return {
    left: (at) =>
      Math.max(
        Date.parse(at) - Date.now(),
        at === last ? MIN_WAIT_MS * 2 ** Math.min(times, MOST_DOUBLINGS) : MIN_WAIT_MS,
      ),
    asked(at) {
      times = at === last ? times + 1 : 1;
      last = at;
    },
  };
};
