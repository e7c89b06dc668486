/**
 * Files on a disk, each encrypted with a key of its own (AES-256-GCM). What `receive` has answered
 * survives a power cut: the bytes and every folder on the way are flushed before. A file's place
 * comes from a random UUID, never from what a person typed, and what is not finished leaves nothing
 * behind. In clear an upload stands only in `incoming/`, while it is judged.
 *
 * A stored file is `IV (12 bytes) ‖ ciphertext ‖ tag (16)`, bound to its storage key.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import type { DecipherGCM } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../base/errors.ts';
import type { StoredFile } from './stored-file.ts';
import { flushFolder } from '../base/flush-folder.ts';

/** Two hex digits: how the folders of the store are named. */
const FOLDER = /^[0-9a-f]{2}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Stored {
  storageKey: string;
  /** Of the original. */
  bytes: number;
  /** Of the original, lower-case hex. */
  sha256: string;
  /** That it is encrypted with, base64url. */
  key: string;
}

/** Where an upload lies in clear while it is judged. */
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
      /** Of what was refused. */
      sha256: string;
    };

/** A stored file as it is sent: read from the disk piece by piece, at the pace of who takes it. */
export interface FileContent {
  /** Of the original. */
  bytes: number;
  /** Opens the file when the first piece is asked for. */
  pieces(): AsyncGenerator<Buffer>;
}

/** What `judge` says at the least. `jpeg`: is stored in the place of the upload. */
type AnyVerdict = { ok: true; jpeg?: Uint8Array } | { ok: false };

type StoredAt = Pick<StoredFile, 'storageKey' | 'sha256' | 'key'>;

export interface FileStore {
  /**
   * Reads `stream` to its end. Of a file that is too big up to as much again is read and dropped,
   * so that a browser gets to see the answer; beyond that the stream is destroyed.
   * @param judge looks at the whole upload before it is stored; one that is not `ok` is not. Left
   *   out: everything is stored
   * @throws the stream's own error, also when it ends before its end; what `judge` throws
   */
  receive<Verdict extends AnyVerdict = AnyVerdict>(
    stream: NodeJS.ReadableStream,
    limits: { maxBytes: number; judge?: (upload: Upload) => Promise<Verdict> },
  ): Promise<StoreResult<Verdict>>;
  /** Stores what the desk itself made of a file; durable like an upload when it answers. */
  write(bytes: Buffer): Promise<Stored>;
  /**
   * The original bytes.
   * @throws when the file is not there, cannot be decrypted, or is not the one with this SHA-256
   */
  read(file: StoredAt): Promise<Buffer>;
  /**
   * The same without holding the whole: the file is read through once and checked before this
   * answers, and again while it is sent.
   * @throws as `read`
   */
  open(file: StoredAt): Promise<FileContent>;
  /** No error when it is gone already. */
  remove(storageKey: string): Promise<void>;
  /**
   * Keys of the stored files that begin with `digit`, in no order. What else lies in the folder is
   * not ours and is not named.
   */
  list(digit: string): Promise<string[]>;
  /** When its last byte was written; undefined when it is not there. */
  storedAt(storageKey: string): Promise<Date | undefined>;
  /** Takes away what uploads that were cut off left, if it is older than this. */
  removeLeftovers(olderThanMs: number): Promise<number>;
  /** @throws when a file could not be written now */
  check(): Promise<void>;
}

/**
 * @param url `file:/absolute/path`; the folder is made when it is first needed
 * @throws OperatorError when the address names no place on this machine
 */
export const createFileStore = (url: string): FileStore => {
  const root = parseRoot(url);
  const incoming = path.join(root, 'incoming');

  const placeOf = (storageKey: string): string => placeIn(root, storageKey);

  /** Flushed, and only then named. */
  const keep = async (content: Readable): Promise<Pick<Stored, 'storageKey' | 'key'>> => {
    const storageKey = randomUUID();
    const place = placeOf(storageKey);
    const temporary = path.join(incoming, randomUUID());
    const key = randomBytes(KEY_BYTES);
    try {
      await makeFolder(incoming);
      await writeFlushed(temporary, encrypt(content, key, storageKey));
      const folder = path.dirname(place);
      await makeFolder(folder);
      await rename(temporary, place);
      for (const changed of [folder, path.dirname(folder), root]) await flushFolder(changed);
      return { storageKey, key: key.toString('base64url') };
    } catch (error) {
      await rm(place, { force: true });
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  };

  const keepBytes = async (bytes: Buffer): Promise<Stored> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { ...(await keep(Readable.from([bytes]))), bytes: bytes.length, sha256 };
  };

  return {
    async receive<Verdict extends AnyVerdict>(
      stream: NodeJS.ReadableStream,
      limits: { maxBytes: number; judge?: (upload: Upload) => Promise<Verdict> },
    ): Promise<StoreResult<Verdict>> {
      // Before the first await: an error that nobody listens to would end the process.
      stream.on('error', () => undefined);
      const upload = path.join(incoming, randomUUID());
      try {
        await makeFolder(incoming);
        const written = await write({ stream, target: upload, maxBytes: limits.maxBytes });
        if (!written.ok) return written;
        const { bytes, sha256 } = written;
        const judged: AnyVerdict = (await limits.judge?.({ path: upload, bytes, sha256 })) ?? {
          ok: true,
        };
        if (!judged.ok) {
          const verdict = judged as Exclude<Verdict, { ok: true }>;
          return { ok: false, problem: 'refused', verdict, sha256 };
        }
        const verdict = judged as Extract<Verdict, { ok: true }>;
        if (judged.jpeg)
          return { ...(await keepBytes(Buffer.from(judged.jpeg))), ok: true, verdict };
        return { ...(await keep(createReadStream(upload))), ok: true, verdict, bytes, sha256 };
      } finally {
        // A parser waits until its file is read; what is left is of no use to anyone.
        stream.resume();
        await rm(upload, { force: true });
      }
    },

    write: keepBytes,

    async read(file) {
      const pieces: Buffer[] = [];
      await readThrough(placeOf(file.storageKey), file, (piece) => pieces.push(piece));
      return Buffer.concat(pieces);
    },

    async open(file) {
      const place = placeOf(file.storageKey);
      const bytes = await readThrough(place, file);
      return { bytes, pieces: () => piecesOf(place, file) };
    },

    async remove(storageKey) {
      await rm(placeOf(storageKey), { force: true });
    },

    async list(digit) {
      const keys: string[] = [];
      for (const first of await namesIn(root)) {
        if (!FOLDER.test(first) || !first.startsWith(digit)) continue;
        for (const second of await namesIn(path.join(root, first))) {
          if (!FOLDER.test(second)) continue;
          const names = await namesIn(path.join(root, first, second));
          keys.push(
            ...names.filter((name) => UUID.test(name) && name.startsWith(`${first}${second}`)),
          );
        }
      }
      return keys;
    },

    async storedAt(storageKey) {
      return writtenAt(placeOf(storageKey));
    },

    async removeLeftovers(olderThanMs) {
      let removed = 0;
      for (const name of await namesIn(incoming)) {
        const place = path.join(incoming, name);
        const at = UUID.test(name) ? await writtenAt(place) : undefined;
        if (!at || at.getTime() > Date.now() - olderThanMs) continue;
        await rm(place, { force: true });
        removed += 1;
      }
      return removed;
    },

    async check() {
      const probe = path.join(incoming, randomUUID());
      await makeFolder(incoming);
      try {
        await writeFile(probe, 'ok', { flag: 'wx', mode: 0o600 });
      } finally {
        await rm(probe, { force: true });
      }
    },
  };
};

/** @throws when it is none: nothing outside the store is reached */
const placeIn = (root: string, storageKey: string): string => {
  if (!UUID.test(storageKey)) throw new Error('not a storage key');
  return path.join(root, storageKey.slice(0, 2), storageKey.slice(2, 4), storageKey);
};

/** Stored files as they lie there, encrypted: for backups. */
export interface StoredBytes {
  /** Undefined: it is not there. */
  open(storageKey: string): Promise<AsyncIterable<Buffer> | undefined>;
  /** Durable once `settle` has answered. One that is there gives way. */
  put(storageKey: string, content: AsyncIterable<Buffer>): Promise<void>;
  settle(): Promise<void>;
  /** No error when it is gone already. */
  remove(storageKey: string): Promise<void>;
  /** A file of this key; what else lies in the folder is not ours. */
  listAll(): AsyncGenerator<string>;
}

/** @throws OperatorError as `createFileStore` */
export const createStoredBytes = (url: string): StoredBytes => {
  const root = parseRoot(url);
  const changed = new Set<string>();
  return {
    async open(storageKey) {
      try {
        const file = await open(placeIn(root, storageKey), 'r');
        return file.createReadStream();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async put(storageKey, content) {
      const incoming = path.join(root, 'incoming');
      const temporary = path.join(incoming, randomUUID());
      const place = placeIn(root, storageKey);
      const folder = path.dirname(place);
      try {
        await makeFolder(incoming);
        await writeFlushed(temporary, content);
        await makeFolder(folder);
        await rename(temporary, place);
        for (const one of [folder, path.dirname(folder), root]) changed.add(one);
      } finally {
        await rm(temporary, { force: true });
      }
    },

    async settle() {
      for (const folder of changed) await flushFolder(folder);
      changed.clear();
    },

    async remove(storageKey) {
      await rm(placeIn(root, storageKey), { force: true });
    },

    async *listAll() {
      for (const first of await namesIn(root)) {
        if (!FOLDER.test(first)) continue;
        for (const second of await namesIn(path.join(root, first))) {
          if (!FOLDER.test(second)) continue;
          for (const name of await namesIn(path.join(root, first, second)))
            if (UUID.test(name)) yield name;
        }
      }
    },
  };
};

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const bound = (storageKey: string): Buffer => Buffer.from(`stored file:${storageKey}`);

async function* encrypt(
  content: AsyncIterable<Buffer>,
  key: Buffer,
  storageKey: string,
): AsyncGenerator<Buffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound(storageKey));
  yield iv;
  for await (const piece of content) yield cipher.update(piece);
  yield Buffer.concat([cipher.final(), cipher.getAuthTag()]);
}

const PIECE_BYTES = 64 * 1024;

const isNotStored = (storageKey: string, cause?: unknown): Error =>
  new Error(`stored file ${storageKey} is not what was stored`, { cause });

/** @returns the number of bytes of the original @throws when it is not the one that was stored */
const readThrough = async (
  place: string,
  file: StoredAt,
  take: (piece: Buffer) => void = () => {},
): Promise<number> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of piecesOf(place, file)) {
    hash.update(piece);
    bytes += piece.length;
    take(piece);
  }
  if (hash.digest('hex') !== file.sha256) throw isNotStored(file.storageKey);
  return bytes;
};

/** The original in pieces. The last is given out only when the whole has proved genuine. */
async function* piecesOf(
  place: string,
  { storageKey, key }: Omit<StoredAt, 'sha256'>,
): AsyncGenerator<Buffer> {
  if (key === undefined) throw isNotStored(storageKey);
  const file = await open(place, 'r');
  try {
    const { size } = await file.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
      if (bytesRead !== length) throw isNotStored(storageKey);
      return buffer;
    };
    const end = size - TAG_BYTES;
    if (end < IV_BYTES) throw isNotStored(storageKey);
    const iv = await read(0, IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv, {
      authTagLength: TAG_BYTES,
    })
      .setAAD(bound(storageKey))
      .setAuthTag(await read(end, TAG_BYTES));
    for (let at = IV_BYTES; at < end;) {
      const stored = await read(at, Math.min(PIECE_BYTES, end - at));
      at += stored.length;
      const piece = decipher.update(stored);
      if (at === end) finish(decipher, storageKey);
      yield piece;
    }
  } finally {
    await file.close();
  }
}

const finish = (decipher: DecipherGCM, storageKey: string): void => {
  try {
    decipher.final();
  } catch (error) {
    throw isNotStored(storageKey, error);
  }
};

const parseRoot = (url: string): string => {
  const place = url.replace(/^file:/, '');
  const root = place.startsWith('//') ? safeFileUrl(url) : place;
  if (!url.startsWith('file:') || !root || !path.isAbsolute(root))
    throw new OperatorError(`FILES_URL: must be file:/absolute/path (got "${url}")`);
  return path.normalize(root);
};

const safeFileUrl = (url: string): string | undefined => {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
};

const write = async ({
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
    // A multipart parser with a limit of its own ends the stream early and says so here.
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

const writeFlushed = async (target: string, content: AsyncIterable<Buffer>): Promise<void> => {
  const file = await open(target, 'wx', 0o600);
  try {
    for await (const piece of content) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Full, worn out, read-only, or out of descriptors: no fault of the upload, and mended by someone. */
const AWAY_CODES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ESTALE']);

/** A file cannot be stored now, and can be later. */
export const isStoreAway = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && AWAY_CODES.has(String(error.code));

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const namesIn = async (folder: string): Promise<string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

const writtenAt = async (place: string): Promise<Date | undefined> => {
  try {
    return (await stat(place)).mtime;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
};
