import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../audit/audit.sql.ts';
import { DomainError } from '../base/errors.ts';
import type { Deps } from '../deps.ts';
import { checkFile } from './checks/check-file.ts';
import { chargedSeconds } from './pool/charged-seconds.ts';
import type { ReceivedFile, Sender, StoredFile } from './stored-file.ts';

const UNKNOWN = 'unknown';
const BUSY = { ok: false, problem: 'busy', cpuSeconds: 0 } as const;

interface Upload {
  stream: NodeJS.ReadableStream;
  fileName: string;
}

type Checked = { cpuSeconds: number } & (
  | ReceivedFile
  | { ok: false; problem: 'infected'; signature: string; sha256: string }
);

/**
 * Durable once this answers `ok`; a refused file leaves nothing but, if infected, an audit entry.
 * @param input.by left out, with `from`: all such files wait for each other
 */
export const receiveFile = async (
  deps: Deps,
  { stream, fileName, by, from }: Upload & Partial<Sender>,
): Promise<ReceivedFile> => {
  const owner = by ? `${by.kind}:${by.id}` : `from:${from ?? UNKNOWN}`;
  if (await isOverLimit(deps, owner, 0)) return { ok: false, problem: 'too_many_checks' };
  const checked = await checkAndStore(deps, { stream, fileName, owner }).catch((error: unknown) => {
    if (error instanceof DomainError && error.code === 'unavailable') return BUSY;
    throw error;
  });
  const points = chargedSeconds(checked.cpuSeconds) + (checked.ok || checked === BUSY ? 0 : 1);
  if (points > 0) await isOverLimit(deps, owner, points);
  if (checked.ok) return { ok: true, file: checked.file };
  const { problem } = checked;
  if ('signature' in checked)
    await addAuditEntry(deps.db, {
      actor: by ?? { kind: 'operator', id: UNKNOWN },
      action: 'file_refused',
      details: { why: problem, signature: checked.signature, sha256: checked.sha256 },
      ...(from !== undefined && { from }),
    });
  return { ok: false, problem };
};

const isOverLimit = async (
  { rateLimits }: Deps,
  owner: string,
  points: number,
): Promise<boolean> => {
  try {
    await rateLimits.take('file_checks', owner, points);
    return false;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'too_many') return true;
    throw error;
  }
};

const checkAndStore = async (
  deps: Deps,
  { stream, fileName, owner }: Upload & { owner: string },
): Promise<Checked> => {
  const stored = await deps.files.receive(stream, {
    maxBytes: deps.config.MAX_FILE_MB * 1024 * 1024,
    judge: (upload) => checkFile(deps, { fileName, file: upload.path, owner }),
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
};

export const discardFile = async ({ files }: Deps, { storageKey }: StoredFile): Promise<void> => {
  await files.remove(storageKey).catch(() => {});
};
