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
  | 'engine'
  | 'attention'
  | 'message'
  | 'decision'
  | 'unit_action'
  | 'file_without_row'
  | 'row_without_file'
  | 'file_scan'
  | 'register'
  | 'codes';

export interface StuckPiece {
  kind: StuckKind;
  id: string;
  letterId: string | null;
  letterNumber: string | null;
  /** As the record names it: kind of signal, message or action; storage key; register and year. */
  what: string;
  cause: string | null;
  since: Date;
  attempts: number | null;
  canRetry: boolean;
}

export interface StuckWork {
  at: Date;
  total: number;
  pieces: StuckPiece[];
  allFilesSeen: boolean;
}

export const maySeeStuckWork = ({ role }: Pick<StaffMember, 'role'>): boolean =>
  role === 'admin' || role === 'auditor';

const SHOWN = 100;
const FILES_MS = 1_500;
const PAGE = 100;

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
