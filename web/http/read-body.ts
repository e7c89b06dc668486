import { Readable } from 'node:stream';
import { HTTPException } from 'hono/http-exception';
import { createPaceWatch, type WatchPace } from './body-pace.ts';
import type { PostContext } from './form-reader.ts';
import { readUnhurried } from '../middleware/deadline.ts';

type Outcome = 'whole' | 'cut' | 'too_big' | 'stalled';

const STATUS = { cut: 400, stalled: 408, too_big: 413 } as const;

/**
 * Drains what exceeds `maxBytes`, so that the answer reaches the sender.
 * @throws HTTPException 413 too long, 408 stalled, 400 cut
 */
export const readBody = (
  c: PostContext,
  maxBytes: number,
  watchPace: WatchPace = createPaceWatch(),
): Promise<Buffer> => readUnhurried(c, () => readBytes(c, maxBytes, watchPace));

const readBytes = async (
  c: PostContext,
  maxBytes: number,
  watchPace: WatchPace,
): Promise<Buffer> => {
  const sent = c.req.raw.body;
  // Tests call the app without a server.
  const body: Readable = c.env?.incoming ?? (sent ? Readable.fromWeb(sent) : Readable.from([]));
  const chunks: Buffer[] = [];
  let bytes = 0;
  let pace: ReturnType<WatchPace> | undefined;
  const outcome = await new Promise<Outcome>((resolve) => {
    const address = c.env?.incoming?.socket?.remoteAddress ?? '';
    pace = watchPace({ body, bytes: () => bytes, address }, () => resolve('stalled'));
    body.on('error', () => resolve('cut'));
    body.on('end', () => resolve('whole'));
    body.on('close', () => {
      if (!body.readableEnded) resolve('cut');
    });
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) resolve('too_big');
      else chunks.push(chunk);
    });
    if (body.destroyed && !body.readableEnded) resolve('cut');
  });
  pace?.stop();
  if (outcome === 'whole') return Buffer.concat(chunks);
  throw new HTTPException(STATUS[outcome]);
};
