import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { OperatorError } from '../src/domain/errors.ts';
import type { AppEnv } from './env.ts';

const HEADERS_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 120_000;
const IDLE_SWEEP_MS = 50;
const STOP_TIMEOUT_MS = 15_000;

export interface WebServer {
  /** Takes no new request, waits for those in flight (at most 15 s), then closes. */
  stop(): Promise<void>;
}

const listenProblem = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  switch (error.code) {
    case 'EADDRINUSE':
      return new OperatorError(
        `Port ${port} on ${host} is taken by another program; set PORT to a free one`,
        error,
      );
    case 'EACCES':
      return new OperatorError(
        `Port ${port} may not be used by this user; set PORT above 1023`,
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new OperatorError(`HOST ${host} is not an address of this machine`, error);
    default:
      return error;
  }
};

/** Resolves when the desk answers. @throws OperatorError when host or port cannot be had */
export const startWebServer = async (
  app: Hono<AppEnv>,
  { host, port }: { host: string; port: number },
): Promise<WebServer> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenProblem(error, host, port)),
    );
    server.listen(port, host, resolve);
  });

  return {
    stop: () =>
      new Promise((resolve, reject) => {
        // A kept-alive connection turns idle when its answer is out; then it is closed too.
        const sweep = setInterval(() => {
          if ('closeIdleConnections' in server) server.closeIdleConnections();
        }, IDLE_SWEEP_MS);
        const giveUp = setTimeout(() => {
          if ('closeAllConnections' in server) server.closeAllConnections();
        }, STOP_TIMEOUT_MS);
        server.close((error) => {
          clearInterval(sweep);
          clearTimeout(giveUp);
          if (error) reject(error);
          else resolve();
        });
      }),
  };
};
