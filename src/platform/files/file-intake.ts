/** Takes an upload in: looked at while it lies in clear, and stored when it is well. */
import { randomUUID } from 'node:crypto';
import type { ReceivedFile } from './stored-file.ts';
import type { CheckFile } from './checks/check-file.ts';
import type { FileStore } from './file-store.ts';

/** Of an infected file also what the scanner calls it, and its SHA-256. */
export type IntakeResult = { cpuSeconds: number } & (
  | ReceivedFile
  | { ok: false; problem: 'infected'; signature: string; sha256: string }
);

export interface FileIntake {
  /**
   * The file is durable when this answers `ok`; of a refused one nothing is left.
   * @param upload.owner whose file it is
   * @throws DomainError unavailable when it cannot be checked now; other errors when the stream broke
   *   off, or the store is out of order
   */
  receive(upload: {
    stream: NodeJS.ReadableStream;
    fileName: string;
    owner: string;
  }): Promise<IntakeResult>;
}

export const createFileIntake = ({
  store,
  maxBytes,
  checkFile,
}: {
  store: FileStore;
  maxBytes: number;
  checkFile: CheckFile;
}): FileIntake => ({
  async receive({ stream, fileName, owner }) {
    const stored = await store.receive(stream, {
      maxBytes,
      judge: (upload) => checkFile({ fileName, file: upload.path, owner }),
    });
    if (!stored.ok) {
      if (stored.problem !== 'refused') return { ...stored, cpuSeconds: 0 };
      const { verdict, sha256 } = stored;
      return verdict.problem === 'infected' ? { ...verdict, sha256 } : verdict;
    }
    const { storageKey, bytes, sha256, key } = stored;
    const { name, type, scan, flags, cpuSeconds } = stored.verdict;
    return {
      ok: true,
      cpuSeconds,
      file: {
        id: randomUUID(),
        name,
        type,
        bytes,
        sha256,
        storageKey,
        ...(key !== undefined && { key }),
        scan,
        flags,
      },
    };
  },
});
