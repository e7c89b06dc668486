import type { FileType } from './stored-file.ts';
import type { Handle, Tx } from '../base/database.ts';

export type HolderId = { applicantId: string } | { staffId: string };

export interface HeldUploadRow {
  id: string;
  sealed: string;
  type: FileType;
  bytes: number;
  sha256: string;
  storageKey: string;
  /** Among those of its form: 1, 2, … */
  position: number;
}

const isOf = (db: Handle, holder: HolderId) =>
  'applicantId' in holder
    ? db`applicant_id = ${holder.applicantId}`
    : db`staff_id = ${holder.staffId}`;

const columns = (db: Handle) =>
  db`id, sealed, type, bytes::float8 as bytes, sha256, storage_key, position`;

/** Until the transaction ends nobody else holds a file for this person. */
export const lockHolder = async (tx: Tx, holder: HolderId): Promise<void> => {
  const id = 'applicantId' in holder ? holder.applicantId : holder.staffId;
  await tx`select pg_advisory_xact_lock(hashtextextended(${id}, 2))`;
};

export const addHeldUpload = async (
  tx: Tx,
  {
    holder,
    formKey,
    minutes,
    upload,
  }: { holder: HolderId; formKey: string; minutes: number; upload: HeldUploadRow },
): Promise<void> => {
  const applicantId = 'applicantId' in holder ? holder.applicantId : null;
  const staffId = 'staffId' in holder ? holder.staffId : null;
  await tx`
    insert into held_uploads
      (id, applicant_id, staff_id, form_key, sealed, type, bytes, sha256, storage_key, position,
       expires_at)
    values (${upload.id}, ${applicantId}, ${staffId}, ${formKey}, ${upload.sealed}, ${upload.type},
            ${upload.bytes}, ${upload.sha256}, ${upload.storageKey}, ${upload.position},
            now() + make_interval(mins => ${minutes}))`;
};

/** Those of one form, in order. */
export const listHeldUploads = (
  db: Handle,
  { holder, formKey }: { holder: HolderId; formKey: string },
): Promise<HeldUploadRow[]> =>
  db<HeldUploadRow[]>`
    select ${columns(db)} from held_uploads
    where ${isOf(db, holder)} and form_key = ${formKey} and expires_at > now()
    order by position`;

/** Takes the rows away and answers with them, in order: of two who ask, one gets them. */
export const takeHeldUploads = async (
  db: Handle,
  { holder, formKey }: { holder: HolderId; formKey: string },
): Promise<HeldUploadRow[]> => {
  const rows = await db<HeldUploadRow[]>`
    delete from held_uploads
    where ${isOf(db, holder)} and form_key = ${formKey} and expires_at > now()
    returning ${columns(db)}`;
  return rows.toSorted((one, two) => one.position - two.position);
};

/** Also those whose time is over; their storage keys. @param position left out: all of the form */
export const deleteHeldUploads = async (
  db: Handle,
  {
    holder,
    formKey,
    position,
  }: { holder: HolderId; formKey: string; position?: number | undefined },
): Promise<string[]> => {
  const rows = await db<{ storageKey: string }[]>`
    delete from held_uploads
    where ${isOf(db, holder)} and form_key = ${formKey}
      ${position === undefined ? db`` : db`and position = ${position}`}
    returning storage_key`;
  return rows.map(({ storageKey }) => storageKey);
};

/** All but the newest `keep` of this person, those of this form last; their storage keys. */
export const takeOldestHeldUploads = async (
  tx: Tx,
  { holder, formKey, keep }: { holder: HolderId; formKey: string; keep: number },
): Promise<string[]> => {
  const rows = await tx<{ storageKey: string }[]>`
    delete from held_uploads where id in (
      select id from held_uploads where ${isOf(tx, holder)}
      order by form_key = ${formKey} desc, held_at desc, id offset ${keep})
    returning storage_key`;
  return rows.map(({ storageKey }) => storageKey);
};

export const takeExpiredHeldUploads = async (db: Handle): Promise<string[]> => {
  const rows = await db<{ storageKey: string }[]>`
    delete from held_uploads where expires_at <= now() returning storage_key`;
  return rows.map(({ storageKey }) => storageKey);
};
