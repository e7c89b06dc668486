/** Another system that is told by webhooks, over real HTTP, and can go wrong. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ToldWebhook {
  headers: IncomingHttpHeaders;
  body: string;
}

export type ReceiverMode =
  | { status: number; headers?: Record<string, string> }
  /** Takes the request and answers nothing. */
  | 'silent'
  /** Takes the request and cuts the connection. */
  | 'cut';

export interface WebhookReceiver {
  url: string;
  /** Every request, oldest first. */
  told: ToldWebhook[];
  setMode(mode: ReceiverMode): void;
  stop(): Promise<void>;
}

export const startWebhookReceiver = async ({ port = 0 } = {}): Promise<WebhookReceiver> => {
  let mode: ReceiverMode = { status: 204 };
  const told: ToldWebhook[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      told.push({ headers: request.headers, body });
      if (mode === 'silent') return;
      if (mode === 'cut') request.socket.destroy();
      else response.writeHead(mode.status, mode.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`,
    told,
    setMode(next) {
      mode = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
