import type { Handle, Tx } from '../../platform/base/database.ts';
import type { HolderId } from '../../platform/files/held-uploads.sql.ts';

export interface ParkedFormRow {
  path: string;
  page: string;
  sealed: string;
}

const isOf = (db: Handle, holder: HolderId) =>
  'applicantId' in holder
    ? db`applicant_id = ${holder.applicantId}`
    : db`staff_id = ${holder.staffId}`;

/** Replaces an earlier one of the same form; all but this person's newest `keep` are deleted. */
export const addParkedForm = async (
  tx: Tx,
  {
    tokenHash,
    holder,
    form,
    minutes,
    keep,
  }: {
    tokenHash: Buffer;
    holder: HolderId;
    form: ParkedFormRow;
    minutes: number;
    keep: number;
  },
): Promise<void> => {
  const applicantId = 'applicantId' in holder ? holder.applicantId : null;
  const staffId = 'staffId' in holder ? holder.staffId : null;
  await tx`delete from parked_forms where token_hash = ${tokenHash} and path = ${form.path}`;
  await tx`
    insert into parked_forms
      (token_hash, path, page, applicant_id, staff_id, sealed, expires_at)
    values (${tokenHash}, ${form.path}, ${form.page}, ${applicantId}, ${staffId}, ${form.sealed},
            now() + make_interval(mins => ${minutes}))`;
  await tx`
    delete from parked_forms where (token_hash, path) in (
      select token_hash, path from parked_forms where ${isOf(tx, holder)}
      order by parked_at desc offset ${keep})`;
};

export const findParkedFormRow = async (
  db: Handle,
  { tokenHash, holder, path }: { tokenHash: Buffer; holder: HolderId; path?: string | undefined },
): Promise<ParkedFormRow | undefined> => {
  const [row] = await db<ParkedFormRow[]>`
    select path, page, sealed from parked_forms
    where token_hash = ${tokenHash} and ${isOf(db, holder)} and expires_at > now()
      ${path === undefined ? db`` : db`and (path = ${path} or page = ${path})`}
    order by parked_at desc limit 1`;
  return row;
};

export const deleteParkedForm = async (
  db: Handle,
  { tokenHash, path }: { tokenHash: Buffer; path: string },
): Promise<void> => {
  await db`delete from parked_forms where token_hash = ${tokenHash} and path = ${path}`;
};

export const deleteForeignParkedForms = async (
  db: Handle,
  { tokenHash, holder }: { tokenHash: Buffer; holder: HolderId },
): Promise<void> => {
  await db`
    delete from parked_forms where token_hash = ${tokenHash} and (${isOf(db, holder)}) is not true`;
};
