import { InternalText } from '../../platform/base/audience.ts';
import type { Handle } from '../../platform/base/database.ts';
import { readingSeal } from '../../platform/base/record-seals.sql.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { fileColumn } from './letter-detail.sql.ts';
import { toStoredFile } from './letter-files.sql.ts';
import type { FileRow } from './letter-files.sql.ts';

export interface UnreleasedReplyRow {
  id: string;
  at: Date;
  by: string;
  staffId: string | null;
  keyId: string | null;
  actingFor: string[];
  unit: string;
  text: InternalText;
  file: StoredFile | null;
  damaged?: boolean;
}

/** Replies that wait for a second person, or went back to their author, in order. For pages of staff alone. */
export const listUnreleasedReplies = async (
  db: Handle,
  letterId: string,
): Promise<UnreleasedReplyRow[]> => {
  const rows = await db<
    (Omit<UnreleasedReplyRow, 'text' | 'file'> & {
      body: string;
      file: FileRow | null;
      letterKey: Buffer | null;
    })[]
  >`
    select r.id, r.acted_at as at, r.acted_by as by, r.staff_id, r.key_id, r.acting_for, r.acting_unit as unit,
      coalesce(r.body, '') as body, k.sealed_key as letter_key, ${fileColumn(db)}
    from unit_actions r left join files f on f.unit_action_id = r.id
      left join letter_keys k on k.letter_id = r.letter_id
    where r.letter_id = ${letterId} and r.kind = 'reply' and r.outcome = 'applied'
      and r.reply_number is null
    order by r.acted_at, r.id`;
  return rows.map(({ letterKey, body, file, ...row }) => {
    const letter = { letterId, sealedKey: letterKey };
    const seal = readingSeal(db, letter);
    const text = new InternalText(seal.open(body, `unit_actions.body:${row.id}`));
    return {
      ...row,
      text,
      file: file && toStoredFile(db, letter, file),
      ...(seal.isDamaged() && { damaged: true }),
    };
  });
};
