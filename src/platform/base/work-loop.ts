export interface WorkLoop {
  start(): void;
  stop(): Promise<void>;
}

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
