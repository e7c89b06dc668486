import { Readable } from 'node:stream';
import { HTTPException } from 'hono/http-exception';
import type { PostContext } from './form-reader.ts';

/**
 * The bytes as they came, for what is signed. What is too much is read on and dropped, so that the
 * answer reaches who sent it.
 * @throws HTTPException 413 when there are more than `maxBytes`, 400 when the body was cut
 */
export const readBody = async (c: PostContext, maxBytes: number): Promise<Buffer> => {
  const sent = c.req.raw.body;
  // Tests call the app without a server.
  const body: Readable = c.env?.incoming ?? (sent ? Readable.fromWeb(sent) : Readable.from([]));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) break;
      chunks.push(chunk as Buffer);
    }
  } catch {
    throw new HTTPException(400);
  }
  if (bytes <= maxBytes) return Buffer.concat(chunks);
  body.on('error', () => {});
  body.resume();
  throw new HTTPException(413);
};
