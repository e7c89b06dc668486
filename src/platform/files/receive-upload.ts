/** An upload lies in the clear on the local disk while it is judged, whatever the store. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AnyVerdict, Stored, StoreResult, Upload } from './file-store.ts';
import { isStorageKey, makeFolder, namesIn, writtenAt } from './store-folder.ts';

export interface UploadParts {
  incoming: string;
  store: (content: Readable, bytes: number) => Promise<Pick<Stored, 'storageKey' | 'key'>>;
}

export const receiveUpload = async <Verdict extends AnyVerdict>(
  { incoming, store }: UploadParts,
  stream: NodeJS.ReadableStream,
  { maxBytes, judge }: { maxBytes: number; judge?: (upload: Upload) => Promise<Verdict> },
): Promise<StoreResult<Verdict>> => {
  // Before the first await: an error without a listener would end the process.
  stream.on('error', () => undefined);
  const upload = path.join(incoming, randomUUID());
  try {
    await makeFolder(incoming);
    const written = await writeUpload({ stream, target: upload, maxBytes });
    if (!written.ok) return written;
    const { bytes, sha256 } = written;
    const judged: AnyVerdict = (await judge?.({ path: upload, bytes, sha256 })) ?? { ok: true };
    if (!judged.ok) {
      const verdict = judged as Exclude<Verdict, { ok: true }>;
      return { ok: false, problem: 'refused', verdict, sha256 };
    }
    const verdict = judged as Extract<Verdict, { ok: true }>;
    if (judged.jpeg)
      return { ...(await storeBytes(store, Buffer.from(judged.jpeg))), ok: true, verdict };
    const stored = await store(createReadStream(upload), bytes);
    return { ...stored, ok: true, verdict, bytes, sha256 };
  } finally {
    // A multipart parser waits until the file is read to its end.
    stream.resume();
    await rm(upload, { force: true });
  }
};

export const storeBytes = async (store: UploadParts['store'], bytes: Buffer): Promise<Stored> => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const stored = await store(Readable.from([bytes]), bytes.length);
  return { ...stored, bytes: bytes.length, sha256 };
};

export const removeLeftovers = async (incoming: string, olderThanMs: number): Promise<number> => {
  let removed = 0;
  for (const name of await namesIn(incoming)) {
    const place = path.join(incoming, name);
    const at = isStorageKey(name) ? await writtenAt(place) : undefined;
    if (!at || at.getTime() > Date.now() - olderThanMs) continue;
    await rm(place, { force: true });
    removed += 1;
  }
  return removed;
};

export const checkWritable = async (incoming: string): Promise<void> => {
  const probe = path.join(incoming, randomUUID());
  await makeFolder(incoming);
  try {
    await writeFile(probe, 'ok', { flag: 'wx', mode: 0o600 });
  } finally {
    await rm(probe, { force: true });
  }
};

const writeUpload = async ({
  stream,
  target,
  maxBytes,
}: {
  stream: NodeJS.ReadableStream;
  target: string;
  maxBytes: number;
}): Promise<
  { ok: true; bytes: number; sha256: string } | { ok: false; problem: 'too_big' | 'empty' }
> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(target, 'wx', 0o600);
  try {
    await pipeline(stream, async (source: AsyncIterable<Buffer | string>) => {
      for await (const piece of source) {
        const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
        bytes += chunk.length;
        if (bytes > 2 * maxBytes) throw new TooMuchError();
        if (bytes > maxBytes) continue;
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    });
    // A multipart parser with its own limit ends the stream early and sets `truncated`.
    const isCut = 'truncated' in stream && stream.truncated === true;
    if (bytes > maxBytes || isCut) return { ok: false, problem: 'too_big' };
    if (bytes === 0) return { ok: false, problem: 'empty' };
    return { ok: true, bytes, sha256: hash.digest('hex') };
  } catch (error) {
    if (error instanceof TooMuchError) return { ok: false, problem: 'too_big' };
    throw error;
  } finally {
    await file.close();
  }
};

class TooMuchError extends Error {}
