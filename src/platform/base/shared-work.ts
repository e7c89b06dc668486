/**
 * Concurrent callers share one run of `work`, and later ones its result for `freshMs`. Failures are
 * not cached.
 */
export const shareWork = <Result>(
  freshMs: number,
  work: () => Promise<Result>,
): (() => Promise<Result>) => {
  let fresh: { result: Result; at: number } | undefined;
  let running: Promise<Result> | undefined;
  const run = async (): Promise<Result> => {
    try {
      const result = await work();
      fresh = { result, at: performance.now() };
      return result;
    } finally {
      running = undefined;
    }
  };
  return async () => {
    if (fresh && performance.now() - fresh.at < freshMs) return fresh.result;
    return (running ??= run());
  };
};
