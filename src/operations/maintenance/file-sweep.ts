/**
 * Compares the file store with the record, a sixteenth of both at a time. A file is stored before
 * the row that names it, so a file without a row may be a letter that is just being sent: only one
 * that is older than an hour belongs to nobody. A row without a file is damage, and is only reported.
 */
import { findFileKey, listFileRows } from '../../platform/files/file-rows.sql.ts';
import type { FileKeyRow } from '../../platform/files/file-rows.sql.ts';
import { listPreviewKeys } from '../../platform/files/previews.sql.ts';
import { removeExpiredHeld } from '../../platform/files/held-uploads.ts';
import type { Deps } from '../../platform/deps.ts';

const HOUR_MS = 3_600_000;
const DIGITS = '0123456789abcdef'.split('');
/** How many of each kind are named; the totals count all. */
const NAMED = 1_000;
const FEW = 20;

export interface FileFindings {
  /** Files that a row names. */
  named: number;
  /** Older than an hour, and named by no row. */
  orphans: { count: number; files: { storageKey: string; storedAt: Date }[] };
  missing: { count: number; rows: FileKeyRow[] };
  /** False: the time was up before everything had been looked at. */
  whole: boolean;
}

export interface FileSweepReport {
  removed: number;
  /** Kept for a form that did not come again in time. */
  expired: number;
  /** Remains of uploads that were cut off. */
  leftovers: number;
  /** Files without a row that were left, because there are suspiciously many. */
  spared: number;
  missing: number;
}

const isOld = (at: Date | undefined): at is Date =>
  at !== undefined && at.getTime() < Date.now() - HOUR_MS;

/** @param withinMs looks at another part each time, when the time is not enough for all */
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

/** Removes one file that is older than an hour, if no row names it. */
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
