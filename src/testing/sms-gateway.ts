/** An SMS gateway of our own over real HTTP that can also go wrong in every way we know of. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSmsReceipts, type SmsReceipts } from './sms-receipts.ts';

export interface ReceivedSms {
  id: string;
  to: string;
  kind: string;
  text: string;
  params: Record<string, string>;
  at: Date;
  idempotencyKey: string;
  headers: Record<string, string | string[] | undefined>;
  /** A person would have got it, whatever was answered. */
  taken: boolean;
}

export type SmsGatewayMode =
  | 'ok'
  /** 503 to everything. */
  | 'down'
  /** Takes the message, then cuts the connection without an answer. */
  | 'reset-after-accept'
  /** Takes the message, then answers 500. */
  | 'accept-then-500'
  /** Takes the message and answers 200 with something that is no JSON. */
  | 'wrong-body'
  /** Takes the message and answers after so many milliseconds. */
  | { slow: number }
  /** Takes nothing and answers this status. */
  | { status: number; headers?: Record<string, string> };

export interface StubSmsGateway {
  /** For `SMS_URL`: `webhook+http://127.0.0.1:…/messages`. */
  url: string;
  /** Every well-formed request, taken or not, oldest first. */
  received: ReceivedSms[];
  /** How many times a message was taken, by idempotency key: a person would have got so many. */
  accepted: Map<string, number>;
  /** Sends none until it is told where to. */
  receipts: SmsReceipts;
  setMode(mode: SmsGatewayMode): void;
  stop(): Promise<void>;
}

/** @param options.port 0 (the default): any free one; always on loopback */
export const startSmsGateway = async ({ port = 0 } = {}): Promise<StubSmsGateway> => {
  let mode: SmsGatewayMode = 'ok';
  const received: ReceivedSms[] = [];
  const accepted = new Map<string, number>();
  const receipts = createSmsReceipts();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const current = mode;
    const message = await readMessage(request);
    if (!message) return send(response, 400, { error: 'not a message' });
    received.push(message);
    if (current === 'down') return send(response, 503, {});
    if (typeof current === 'object' && 'status' in current)
      return send(response, current.status, {}, current.headers);
    message.taken = true;
    accepted.set(message.idempotencyKey, (accepted.get(message.idempotencyKey) ?? 0) + 1);
    receipts.taken(message.id);
    if (typeof current === 'object') await sleep(current.slow);
    if (current === 'reset-after-accept') {
      request.socket.destroy();
      return undefined;
    }
    if (current === 'accept-then-500') return send(response, 500, {});
    if (current === 'wrong-body') {
      response.end('<html>thank you</html>');
      return undefined;
    }
    return send(response, 200, { messageId: `stub-${message.id}` });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `webhook+http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`,
    received,
    accepted,
    receipts,
    setMode(next) {
      mode = next;
    },
    async stop() {
      receipts.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const send = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): undefined => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

/** Undefined: not what the contract of the webhook gateway says. */
const readMessage = async (asked: IncomingMessage): Promise<ReceivedSms | undefined> => {
  const idempotencyKey = asked.headers['idempotency-key'];
  const body = await text(asked);
  if (asked.method !== 'POST' || typeof idempotencyKey !== 'string') return undefined;
  try {
    const { id, to, kind, text, params } = JSON.parse(body) as ReceivedSms;
    const isWhole = [id, to, kind, text].every((value) => typeof value === 'string' && value);
    if (!isWhole || typeof params !== 'object' || id !== idempotencyKey) return undefined;
    const { headers } = asked;
    const request = { at: new Date(), idempotencyKey, headers, taken: false };
    return { id, to, kind, text, params, ...request };
  } catch {
    return undefined;
  }
};
