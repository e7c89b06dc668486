/**
 * Files on a disk or in a bucket, each encrypted with its own key. The path comes from a random
 * UUID, never from user input. Uploads are in the clear only in `incoming/`, while they are
 * checked.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { flushFolder } from '../base/flush-folder.ts';
import { encryptFile, KEY_BYTES, piecesOf, readThrough } from './file-encryption.ts';
import type { StoredAt } from './file-encryption.ts';
import { checkWritable, receiveUpload, removeLeftovers, storeBytes } from './receive-upload.ts';
import { createS3Store } from './s3-store.ts';
import type { S3Options } from './s3-store.ts';
import {
  foldersAbove,
  incomingIn,
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

export type AnyVerdict = { ok: true; jpeg?: Uint8Array } | { ok: false };

export interface FileStore {
  place: string;
  /**
   * Reads `stream` to its end. Drains up to `maxBytes` more, so that a browser sees the answer;
   * beyond that destroys the stream. Stores only what `judge` finds `ok`.
   */
  receive<Verdict extends AnyVerdict = AnyVerdict>(
    stream: NodeJS.ReadableStream,
    limits: { maxBytes: number; judge?: (upload: Upload) => Promise<Verdict> },
  ): Promise<StoreResult<Verdict>>;
  write(bytes: Buffer): Promise<Stored>;
  read(file: StoredAt): Promise<Buffer>;
  /** Verified once before this resolves, and again while streaming. */
  open(file: StoredAt): Promise<FileContent>;
  remove(storageKey: string): Promise<void>;
  list(digit: string): Promise<string[]>;
  storedAt(storageKey: string): Promise<Date | undefined>;
  removeLeftovers(olderThanMs: number): Promise<number>;
  check(): Promise<void>;
}

export const createFileStore = (url: string, s3: S3Options = {}): FileStore => {
  if (url.startsWith('s3:')) return createS3Store(url, s3);
  const root = parseRoot(url);
  const parts = {
    incoming: incomingIn(root),
    store: (content: Readable) => store(root, content),
  };
  return {
    place: `file ${root}`,
    receive: (stream, limits) => receiveUpload(parts, stream, limits),
    write: (bytes) => storeBytes(parts.store, bytes),
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

const AWAY_CODES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'ESTALE',
  'STORE_AWAY',
]);

export const isStoreAway = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && AWAY_CODES.has(String(error.code));
