/** An upload: taken in, or refused with nothing kept but, for an infected one, that it came. */
import type { FileIntake } from '../adapters/files/file-intake.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Db } from '../db/client.ts';
import { DomainError } from '../domain/errors.ts';
import type { Desk, Sender } from './desk.ts';

const UNKNOWN = 'unknown';

/** Whose files wait for one another. */
const ownerOf = (by: Sender['by'] | undefined, from: string | undefined): string =>
  by ? `${by.kind}:${by.id}` : `from:${from ?? UNKNOWN}`;

export const createReceiveFile =
  ({ db, intake }: { db: Db; intake: FileIntake }): Desk['receiveFile'] =>
  async ({ stream, fileName, by, from }) => {
    const owner = ownerOf(by, from);
    const received = await intake.receive({ stream, fileName, owner }).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'unavailable') return BUSY;
      throw error;
    });
    if (received.ok) return { ok: true, file: received.file };
    const { problem } = received;
    if ('signature' in received)
      await addAuditEntry(db, {
        actor: by ?? { kind: 'operator', id: UNKNOWN },
        action: 'file_refused',
        details: { why: problem, signature: received.signature, sha256: received.sha256 },
        ...(from !== undefined && { from }),
      });
    return { ok: false, problem };
  };

const BUSY = { ok: false, problem: 'busy', cpuSeconds: 0 } as const;
