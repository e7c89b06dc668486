/** The engine's clock may be ahead of the record's. */
const MIN_WAIT_MS = 1_000;
const MOST_DOUBLINGS = 6;

export interface Patience {
  /** Milliseconds until the record is to be asked about this instant. */
  left(at: string): number;
  /** It was asked about it: should it answer the same instant, it is asked more and more seldom. */
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
