/**
 * Every piece of work that waits longer than it should, with its cause and since when; and the
 * retry by hand, which works however often it failed: it may be asked for again at any time.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
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
  listUntypedCodes,
} from './stuck-work.sql.ts';
import type { StuckRow } from './stuck-work.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { maySeeStuckWork } from '../../desk/desk.ts';
import type { Desk, StuckKind, StuckPiece, StuckWork } from '../../desk/desk.ts';
import type { FileFindings, FileSweep } from './file-sweep.ts';
import type { CodeAlarm } from './watch-codes.ts';

/** Of each kind; the figures count all. */
const SHOWN = 100;
const FILES_MS = 1_500;
const PAGE = 100;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

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

export interface StuckWorkCases extends Pick<Desk, 'stuckWork' | 'retryStuck'> {
  find(): Promise<StuckWork>;
  /** False: there is no such letter, or nothing of it is left to do. */
  retryLetter(input: {
    letterId: string;
    actor: Actor;
    from?: string | undefined;
  }): Promise<boolean>;
  /** @returns letters that are tried again, and files of nobody that were removed */
  retryAll(input: { actor: Actor }): Promise<{ letters: number; files: number }>;
}

export const createStuckWork = ({
  db,
  fileSweep,
  wake,
  codeAlarm,
}: {
  db: Db;
  fileSweep: FileSweep;
  wake: () => void;
  /** Left out: codes are not watched. */
  codeAlarm?: CodeAlarm | undefined;
}): StuckWorkCases => {
  const find = async (): Promise<StuckWork> => {
    const [engine, attention, message, decision, unitAction, register, scans, codes, files] =
      await Promise.all([
        listStuckOutbox(db, SHOWN),
        listAttention(db, SHOWN),
        listStuckMessages(db, SHOWN),
        listStuckDecisions(db, SHOWN),
        listStuckActions(db, SHOWN),
        listUnevenRegisters(db),
        listStuckScans(db, SHOWN),
        codeAlarm ? listUntypedCodes(db, codeAlarm) : [],
        fileSweep.inspect({ withinMs: FILES_MS }),
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

  const retryLetter: StuckWorkCases['retryLetter'] = async ({ letterId, actor, from }) => {
    if (!UUID.test(letterId)) return false;
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

  const removeFile = async (
    storageKey: string,
    { actor, from }: { actor: Actor; from: string | undefined },
  ): Promise<boolean> => {
    if (!UUID.test(storageKey) || !(await fileSweep.removeOrphan(storageKey))) return false;
    await addAuditEntry(db, { actor, action: 'orphan_removed', details: { storageKey }, from });
    return true;
  };

  return {
    find,
    retryLetter,

    async retryAll({ actor }) {
      let letters = 0;
      for (let after: string | undefined; ;) {
        const page = await listStuckLetterIds(db, { after, limit: PAGE });
        for (const letterId of page) if (await retryLetter({ letterId, actor })) letters += 1;
        after = page.at(-1);
        if (page.length < PAGE) break;
      }
      return { letters, files: (await fileSweep.sweep()).removed };
    },

    async stuckWork({ staff }) {
      if (!maySeeStuckWork(staff)) throw new DomainError('not_allowed');
      return find();
    },

    async retryStuck({ staff, target, from }) {
      if (staff.role !== 'admin') throw new DomainError('not_allowed');
      const actor: Actor = { kind: 'staff', id: staff.id };
      const retried =
        'letterId' in target
          ? await retryLetter({ letterId: target.letterId, actor, from })
          : await removeFile(target.storageKey, { actor, from });
      return { retried };
    },
  };
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
