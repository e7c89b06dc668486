/**
 * A body may take as long as it needs while it moves. A stalled one is ended, and so is a slow one
 * beyond what one address may have open at a time.
 */
import type { Readable } from 'node:stream';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../env.ts';

export interface Pace {
  windowMs: number;
  leastBytes: number;
  slowAfterMs: number;
  slowPerAddress: number;
}

export const PACE: Pace = {
  windowMs: 30_000,
  leastBytes: 4 * 1024,
  slowAfterMs: 60_000,
  slowPerAddress: 24,
};

export type WatchPace = (
  watched: { body: Readable; bytes: () => number; address: string },
  onStall: () => void,
) => { stop(): void };

export const createPaceWatch = (pace: Pace = PACE): WatchPace => {
  const slow = new Map<string, number>();
  const count = (address: string, by: 1 | -1): number => {
    const open = (slow.get(address) ?? 0) + by;
    if (open === 0) slow.delete(address);
    else slow.set(address, open);
    return open;
  };

  return ({ body, bytes, address }, onStall) => {
    let isSlow = false;
    let before = 0;
    const look = setInterval(() => {
      const moved = bytes() - before;
      before = bytes();
      // A reader that has no time for more is no fault of the line.
      if (moved < pace.leastBytes && !body.isPaused() && !body.readableEnded) stall();
    }, pace.windowMs);
    const turnSlow = setTimeout(() => {
      isSlow = true;
      if (count(address, 1) > pace.slowPerAddress) stall();
    }, pace.slowAfterMs);
    const stop = (): void => {
      clearInterval(look);
      clearTimeout(turnSlow);
      if (isSlow) count(address, -1);
      isSlow = false;
    };
    const stall = (): void => {
      stop();
      onStall();
    };
    return { stop };
  };
};

/** Closes the connection instead of waiting for the rest of an abandoned body. */
export const closeStalled = createMiddleware<AppEnv>(async (c: Context<AppEnv>, next) => {
  await next();
  if (c.res.status === 408) c.header('connection', 'close');
});
