import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { listenError } from '../../../platform/base/listen-error.ts';
import type { Metrics } from './metrics.ts';

const REQUEST_MS = 10_000;

export interface MetricsServer {
  stop(): Promise<void>;
}

const plain = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

const SETTINGS = {
  host: 'METRICS_HOST',
  port: 'METRICS_PORT',
  advice: ', another for each process of this machine',
};

export const startMetricsServer = async (
  metrics: Pick<Metrics, 'contentType' | 'text'>,
  {
    host,
    port,
    log,
  }: {
    host: string;
    port: number;
    log: { warn(fields: object, message: string): void };
  },
): Promise<MetricsServer> => {
  const server = createServer(
    { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS },
    (request, response) => {
      response.setHeader('cache-control', 'no-store');
      response.setHeader('x-content-type-options', 'nosniff');
      if (request.url?.split('?')[0] !== '/metrics') return plain(response, 404, 'not found');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        return plain(response, 405, 'method not allowed');
      }
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        (error: unknown) => {
          log.warn({ err: error }, 'metrics not written');
          plain(response, 500, 'error');
        },
      );
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenError(error, { host, port, settings: SETTINGS })),
    );
    server.listen(port, host, resolve);
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
