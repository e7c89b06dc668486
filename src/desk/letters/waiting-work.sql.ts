import type { Handle } from '../../platform/base/database.ts';
import { isKept } from '../../platform/files/file-scans.sql.ts';

export const readWaitingWork = async (
  db: Handle,
  letterId: string,
): Promise<{ messageIds: string[]; fileIds: string[] }> => {
  const [row] = await db<{ messageIds: string[]; fileIds: string[] }[]>`
    select
      array(select m.id from messages m
        where m.letter_id = ${letterId} and m.state <> 'sent' order by m.created_at) as message_ids,
      array(select f.id from files f
        where f.letter_id = ${letterId} and f.scan = 'waiting' and ${isKept(db)}
        order by f.created_at, f.id) as file_ids`;
  return row ?? { messageIds: [], fileIds: [] };
};
