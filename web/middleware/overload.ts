import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { AppEnv } from '../env.ts';

const EXEMPT = /^\/(health|assets)\//;
const RETRY_AFTER_SECONDS = '2';

/**
 * Refuses a request while `most` others are in work, so that those are answered in time. One whose
 * body is still coming waits for its sender and is not counted.
 */
export const overload = (most: number) => {
  let inWork = 0;
  return createMiddleware<AppEnv>(async (c, next) => {
    if (EXEMPT.test(c.req.path)) return next();
    if (inWork >= most)
      throw new DomainError('unavailable', { stored: 'no', seconds: RETRY_AFTER_SECONDS });
    let isCounted = false;
    const count = (): void => {
      isCounted = true;
      inWork += 1;
    };
    const body = bodyOf(c);
    if (body) body.once('end', count);
    else count();
    try {
      await next();
    } finally {
      body?.removeListener('end', count);
      if (isCounted) inWork -= 1;
    }
  });
};

/** Undefined: nothing of it is still to come, or nobody will read it. */
const bodyOf = ({ req, env }: Context<AppEnv>) => {
  const isRead = req.method !== 'GET' && req.method !== 'HEAD';
  const length = req.header('content-length') ?? req.header('transfer-encoding') ?? '0';
  const incoming = isRead && length !== '0' ? env?.incoming : undefined;
  return incoming?.readableEnded === false ? incoming : undefined;
};
