/**
 * A pending letter whose file is infected is rejected by the desk itself, in the same way as by a
 * reviewer's decision.
 */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { addDecision, findStandingDecision } from './decisions.sql.ts';
import { hasInfected } from '../../platform/files/file-checks.ts';
import { findScan, setScan } from '../../platform/files/file-scans.sql.ts';
import type { ScanResult } from '../../platform/files/clamd.ts';
import { findFile, listFiles } from './letter-files.sql.ts';
import { lockLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { infectedReason, scannerName } from '../../platform/messages/sms-texts.ts';
import { readStoredFile } from './read-stored-file.ts';

const SCAN_WITHIN_MS = 60_000;
const ENGINE: Actor = { kind: 'engine', id: 'workflow' };

/** Worth a retry: the scanner is away, or could not look at the file. */
export class NotScannedError extends Error {}

interface LetterFile {
  letterId: string;
  fileId: string;
}

/**
 * Idempotent.
 * @throws NotScannedError
 */
export const scanFile = async (
  deps: Deps,
  { letterId, fileId }: LetterFile,
): Promise<'clean' | 'infected'> => {
  const { db, scanner } = deps;
  if (!scanner) throw new NotScannedError('no scanner is set up');
  const [known, file] = await Promise.all([
    findScan(db, fileId),
    findFile(db, { letterId, fileId }),
  ]);
  if (!file || known?.letterId !== letterId) throw new Error(`file ${fileId} is not in the record`);
  if (known.scan === 'infected') return 'infected';
  const found = await scanner.scan(await readStoredFile(deps, letterId, file), {
    withinMs: SCAN_WITHIN_MS,
  });
  if (found.verdict === 'not_scanned') throw new NotScannedError(found.why);
  const isRejected = await db.begin((tx) =>
    recordVerdict(deps, tx, { letterId, fileId, sha256: file.sha256, found }),
  );
  if (isRejected) deps.wake();
  return found.verdict;
};

export const rejectInfected = async (deps: Deps, letterId: string): Promise<void> => {
  const isRejected = await deps.db.begin(async (tx) => {
    const letter = await lockLetter(tx, letterId);
    return letter !== undefined && rejectIfInfected(deps, tx, letter);
  });
  if (isRejected) deps.wake();
};

const recordVerdict = async (
  deps: Deps,
  tx: Tx,
  {
    letterId,
    fileId,
    sha256,
    found,
  }: LetterFile & { sha256: string; found: Exclude<ScanResult, { verdict: 'not_scanned' }> },
): Promise<boolean> => {
  const letter = await lockLetter(tx, letterId);
  if (!letter) throw new Error(`letter ${letterId} is not in the record`);
  const { verdict } = found;
  if (await setScan(tx, { fileId, scan: verdict }))
    await addAuditEntry(tx, {
      letterId,
      actor: ENGINE,
      action: verdict === 'clean' ? 'file_clean' : 'file_infected',
      details: {
        fileId,
        sha256,
        ...(found.verdict === 'infected' && { signature: found.signature }),
      },
    });
  return verdict === 'infected' && rejectIfInfected(deps, tx, letter);
};

const rejectIfInfected = async ({ config }: Deps, tx: Tx, letter: LetterRow): Promise<boolean> => {
  // One that is damaged waits for the operator: its decision would be refused.
  if (letter.status !== 'pending' || letter.damaged) return false;
  const files = await listFiles(tx, { letterId: letter.id });
  if (!hasInfected(files)) return false;
  if (await findStandingDecision(tx, letter.id)) return false;
  const id = randomUUID();
  await addDecision(tx, {
    id,
    letterId: letter.id,
    kind: 'reject',
    unitId: null,
    reason: infectedReason(config.ORG_LOCALE),
    staffId: null,
    decidedBy: scannerName(config.ORG_LOCALE),
    outcome: null,
    round: null,
  });
  await addOutboxRow(tx, {
    letterId: letter.id,
    kind: 'reject',
    payload: { by: 'desk', decisionId: id },
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor: ENGINE,
    action: 'decided',
    details: { decisionId: id, kind: 'reject' },
  });
  return true;
};
