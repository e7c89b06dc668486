/** Takes an upload in: stored first, then looked at, and taken away again when it is refused. */
import { randomUUID } from 'node:crypto';
import type { ReceivedFile } from '../../usecases/desk.ts';
import type { FileStore } from './file-store.ts';
import { decideFileType, type FileTypeDecision } from './file-type.ts';

// Decoding a picture keeps a thread busy that the file system needs too.
const MAX_DECISIONS_AT_ONCE = 2;

export interface FileIntake {
  /**
   * The file is durable when this answers `ok`; of a refused one nothing is left.
   * @throws when the stream broke off, or the store is out of order
   */
  receive(upload: { stream: NodeJS.ReadableStream; fileName: string }): Promise<ReceivedFile>;
}

export const createFileIntake = ({
  store,
  maxBytes,
}: {
  store: FileStore;
  maxBytes: number;
}): FileIntake => {
  const takeTurn = createTurns(MAX_DECISIONS_AT_ONCE);
  return {
    async receive({ stream, fileName }) {
      const stored = await store.receive(stream, { maxBytes });
      if (!stored.ok) return stored;
      const { storageKey, bytes, sha256 } = stored;
      let decision: FileTypeDecision;
      try {
        decision = await takeTurn(() => decideFileType({ fileName, file: stored.path }));
      } catch (error) {
        await store.remove(storageKey);
        throw error;
      }
      if (!decision.ok) {
        await store.remove(storageKey);
        return decision;
      }
      const { name, type } = decision;
      return { ok: true, file: { id: randomUUID(), name, type, bytes, sha256, storageKey } };
    },
  };
};

/** Runs at most `limit` jobs at once, in the order in which they came. */
const createTurns = (limit: number): (<Result>(job: () => Promise<Result>) => Promise<Result>) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await job();
    } finally {
      // The turn is handed on, or given back.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
};
