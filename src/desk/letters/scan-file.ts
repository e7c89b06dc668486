/**
 * What becomes of a file that is closed until it has been scanned, and of one that is scanned once
 * more: the scanner's word goes into the record, and a pending letter whose file is infected is
 * rejected by the desk itself, by the same way as a reviewer's decision.
 */
import { randomUUID } from 'node:crypto';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { Scanner } from '../../platform/files/clamd.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { addDecision, findStandingDecision } from './decisions.sql.ts';
import { findScan, setScan } from '../../platform/files/file-scans.sql.ts';
import { findFile, lockLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { infectedReason, scannerName } from '../../platform/messages/sms-texts.ts';
import type { SmsLocale } from '../../platform/messages/sms-texts.ts';
import { readStoredFile } from './read-stored-file.ts';

/** A file is as large as `MAX_FILE_MB` allows, and nobody waits for this. */
export const SCAN_WITHIN_MS = 60_000;

/** The scanner is away, or could not look at the file; it may later. */
export class NotScannedError extends Error {}

export interface ScanFile {
  /**
   * Again with the same file: nothing more happens.
   * @throws NotScannedError
   */
  scanFile: (input: { letterId: string; fileId: string }) => Promise<'clean' | 'infected'>;
  /** Rejects a pending letter whose file is infected and that nobody has decided. */
  rejectInfected: (letterId: string) => Promise<void>;
}

const ENGINE: Actor = { kind: 'engine', id: 'workflow' };

export const createScanFile = ({
  db,
  files,
  scanner,
  locale,
  wake = () => {},
}: {
  db: Db;
  files: Pick<FileStore, 'read'>;
  /** Undefined: none is set up, though files may still wait for one. */
  scanner: Pick<Scanner, 'scan'> | undefined;
  locale: SmsLocale;
  wake?: () => void;
}): ScanFile => {
  /** True: the engine has something to hear. */
  const reject = async (tx: Tx, letter: LetterRow): Promise<boolean> => {
    // One that is damaged waits for the operator: its decision would be refused.
    if (letter.status !== 'pending' || letter.damaged) return false;
    const file = await findFile(tx, { letterId: letter.id });
    if (file?.scan !== 'infected') return false;
    if (await findStandingDecision(tx, letter.id)) return false;
    const id = randomUUID();
    await addDecision(tx, {
      id,
      letterId: letter.id,
      kind: 'reject',
      unitId: null,
      reason: infectedReason(locale),
      staffId: null,
      decidedBy: scannerName(locale),
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

  return {
    async scanFile({ letterId, fileId }) {
      if (!scanner) throw new NotScannedError('no scanner is set up');
      const [known, file] = await Promise.all([
        findScan(db, fileId),
        findFile(db, { letterId, fileId }),
      ]);
      if (!file || known?.letterId !== letterId)
        throw new Error(`file ${fileId} is not in the record`);
      if (known.scan === 'infected') return 'infected';
      const found = await scanner.scan(await readStoredFile({ db, files }, letterId, file), {
        withinMs: SCAN_WITHIN_MS,
      });
      if (found.verdict === 'not_scanned') throw new NotScannedError(found.why);
      const { verdict } = found;
      const isRejected = await db.begin(async (tx) => {
        const letter = await lockLetter(tx, letterId);
        if (!letter) throw new Error(`letter ${letterId} is not in the record`);
        if (await setScan(tx, { fileId, scan: verdict }))
          await addAuditEntry(tx, {
            letterId,
            actor: ENGINE,
            action: verdict === 'clean' ? 'file_clean' : 'file_infected',
            details: {
              fileId,
              sha256: file.sha256,
              ...(found.verdict === 'infected' && { signature: found.signature }),
            },
          });
        return verdict === 'infected' && reject(tx, letter);
      });
      if (isRejected) wake();
      return verdict;
    },

    async rejectInfected(letterId) {
      const isRejected = await db.begin(async (tx) => {
        const letter = await lockLetter(tx, letterId);
        return letter !== undefined && reject(tx, letter);
      });
      if (isRejected) wake();
    },
  };
};
