/** An upload: taken in, or refused with nothing kept but, for an infected one, that it came. */
import type { FileIntake } from '../adapters/files/file-intake.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Db } from '../db/client.ts';
import type { Desk } from './desk.ts';

export const createReceiveFile =
  ({ db, intake }: { db: Db; intake: FileIntake }): Desk['receiveFile'] =>
  async ({ stream, fileName, by, from }) => {
    const received = await intake.receive({ stream, fileName });
    if (received.ok || !('signature' in received)) return received;
    const { problem, signature, sha256 } = received;
    await addAuditEntry(db, {
      actor: by ?? { kind: 'operator', id: 'unknown' },
      action: 'file_refused',
      details: { why: problem, signature, sha256 },
      ...(from !== undefined && { from }),
    });
    return { ok: false, problem };
  };
