/**
 * Callers that come while `work` runs share that run, and those within `freshMs` after it share its
 * result. A failure is not kept.
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
