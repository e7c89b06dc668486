/**
 * Files on a disk, each encrypted with its own key. A file's place comes from a random UUID, never
 * from user input. Uploads are in clear only in `incoming/`, while they are checked.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { flushFolder } from '../base/flush-folder.ts';
import { encryptFile, KEY_BYTES, piecesOf, readThrough } from './file-encryption.ts';
import type { StoredAt } from './file-encryption.ts';
import {
  foldersAbove,
  incomingIn,
  isStorageKey,
  makeFolder,
  namesIn,
  parseRoot,
  placeIn,
  storageKeysIn,
  writeInPlace,
  writtenAt,
} from './store-folder.ts';

export interface Stored {
  storageKey: string;
  bytes: number;
  sha256: string;
  key: string;
}

export interface Upload {
  path: string;
  bytes: number;
  sha256: string;
}

export type StoreResult<Verdict> =
  | ({ ok: true; verdict: Extract<Verdict, { ok: true }> } & Stored)
  | { ok: false; problem: 'too_big' | 'empty' }
  | {
      ok: false;
      problem: 'refused';
      verdict: Exclude<Verdict, { ok: true }>;
      sha256: string;
    };

export interface FileContent {
  bytes: number;
  pieces(): AsyncGenerator<Buffer>;
}

/** `jpeg` is stored instead of the upload. */
type AnyVerdict = { ok: true; jpeg?: Uint8Array } | { ok: false };

export interface FileStore {
  /**
   * Reads `stream` to its end. Up to `maxBytes` more are read and dropped, so that a browser gets to
   * see the answer; beyond that the stream is destroyed.
   * @param judge only an upload that it finds `ok` is stored
   * @throws the error of the stream or of `judge`
   */
  receive<Verdict extends AnyVerdict = AnyVerdict>(
    stream: NodeJS.ReadableStream,
    limits: { maxBytes: number; judge?: (upload: Upload) => Promise<Verdict> },
  ): Promise<StoreResult<Verdict>>;
  write(bytes: Buffer): Promise<Stored>;
  /** @throws when the file is missing, cannot be decrypted, or has another SHA-256 */
  read(file: StoredAt): Promise<Buffer>;
  /**
   * Streams: the file is verified once before this resolves, and again while it is sent.
   * @throws as `read`
   */
  open(file: StoredAt): Promise<FileContent>;
  remove(storageKey: string): Promise<void>;
  list(digit: string): Promise<string[]>;
  storedAt(storageKey: string): Promise<Date | undefined>;
  removeLeftovers(olderThanMs: number): Promise<number>;
  check(): Promise<void>;
}

/**
 * @param url `file:/absolute/path`; the folder is created when it is first needed
 * @throws OperatorError when the URL names no absolute path
 */
export const createFileStore = (url: string): FileStore => {
  const root = parseRoot(url);
  return {
    receive: (stream, limits) => receiveUpload(root, stream, limits),
    write: (bytes) => storeBytes(root, bytes),
    async read(file) {
      const pieces: Buffer[] = [];
      await readThrough(placeIn(root, file.storageKey), file, (piece) => pieces.push(piece));
      return Buffer.concat(pieces);
    },
    async open(file) {
      const place = placeIn(root, file.storageKey);
      const bytes = await readThrough(place, file);
      return { bytes, pieces: () => piecesOf(place, file) };
    },
    async remove(storageKey) {
      await rm(placeIn(root, storageKey), { force: true });
    },
    async list(digit) {
      const keys: string[] = [];
      for await (const key of storageKeysIn(root, digit)) keys.push(key);
      return keys;
    },
    storedAt: async (storageKey) => writtenAt(placeIn(root, storageKey)),
    removeLeftovers: (olderThanMs) => removeLeftovers(incomingIn(root), olderThanMs),
    check: () => checkWritable(incomingIn(root)),
  };
};

const receiveUpload = async <Verdict extends AnyVerdict>(
  root: string,
  stream: NodeJS.ReadableStream,
  { maxBytes, judge }: { maxBytes: number; judge?: (upload: Upload) => Promise<Verdict> },
): Promise<StoreResult<Verdict>> => {
  // Before the first await: an error without a listener would end the process.
  stream.on('error', () => undefined);
  const upload = path.join(incomingIn(root), randomUUID());
  try {
    await makeFolder(incomingIn(root));
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
      return { ...(await storeBytes(root, Buffer.from(judged.jpeg))), ok: true, verdict };
    return { ...(await store(root, createReadStream(upload))), ok: true, verdict, bytes, sha256 };
  } finally {
    // A multipart parser waits until the file is read to its end.
    stream.resume();
    await rm(upload, { force: true });
  }
};

const storeBytes = async (root: string, bytes: Buffer): Promise<Stored> => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...(await store(root, Readable.from([bytes]))), bytes: bytes.length, sha256 };
};

// Durable before it has a name: the bytes and every folder on the way are flushed.
const store = async (
  root: string,
  content: Readable,
): Promise<Pick<Stored, 'storageKey' | 'key'>> => {
  const storageKey = randomUUID();
  const place = placeIn(root, storageKey);
  const key = randomBytes(KEY_BYTES);
  try {
    await writeInPlace(root, place, encryptFile(content, key, storageKey));
    for (const changed of foldersAbove(root, place)) await flushFolder(changed);
    return { storageKey, key: key.toString('base64url') };
  } catch (error) {
    await rm(place, { force: true });
    throw error;
  }
};

const removeLeftovers = async (incoming: string, olderThanMs: number): Promise<number> => {
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

const checkWritable = async (incoming: string): Promise<void> => {
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

const AWAY_CODES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ESTALE']);

/** The disk is full, read-only or failing: no fault of the upload. */
export const isStoreAway = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && AWAY_CODES.has(String(error.code));
