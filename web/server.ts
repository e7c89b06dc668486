import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { listenError } from '../src/platform/base/listen-error.ts';
import type { AppEnv } from './env.ts';

const HEADERS_TIMEOUT_MS = 60_000;
/** A reader that takes no byte of its answer this long is cut off. */
const READER_IDLE_MS = 60_000;
const IDLE_SWEEP_MS = 50;
const STOP_TIMEOUT_MS = 15_000;

export interface WebServer {
  drain(): void;
  stop(): Promise<void>;
}

const SETTINGS = { host: 'HOST', port: 'PORT' };

export const startWebServer = async (
  app: Hono<AppEnv>,
  {
    host,
    port,
    readerIdleMs = READER_IDLE_MS,
  }: { host: string; port: number; readerIdleMs?: number },
): Promise<WebServer> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // No limit on a whole request: on a slow line a file takes minutes. `body-pace.ts` ends one that
    // stands still.
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 },
  });
  server.on('request', (_incoming: IncomingMessage, outgoing: ServerResponse) =>
    outgoing.setTimeout(readerIdleMs, () => {
      // Without unsent bytes the silence is ours: a slow upload, or events of which there are none.
      if (outgoing.socket && outgoing.socket.writableLength > 0) outgoing.socket.destroy();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenError(error, { host, port, settings: SETTINGS })),
    );
    server.listen(port, host, resolve);
  });

  let draining = false;
  server.prependListener('request', (_request: unknown, response: ServerResponse) => {
    // A proxy that reuses connections would else send into one that is closed at that moment.
    if (draining) response.setHeader('connection', 'close');
  });

  return {
    drain() {
      draining = true;
    },
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
