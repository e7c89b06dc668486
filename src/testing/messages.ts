import type { Db } from '../platform/base/database.ts';
import { openTexts } from '../platform/messages/messages.sql.ts';
import type { MessageRow } from '../platform/messages/messages.sql.ts';

/** The messages to a number, E.164, or of a letter, as their receiver reads them; oldest first. */
export const readMessages = async (
  db: Db,
  which: { mobile: string } | { letterId: string },
): Promise<MessageRow[]> => {
  const rows = await db<(MessageRow & { sealedKey: Buffer | null })[]>`
    select m.*, k.sealed_key from messages m left join letter_keys k on k.letter_id = m.letter_id
    where ${
      'mobile' in which
        ? db`m.recipient_hash in ${db(db.seals.mobileHashes(which.mobile))}`
        : db`m.letter_id = ${which.letterId}`
    }
    order by m.created_at`;
  return rows.map((row) => openTexts<MessageRow>(db, row));
};
