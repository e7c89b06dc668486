import type { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../env.ts';
import { errorPage } from '../system/error-handler.tsx';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export const methodsAt = ({ router }: Pick<Hono, 'router'>, path: string): string[] =>
  METHODS.filter((method) =>
    router.match(method, path)[0].some(([[, route]]) => route.method !== 'ALL'),
  ).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));

/** Answers 405 for a known path. Must precede the guards of sessions and forms. */
export const allowedMethods = (app: Pick<Hono, 'router'>) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const allowed = methodsAt(app, c.req.path);
    if (allowed.length === 0 || allowed.includes(c.req.method)) return next();
    c.header('allow', allowed.join(', '));
    return errorPage(c, { status: 405, kind: 'unsupported' });
  });
