/** An upload: taken in, or refused with nothing kept but, for an infected one, that it came. */
import type { FileIntake } from './file-intake.ts';
import { addAuditEntry } from '../audit/audit.sql.ts';
import type { Db } from '../base/database.ts';
import type { Deps } from '../deps.ts';
import { DomainError } from '../base/errors.ts';
import type { ReceivedFile, Sender, StoredFile } from './stored-file.ts';
import type { RateLimit } from '../base/rate-limit.ts';

/** Without `by` and `from` all files wait for one another. */
export type ReceiveFile = (
  input: { stream: NodeJS.ReadableStream; fileName: string } & Partial<Sender>,
) => Promise<ReceivedFile>;

const UNKNOWN = 'unknown';

/** Whose files wait for one another. */
const ownerOf = (by: Sender['by'] | undefined, from: string | undefined): string =>
  by ? `${by.kind}:${by.id}` : `from:${from ?? UNKNOWN}`;

export const createReceiveFile =
  ({
    db,
    intake,
    limits,
  }: {
    db: Db;
    intake: FileIntake;
    limits: Pick<RateLimit, 'take'>;
  }): ReceiveFile =>
  async ({ stream, fileName, by, from }) => {
    const owner = ownerOf(by, from);
    if (await isLimited(limits, owner, 0)) return { ok: false, problem: 'too_many_checks' };
    const received = await intake.receive({ stream, fileName, owner }).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'unavailable') return BUSY;
      throw error;
    });
    const points = Math.floor(received.cpuSeconds) + (received.ok || received === BUSY ? 0 : 1);
    if (points > 0) await isLimited(limits, owner, points);
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

/** Checks of a person's files cost others, whatever comes of them. */
const isLimited = async (
  limits: Pick<RateLimit, 'take'>,
  owner: string,
  points: number,
): Promise<boolean> => {
  try {
    await limits.take('file_checks', owner, points);
    return false;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'too_many') return true;
    throw error;
  }
};

const BUSY = { ok: false, problem: 'busy', cpuSeconds: 0 } as const;

/** Of a file that no row has taken. One that stays for now belongs to nobody, and goes with the sweep. */
export const discardFile = async ({ files }: Deps, { storageKey }: StoredFile): Promise<void> => {
  await files.remove(storageKey).catch(() => {});
};
