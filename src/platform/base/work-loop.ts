/** Work of a process that is done one piece after the other, and waited for when there is none. */
export interface WorkLoop {
  start(): void;
  /** Ends after the piece that is under way. */
  stop(): Promise<void>;
}

/**
 * @param options.work does what there is; true: there may be more at once
 * @param options.idleMs how long it is left alone when there was none, or it failed
 */
export const createWorkLoop = ({
  work,
  idleMs,
  onError,
}: {
  work: () => Promise<boolean>;
  idleMs: number;
  onError: (error: unknown) => void;
}): WorkLoop => {
  let stopped = false;
  let running: Promise<void> | undefined;
  let wake: () => void = () => {};

  const run = async (): Promise<void> => {
    while (!stopped) {
      let more = false;
      try {
        more = await work();
      } catch (error) {
        onError(error);
      }
      if (more || stopped) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, idleMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
};
