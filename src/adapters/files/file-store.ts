/**
 * Files on a disk. What `receive` has answered survives a power cut: the bytes and every folder on
 * the way are flushed before. A file's place comes from a random UUID, never from what a person
 * typed, and what is not finished leaves nothing behind.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../../domain/errors.ts';

/** Two hex digits: how the folders of the store are named. */
const FOLDER = /^[0-9a-f]{2}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type StoreResult =
  | {
      ok: true;
      storageKey: string;
      bytes: number;
      /** Lower-case hex. */
      sha256: string;
      /** Where the file is now, for looking at its content. */
      path: string;
    }
  | { ok: false; problem: 'too_big' | 'empty' };

export interface FileStore {
  /**
   * Reads `stream` to its end. Of a file that is too big up to as much again is read and dropped,
   * so that a browser gets to see the answer; beyond that the stream is destroyed.
   * @throws the stream's own error, also when it ends before its end
   */
  receive(stream: NodeJS.ReadableStream, limits: { maxBytes: number }): Promise<StoreResult>;
  /** @throws when the file is not there, or is not the one with this SHA-256 */
  read(storageKey: string, sha256: string): Promise<Buffer>;
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

  const placeOf = (storageKey: string): string => {
    if (!UUID.test(storageKey)) throw new Error('not a storage key');
    return path.join(root, storageKey.slice(0, 2), storageKey.slice(2, 4), storageKey);
  };

  return {
    async receive(stream, { maxBytes }) {
      // Before the first await: an error that nobody listens to would end the process.
      stream.on('error', () => undefined);
      const storageKey = randomUUID();
      const place = placeOf(storageKey);
      const temporary = path.join(incoming, randomUUID());
      try {
        await makeFolder(incoming);
        const written = await write({ stream, target: temporary, maxBytes });
        if (!written.ok) return written;
        const folder = path.dirname(place);
        await makeFolder(folder);
        await rename(temporary, place);
        for (const changed of [folder, path.dirname(folder), root]) await flushFolder(changed);
        return { ...written, storageKey, path: place };
      } catch (error) {
        await rm(place, { force: true });
        throw error;
      } finally {
        // A parser waits until its file is read; what is left is of no use to anyone.
        stream.resume();
        await rm(temporary, { force: true });
      }
    },

    async read(storageKey, sha256) {
      const bytes = await readFile(placeOf(storageKey));
      const found = createHash('sha256').update(bytes).digest('hex');
      if (found !== sha256) throw new Error(`stored file ${storageKey} is not what was stored`);
      return bytes;
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
    await file.sync();
    return { ok: true, bytes, sha256: hash.digest('hex') };
  } catch (error) {
    if (error instanceof TooMuchError) return { ok: false, problem: 'too_big' };
    throw error;
  } finally {
    await file.close();
  }
};

class TooMuchError extends Error {}

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

/** Makes a new name in a folder survive a power cut; Windows has no such call. */
const flushFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
