import { randomBytes, randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import {
  ADDED_BYTES,
  decryptFile,
  encryptFile,
  KEY_BYTES,
  readThrough,
} from './file-encryption.ts';
import type { FileStore, Stored } from './file-store.ts';
import { checkWritable, receiveUpload, removeLeftovers, storeBytes } from './receive-upload.ts';
import { createS3Objects, NoSuchFileError, readS3Url } from './s3-objects.ts';
import type { S3Credentials, S3Objects } from './s3-objects.ts';

export interface S3Options {
  credentials?: S3Credentials | undefined;
  incoming?: string;
}

export const createS3Store = (
  url: string,
  { credentials, incoming = path.join(os.tmpdir(), 'pishkhan-incoming') }: S3Options,
): FileStore => {
  const objects = createS3Objects(readS3Url(url), credentials);
  const parts = {
    incoming,
    store: (content: Readable, bytes: number) => store(objects, content, bytes),
  };
  const openObject = async (storageKey: string): Promise<AsyncIterable<Buffer>> => {
    const content = await objects.open(storageKey);
    if (!content) throw new NoSuchFileError(storageKey);
    return content;
  };
  return {
    place: objects.name,
    receive: (stream, limits) => receiveUpload(parts, stream, limits),
    write: (bytes) => storeBytes(parts.store, bytes),
    async read(file) {
      const pieces: Buffer[] = [];
      await readThrough(await openObject(file.storageKey), file, (piece) => pieces.push(piece));
      return Buffer.concat(pieces);
    },
    async open(file) {
      const bytes = await readThrough(await openObject(file.storageKey), file);
      return {
        bytes,
        async *pieces() {
          yield* decryptFile(await openObject(file.storageKey), file);
        },
      };
    },
    remove: (storageKey) => objects.remove(storageKey),
    async list(digit) {
      const keys: string[] = [];
      for await (const key of objects.list(digit)) keys.push(key);
      return keys;
    },
    storedAt: (storageKey) => objects.writtenAt(storageKey),
    removeLeftovers: (olderThanMs) => removeLeftovers(incoming, olderThanMs),
    async check() {
      await checkWritable(incoming);
      await objects.check();
    },
  };
};

const store = async (
  objects: S3Objects,
  content: Readable,
  bytes: number,
): Promise<Pick<Stored, 'storageKey' | 'key'>> => {
  const storageKey = randomUUID();
  const key = randomBytes(KEY_BYTES);
  try {
    await objects.put(storageKey, encryptFile(content, key, storageKey), bytes + ADDED_BYTES);
    return { storageKey, key: key.toString('base64url') };
  } catch (error) {
    // One whose answer was lost belongs to nobody.
    await objects.remove(storageKey).catch(() => {});
    throw error;
  }
};
