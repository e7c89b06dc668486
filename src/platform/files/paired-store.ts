import type { FileStore } from './file-store.ts';
import { isMissing } from './store-folder.ts';
import type { StoredBytes } from './stored-bytes.ts';

/** While files are moved: `second` is read for what `first` does not have, and never written. */
export const pairStores = (first: FileStore, second: FileStore): FileStore => ({
  ...first,
  place: `${first.place}, and for reading ${second.place}`,
  read: (file) => orIn(first.read(file), () => second.read(file)),
  open: (file) => orIn(first.open(file), () => second.open(file)),
  async remove(storageKey) {
    await first.remove(storageKey);
    await second.remove(storageKey);
  },
  list: async (digit) => [
    ...new Set([...(await first.list(digit)), ...(await second.list(digit))]),
  ],
  storedAt: async (storageKey) =>
    (await first.storedAt(storageKey)) ?? (await second.storedAt(storageKey)),
  removeLeftovers: async (olderThanMs) =>
    (await first.removeLeftovers(olderThanMs)) + (await second.removeLeftovers(olderThanMs)),
});

const orIn = <Found>(asked: Promise<Found>, elsewhere: () => Promise<Found>): Promise<Found> =>
  asked.catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return elsewhere();
  });

export const pairBytes = (first: StoredBytes, second: StoredBytes): StoredBytes => ({
  ...first,
  open: async (storageKey) => (await first.open(storageKey)) ?? (await second.open(storageKey)),
  bytesOf: async (storageKey) =>
    (await first.bytesOf(storageKey)) ?? (await second.bytesOf(storageKey)),
  async remove(storageKey) {
    await first.remove(storageKey);
    await second.remove(storageKey);
  },
  async *list(digit) {
    const seen = new Set<string>();
    for (const store of [first, second])
      for await (const storageKey of store.list(digit)) {
        if (!seen.has(storageKey)) yield storageKey;
        seen.add(storageKey);
      }
  },
});
