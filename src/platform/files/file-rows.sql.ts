import type { Handle } from '../base/database.ts';

export interface FileKeyRow {
  id: string;
  letterId: string;
  storageKey: string;
  createdAt: Date;
}

export const listFileRows = (db: Handle, digit: string): Promise<FileKeyRow[]> =>
  db<FileKeyRow[]>`
    select f.id, f.letter_id, f.storage_key, f.created_at
    from files f left join letter_keys k on k.letter_id = f.letter_id
    where left(f.storage_key, 1) = ${digit} and k.erased_at is null`;

export const findFileKey = async (db: Handle, storageKey: string): Promise<boolean> => {
  const rows = await db`
    select 1 from files f left join letter_keys k on k.letter_id = f.letter_id
    where f.storage_key = ${storageKey} and k.erased_at is null
    union all select 1 from held_uploads where storage_key = ${storageKey}
    union all select 1 from preview_pages where storage_key = ${storageKey}`;
  return rows.length > 0;
};
