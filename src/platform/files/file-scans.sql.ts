import type { FileScan } from './file-checks.ts';
import { NO_ID } from '../base/database.ts';
import type { Db, Handle, Tx } from '../base/database.ts';

export interface ScanRow {
  id: string;
  letterId: string;
  sha256: string;
  scan: FileScan;
  isReply: boolean;
}

const columns = (db: Handle) =>
  db`f.id, f.letter_id, f.sha256, f.scan, f.unit_action_id is not null as is_reply`;

export const findScan = async (db: Handle, fileId: string): Promise<ScanRow | undefined> => {
  const [row] = await db<ScanRow[]>`select ${columns(db)} from files f where f.id = ${fileId}`;
  return row;
};

// Erased letters have no files.
export const isKept = (db: Handle) => db`not exists (
  select 1 from letter_keys k where k.letter_id = f.letter_id and k.erased_at is not null)`;

/** Never overwrites `infected`. */
export const setScan = async (
  tx: Tx,
  { fileId, scan }: { fileId: string; scan: 'clean' | 'infected' },
): Promise<boolean> => {
  const [row] = await tx<{ before: FileScan }[]>`
    update files f set scan = ${scan}, scanned_at = now()
    from (select id, scan from files where id = ${fileId} for update) old
    where f.id = old.id and old.scan <> 'infected'
    returning old.scan as before`;
  return row !== undefined && row.before !== scan;
};

export const listFilesToScan = (
  db: Db,
  {
    after,
    limit,
    days,
    waitingSeconds,
  }: { after?: string | undefined; limit: number; days: number; waitingSeconds: number },
): Promise<ScanRow[]> =>
  db<ScanRow[]>`
    select ${columns(db)} from files f
    where f.id > ${after ?? NO_ID} and (
      (f.scan = 'waiting' and f.created_at < now() - make_interval(secs => ${waitingSeconds}))
      or (f.scan in ('none', 'clean') and f.created_at > now() - make_interval(days => ${days})
        and (f.scanned_at is null or f.scanned_at < now() - interval '23 hours')))
      and ${isKept(db)}
    order by f.id limit ${limit}`;

export const listInfectedLetters = async (db: Db, limit: number): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select l.id from letters l
    where l.status = 'pending'
      and exists (select 1 from files f
        where f.letter_id = l.id and f.unit_action_id is null and f.scan = 'infected'
          and f.round = (select max(o.round) from files o
            where o.letter_id = l.id and o.unit_action_id is null))
      and not exists (select 1 from decisions d where d.letter_id = l.id and d.outcome is null)
    limit ${limit}`;
  return rows.map(({ id }) => id);
};

export const countWaitingFiles = async (
  db: Handle,
): Promise<{ files: number; oldest: Date | null }> => {
  const [row] = await db<{ files: number; oldest: Date | null }[]>`
    select count(*)::int as files, min(f.created_at) as oldest from files f
    where f.scan = 'waiting' and ${isKept(db)}`;
  return row ?? { files: 0, oldest: null };
};
