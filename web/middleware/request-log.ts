import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { AccountEnv, ApplicantEnv, AppEnv, StaffEnv, WebLog, WebMeter } from '../env.ts';

type Known = Partial<
  AppEnv['Variables'] & ApplicantEnv['Variables'] & StaffEnv['Variables'] & AccountEnv['Variables']
>;

export const whoAsks = ({ applicant, staff, account, keyId }: Known): Record<string, string> => {
  const member = staff ?? account?.staff;
  return {
    ...(applicant && { applicantId: applicant.id }),
    ...(member && { staffId: member.id }),
    ...(keyId !== undefined && { keyId }),
  };
};

export const routeOf = (c: Context<AppEnv>): string =>
  matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? 'unknown';

/**
 * One line per request: route pattern and id of the requester; never the address, a body, a mobile
 * or a code.
 */
export const requestLog = (log: WebLog, meter?: WebMeter) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const started = performance.now();
    c.set('requestId', crypto.randomUUID());
    await next();
    c.res.headers.set('x-request-id', c.var.requestId);
    const { method } = c.req;
    const { status } = c.res;
    const route = routeOf(c);
    const ms = performance.now() - started;
    meter?.request({ method, route, status, seconds: ms / 1_000 });
    log.info(
      {
        requestId: c.var.requestId,
        method,
        route,
        status,
        ...whoAsks(c.var),
        ms: Math.round(ms),
      },
      'request',
    );
  });
