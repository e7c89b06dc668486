/**
 * Every piece of work that waits longer than it should, with its cause and since when; and the
 * retry by hand, which works however often it failed: it may be asked for again at any time.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { lockLetter } from '../../desk/letters/letters.sql.ts';
import { settleLateWork, signalOpenWorkAgain } from './reconcile.sql.ts';
import {
  addRetry,
  clearFailures,
  listAttention,
  listStuckActions,
  listStuckDecisions,
  listStuckLetterIds,
  listStuckMessages,
  listStuckOutbox,
  listStuckScans,
  listUnevenRegisters,
} from './stuck-work.sql.ts';
import type { StuckRow } from './stuck-work.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { inspectFiles, removeOrphan, sweepFiles } from './file-sweep.ts';
import type { FileFindings } from './file-sweep.ts';
import { findUntypedCodes } from './watch-codes.ts';
import { isUuid } from '../../platform/base/uuid.ts';

export type StuckKind =
  /** The engine was not told. */
  | 'engine'
  /** The letter's process met a fault that does not pass. */
  | 'attention'
  /** An SMS was refused, or is not sent after 15 minutes. */
  | 'message'
  /** Recorded, told to the engine, and not taken up. */
  | 'decision'
  | 'unit_action'
  /** In the store, older than an hour, of no letter. */
  | 'file_without_row'
  /** Of a letter, and not in the store. */
  | 'row_without_file'
  /** Waits for the virus scanner longer than 15 minutes, and is closed until then. */
  | 'file_scan'
  /** Counter and entries differ. */
  | 'register'
  /** Few of those who were sent a sign-in code typed it. */
  | 'codes';

export interface StuckPiece {
  kind: StuckKind;
  /** Unique within its kind. */
  id: string;
  letterId: string | null;
  letterNumber: string | null;
  /** In the words of the record: kind of signal, message or action; storage key; register and year. */
  what: string;
  /** What the system said, in English; null when it said nothing. */
  cause: string | null;
  since: Date;
  attempts: number | null;
  /** False: a retry cannot mend it. */
  canRetry: boolean;
}

export interface StuckWork {
  at: Date;
  /** Of all pieces, shown or not. */
  total: number;
  /** Up to 100 of each kind, the oldest first. */
  pieces: StuckPiece[];
  /** False: there are so many files that a part was looked at, another one each time. */
  allFilesSeen: boolean;
}

/** Whom the page of stuck work is shown to; only an administrator can try again. */
export const maySeeStuckWork = ({ role }: Pick<StaffMember, 'role'>): boolean =>
  role === 'admin' || role === 'auditor';

/** Of each kind; the totals count all. */
const SHOWN = 100;
const FILES_MS = 1_500;
const PAGE = 100;

/** What a retry can mend; the rest needs the operator. */
const RETRIED: Record<StuckKind, boolean> = {
  engine: true,
  attention: true,
  message: true,
  decision: true,
  unit_action: true,
  file_without_row: true,
  row_without_file: false,
  file_scan: false,
  register: false,
  codes: false,
};

/** @throws DomainError not_allowed but for administrators and auditors */
export const showStuckWork = async (
  deps: Deps,
  { staff }: { staff: StaffMember },
): Promise<StuckWork> => {
  if (!maySeeStuckWork(staff)) throw new DomainError('not_allowed');
  return findStuckWork(deps);
};

export const findStuckWork = async (deps: Deps): Promise<StuckWork> => {
  const { db } = deps;
  const [engine, attention, message, decision, unitAction, register, scans, codes, files] =
    await Promise.all([
      listStuckOutbox(db, SHOWN),
      listAttention(db, SHOWN),
      listStuckMessages(db, SHOWN),
      listStuckDecisions(db, SHOWN),
      listStuckActions(db, SHOWN),
      listUnevenRegisters(db),
      listStuckScans(db, SHOWN),
      findUntypedCodes(deps),
      inspectFiles(deps, { withinMs: FILES_MS }),
    ]);
  const groups: [StuckKind, StuckRow[]][] = [
    ['register', register],
    ['row_without_file', missingFiles(files)],
    ['codes', codes],
    ['attention', attention],
    ['engine', engine],
    ['decision', decision],
    ['unit_action', unitAction],
    ['message', message],
    ['file_scan', scans],
    ['file_without_row', orphanFiles(files)],
  ];
  return {
    at: new Date(),
    total: groups.reduce((sum, [, rows]) => sum + (rows[0]?.total ?? 0), 0),
    pieces: groups.flatMap(([kind, rows]) => oldestFirst(rows).map((row) => toPiece(kind, row))),
    allFilesSeen: files.whole,
  };
};

/**
 * Tries all that is stuck of one letter again, or removes a file that belongs to nobody.
 * @returns retried false: there was nothing to do
 * @throws DomainError not_allowed but for administrators
 */
export const retryStuck = async (
  deps: Deps,
  {
    staff,
    target,
    from,
  }: {
    staff: StaffMember;
    target: { letterId: string } | { storageKey: string };
    from?: string | undefined;
  },
): Promise<{ retried: boolean }> => {
  if (staff.role !== 'admin') throw new DomainError('not_allowed');
  const actor: Actor = { kind: 'staff', id: staff.id };
  const retried =
    'letterId' in target
      ? await retryLetter(deps, { letterId: target.letterId, actor, from })
      : await removeFile(deps, target.storageKey, { actor, from });
  return { retried };
};

/** False: there is no such letter, or nothing of it is left to do. */
export const retryLetter = async (
  { db, wake }: Deps,
  { letterId, actor, from }: { letterId: string; actor: Actor; from?: string | undefined },
): Promise<boolean> => {
  if (!isUuid(letterId)) return false;
  const retried = await db.begin(async (tx) => {
    if (!(await lockLetter(tx, letterId))) return false;
    await clearFailures(tx, letterId);
    await signalOpenWorkAgain(tx, { letterId, baseSeconds: 0, doublings: 0 });
    await settleLateWork(tx, letterId);
    const hasWork = await addRetry(tx, letterId);
    await addAuditEntry(tx, { letterId, actor, action: 'retried', from });
    return hasWork;
  });
  if (retried) wake();
  return retried;
};

/** @returns letters that are tried again, and files of nobody that were removed */
export const retryAll = async (
  deps: Deps,
  { actor }: { actor: Actor },
): Promise<{ letters: number; files: number }> => {
  let letters = 0;
  for (let after: string | undefined; ;) {
    const page = await listStuckLetterIds(deps.db, { after, limit: PAGE });
    for (const letterId of page) if (await retryLetter(deps, { letterId, actor })) letters += 1;
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  return { letters, files: (await sweepFiles(deps)).removed };
};

const removeFile = async (
  deps: Deps,
  storageKey: string,
  { actor, from }: { actor: Actor; from: string | undefined },
): Promise<boolean> => {
  if (!isUuid(storageKey) || !(await removeOrphan(deps, storageKey))) return false;
  await addAuditEntry(deps.db, { actor, action: 'orphan_removed', details: { storageKey }, from });
  return true;
};

const oldestFirst = (rows: StuckRow[]): StuckRow[] =>
  rows.toSorted((a, b) => a.since.getTime() - b.since.getTime()).slice(0, SHOWN);

const toPiece = (kind: StuckKind, { total: _total, ...row }: StuckRow): StuckPiece => ({
  kind,
  ...row,
  canRetry: RETRIED[kind],
});

const missingFiles = ({ missing }: FileFindings): StuckRow[] =>
  missing.rows.map(({ id, letterId, storageKey, createdAt }) => ({
    id,
    letterId,
    letterNumber: null,
    what: storageKey,
    cause: null,
    since: createdAt,
    attempts: null,
    total: missing.count,
  }));

const orphanFiles = ({ orphans }: FileFindings): StuckRow[] =>
  orphans.files.map(({ storageKey, storedAt }) => ({
    id: storageKey,
    letterId: null,
    letterNumber: null,
    what: storageKey,
    cause: null,
    since: storedAt,
    attempts: null,
    total: orphans.count,
  }));
