/**
 * Compares file store and record, a sixteenth at a time. Files are stored before their rows, so
 * only a file older than an hour is an orphan. A row without a file is damage and is only reported.
 */
import { findFileKey, listFileRows } from '../../platform/files/file-rows.sql.ts';
import type { FileKeyRow } from '../../platform/files/file-rows.sql.ts';
import { listPreviewKeys } from '../../platform/files/previews.sql.ts';
import { removeExpiredHeld } from '../../platform/files/held-uploads.ts';
import type { Deps } from '../../platform/deps.ts';

const HOUR_MS = 3_600_000;
const DIGITS = '0123456789abcdef'.split('');
const NAMED = 1_000;
const FEW = 20;

export interface FileFindings {
  named: number;
  orphans: { count: number; files: { storageKey: string; storedAt: Date }[] };
  missing: { count: number; rows: FileKeyRow[] };
  whole: boolean;
}

export interface FileSweepReport {
  removed: number;
  expired: number;
  leftovers: number;
  spared: number;
  missing: number;
}

const isOld = (at: Date | undefined): at is Date =>
  at !== undefined && at.getTime() < Date.now() - HOUR_MS;

/** @param withinMs when it is too short for everything, each call looks at another part */
export const inspectFiles = async (
  deps: Deps,
  { withinMs = Infinity } = {},
): Promise<FileFindings> => {
  const findings: FileFindings = {
    named: 0,
    orphans: { count: 0, files: [] },
    missing: { count: 0, rows: [] },
    whole: true,
  };
  const end = Date.now() + withinMs;
  const first = withinMs === Infinity ? 0 : Math.floor(Math.random() * DIGITS.length);
  for (const digit of [...DIGITS.slice(first), ...DIGITS.slice(0, first)]) {
    if (Date.now() > end) return { ...findings, whole: false };
    await inspectDigit(deps, digit, findings);
  }
  return findings;
};

const inspectDigit = async (
  { db, files }: Deps,
  digit: string,
  findings: FileFindings,
): Promise<void> => {
  // Rows first: a file is there before its row, so one that is not listed now is missing.
  const rows = await listFileRows(db, digit);
  const stored = new Set(await files.list(digit));
  for (const row of rows) {
    if (stored.delete(row.storageKey)) {
      findings.named += 1;
      continue;
    }
    if (await files.storedAt(row.storageKey)) continue;
    findings.missing.count += 1;
    if (findings.missing.rows.length < NAMED) findings.missing.rows.push(row);
  }
  // A picture that is missing is no damage: it is made again.
  for (const storageKey of await listPreviewKeys(db, digit)) stored.delete(storageKey);
  for (const storageKey of stored) {
    const storedAt = await files.storedAt(storageKey);
    if (!isOld(storedAt) || (await findFileKey(db, storageKey))) continue;
    findings.orphans.count += 1;
    if (findings.orphans.files.length < NAMED)
      findings.orphans.files.push({ storageKey, storedAt });
  }
};

export const removeOrphan = async ({ db, files }: Deps, storageKey: string): Promise<boolean> => {
  if (!isOld(await files.storedAt(storageKey)) || (await findFileKey(db, storageKey))) return false;
  await files.remove(storageKey);
  return true;
};

export const sweepFiles = async (deps: Deps): Promise<FileSweepReport> => {
  const { db, files, log } = deps;
  const expired = await removeExpiredHeld(db, files);
  const leftovers = await files.removeLeftovers(HOUR_MS);
  const { named, orphans, missing } = await inspectFiles(deps);
  const report = { removed: 0, expired, leftovers, spared: 0, missing: missing.count };
  if (missing.count > 0)
    log.error(
      { missing: missing.count, fileId: missing.rows[0]?.id },
      'files of letters are not in the store',
    );
  // An empty or old database, or the store of another desk: then every file has no row.
  if (orphans.count > 0 && (named === 0 || orphans.count > Math.max(FEW, named / 10))) {
    log.error(
      { orphans: orphans.count, named },
      'too many files are named by no row: is this the right database? none was removed',
    );
    return { ...report, spared: orphans.count };
  }
  for (const { storageKey } of orphans.files)
    if (await removeOrphan(deps, storageKey)) report.removed += 1;
  return report;
};
