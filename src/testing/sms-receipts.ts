/**
 * The part of the test gateway that tells how its messages fared: signed delivery receipts, sent
 * until they are answered, and in every wrong way that we know of.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export type ReceiptsMode =
  | 'plain'
  /** Each five times, at once. */
  | 'repeated'
  /** The last word first, and both in one body. */
  | 'reversed'
  /** After some seconds. */
  | 'late'
  /** Beside the true ones some that say the opposite, unsigned or signed by somebody else. */
  | 'forged'
  /** The same requests again, and some that were signed a day ago and say the opposite. */
  | 'replayed'
  /** Beside the true ones some of messages that nobody sent. */
  | 'unknown';

export const RECEIPTS_MODES = [
  'repeated',
  'reversed',
  'late',
  'forged',
  'replayed',
  'unknown',
] as const satisfies readonly ReceiptsMode[];

type Fate = 'delivered' | 'failed';

export interface SmsReceipts {
  /** Starts to tell; messages taken before are not told of. */
  sendTo(target: { url: string; secret: string }): void;
  setMode(mode: ReceiptsMode): void;
  /** What a phone got, by id of the message: what every receipt in the end comes to. */
  fates: Map<string, Fate>;
  /** Answers that no gateway should get, each in a line. */
  surprises: string[];
  /** How often each status was answered. */
  tally: Map<string, number>;
  /** Requests that were not answered yet. */
  underWay(): number;
}

const DAY_SECONDS = 24 * 3600;
const RETRY_MS = 500;
const ANSWER_WITHIN_MS = 20_000;

interface Request {
  body: string;
  headers: Record<string, string>;
}

export const createSmsReceipts = (): SmsReceipts & {
  taken(id: string): void;
  stop(): void;
} => {
  const fates = new Map<string, Fate>();
  const surprises: string[] = [];
  const tally = new Map<string, number>();
  const stopped = new AbortController();
  // Each request waits on it.
  setMaxListeners(0, stopped.signal);
  let target: { url: string; secret: string } | undefined;
  let mode: ReceiptsMode = 'plain';
  let open = 0;

  const sign = (
    receipts: object,
    { secret = target?.secret ?? '', ageSeconds = 0 } = {},
  ): Request => {
    const body = JSON.stringify(receipts);
    const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds);
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    return {
      body,
      headers: { 'x-signature-timestamp': timestamp, 'x-signature': `sha256=${signature}` },
    };
  };

  const ask = async ({ body, headers }: Request): Promise<number | undefined> => {
    try {
      const response = await fetch(target?.url ?? '', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return undefined;
    }
  };

  /** Until there is an answer that is not "later". */
  const send = async (what: string, request: Request, expected: number): Promise<void> => {
    open += 1;
    try {
      while (!stopped.signal.aborted) {
        const status = await ask(request);
        const name = String(status ?? 'cut');
        tally.set(name, (tally.get(name) ?? 0) + 1);
        if (status !== undefined && status !== 503) {
          if (status !== expected)
            surprises.push(`${what} was answered ${status} instead of ${expected}`);
          return;
        }
        await sleep(RETRY_MS, undefined, { signal: stopped.signal });
      }
    } finally {
      open -= 1;
    }
  };

  const at = (): string => new Date().toISOString();
  const opposite = (fate: Fate): Fate => (fate === 'delivered' ? 'failed' : 'delivered');

  const tell = async (id: string, fate: Fate, how: ReceiptsMode): Promise<void> => {
    const sent = { id, messageId: `stub-${id}`, status: 'sent', at: at() };
    const last = { id, messageId: `stub-${id}`, status: fate, at: at(), reason: 'stub' };
    const lie = { ...last, status: opposite(fate) };
    if (how === 'reversed') {
      await send('a last receipt', sign(last), 200);
      await send('a pair of receipts', sign([last, sent]), 200);
      return send('a late first receipt', sign(sent), 200);
    }
    if (how === 'late')
      await sleep(2_000 + (id.codePointAt(0) ?? 0) * 50, undefined, { signal: stopped.signal });
    if (how === 'forged') {
      await send('a receipt signed by somebody else', sign(lie, { secret: randomUUID() }), 401);
      await send('an unsigned receipt', { ...sign(lie), headers: {} }, 401);
    }
    if (how === 'unknown')
      await send('a receipt of nobody', sign({ ...lie, id: randomUUID() }), 202);
    const times = how === 'repeated' ? 5 : 1;
    for (const receipt of [sent, last]) {
      const request = sign(receipt);
      await Promise.all(Array.from({ length: times }, () => send('a receipt', request, 200)));
      if (how === 'replayed') await send('a receipt once more', request, 200);
    }
    if (how === 'replayed')
      await send('a receipt of yesterday', sign(lie, { ageSeconds: DAY_SECONDS }), 200);
    return undefined;
  };

  return {
    fates,
    surprises,
    tally,
    sendTo(next) {
      target = next;
    },
    setMode(next) {
      mode = next;
    },
    underWay: () => open,
    /** The same message has the same fate, however often it comes. */
    taken(id) {
      if (!target) return;
      const fate = (createHash('sha256').update(id).digest()[0] ?? 0) < 32 ? 'failed' : 'delivered';
      fates.set(id, fate);
      open += 1;
      tell(id, fate, mode)
        // Stopped.
        .catch(() => undefined)
        .finally(() => {
          open -= 1;
        });
    },
    stop: () => stopped.abort(),
  };
};
