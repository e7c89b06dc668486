import type { Logger } from '../platform/base/logger.ts';

/**
 * Stops in order on SIGTERM, SIGINT or the loss of the supervisor. `stop` runs once; a second
 * signal does not wait for it.
 */
export const onShutdown = (log: Logger, stop: () => Promise<void>): void => {
  let stopping = false;
  const end = (why: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ why }, 'stopping');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('disconnect', () => end('supervisor gone'));
};

export const reportReady = (): void => {
  process.send?.('ready');
};

export const reportProgress = (doing: string): void => {
  process.send?.({ doing });
};
