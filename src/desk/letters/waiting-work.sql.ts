import type { Handle } from '../../platform/base/database.ts';
import { isKept } from '../../platform/files/file-scans.sql.ts';
import { clockOf, toClock } from './deadlines.sql.ts';
import type { ClockRow, StoredClock } from './deadlines.sql.ts';

export interface WaitingWork {
  messageIds: string[];
  fileIds: string[];
  clock: ClockRow;
}

/** What a letter's workflow has to see to, each oldest first. Undefined: there is no such letter. */
export const readWaitingWork = async (
  db: Handle,
  letterId: string,
): Promise<WaitingWork | undefined> => {
  const [row] = await db<(StoredClock & Omit<WaitingWork, 'clock'>)[]>`
    select
      array(select m.id from messages m
        where m.letter_id = l.id and m.state <> 'sent' order by m.created_at) as message_ids,
      array(select f.id from files f
        where f.letter_id = l.id and f.scan = 'waiting' and ${isKept(db)}
        order by f.created_at, f.id) as file_ids,
      ${clockOf(db)}
    from letters l where l.id = ${letterId}`;
  return row && { messageIds: row.messageIds, fileIds: row.fileIds, clock: toClock(row) };
};
