import type { Handle } from './client.ts';

export interface FileKeyRow {
  id: string;
  letterId: string;
  storageKey: string;
  createdAt: Date;
}

/** Rows of the files whose storage key begins with `digit`. */
export const listFileRows = (db: Handle, digit: string): Promise<FileKeyRow[]> =>
  db<FileKeyRow[]>`
    select id, letter_id, storage_key, created_at from files where left(storage_key, 1) = ${digit}`;

export const findFileKey = async (db: Handle, storageKey: string): Promise<boolean> => {
  const rows = await db`select 1 from files where storage_key = ${storageKey}`;
  return rows.length === 1;
};
