import { open, rm, stat } from 'node:fs/promises';
import { flushFolder } from '../base/flush-folder.ts';
import { createS3Objects, readS3Url } from './s3-objects.ts';
import type { S3Credentials, S3Objects } from './s3-objects.ts';
import {
  foldersAbove,
  isMissing,
  parseRoot,
  placeIn,
  storageKeysIn,
  writeInPlace,
} from './store-folder.ts';

export interface StoredBytes {
  place: string;
  open(storageKey: string): Promise<AsyncIterable<Buffer> | undefined>;
  /** Overwrites. Durable once `settle` has resolved. */
  put(storageKey: string, content: AsyncIterable<Buffer>, bytes: number): Promise<void>;
  settle(): Promise<void>;
  bytesOf(storageKey: string): Promise<number | undefined>;
  remove(storageKey: string): Promise<void>;
  list(digit?: string): AsyncGenerator<string>;
}

export const createStoredBytes = (url: string, credentials?: S3Credentials): StoredBytes => {
  if (url.startsWith('s3:')) return inBucket(createS3Objects(readS3Url(url), credentials));
  const root = parseRoot(url);
  const changed = new Set<string>();
  return {
    place: `file ${root}`,
    open: (storageKey) =>
      undefinedIfMissing(async () => {
        const file = await open(placeIn(root, storageKey), 'r');
        return file.createReadStream();
      }),

    bytesOf: (storageKey) =>
      undefinedIfMissing(async () => (await stat(placeIn(root, storageKey))).size),

    async put(storageKey, content) {
      const place = placeIn(root, storageKey);
      await writeInPlace(root, place, content);
      for (const folder of foldersAbove(root, place)) changed.add(folder);
    },

    async settle() {
      for (const folder of changed) await flushFolder(folder);
      changed.clear();
    },

    async remove(storageKey) {
      await rm(placeIn(root, storageKey), { force: true });
    },

    list: (digit) => storageKeysIn(root, digit),
  };
};

const undefinedIfMissing = async <Found>(
  find: () => Promise<Found>,
): Promise<Found | undefined> => {
  try {
    return await find();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const inBucket = ({ name, open: read, put, bytesOf, remove, list }: S3Objects): StoredBytes => ({
  place: name,
  open: read,
  put,
  // An object is durable when it was accepted.
  settle: () => Promise.resolve(),
  bytesOf,
  remove,
  list,
});
