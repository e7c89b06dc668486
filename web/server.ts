import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { listenError } from '../src/domain/listen-error.ts';
import type { AppEnv } from './env.ts';

const HEADERS_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 120_000;
const IDLE_SWEEP_MS = 50;
const STOP_TIMEOUT_MS = 15_000;

export interface WebServer {
  /** Takes no new request, waits for those in flight (at most 15 s), then closes. */
  stop(): Promise<void>;
}

const SETTINGS = { host: 'HOST', port: 'PORT' };

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
      reject(listenError(error, { host, port, settings: SETTINGS })),
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
