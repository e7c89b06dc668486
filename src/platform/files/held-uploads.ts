/**
 * Keeps a good file of a form with mistakes elsewhere, so that it need not be uploaded again. Bound
 * to person and form; personal data in the row is sealed.
 */
import type { FileStore } from './file-store.ts';
import { beginInTime } from '../base/database.ts';
import type { Db, Handle, Tx } from '../base/database.ts';
import type { Deps } from '../deps.ts';
import {
  addHeldUpload,
  deleteHeldUpload,
  findHeldUpload,
  lockHolder,
  takeExpiredHeldUploads,
  takeHeldUpload,
  takeOldestHeldUploads,
} from './held-uploads.sql.ts';
import type { HeldUploadRow, HolderId } from './held-uploads.sql.ts';
import { decrypt, encrypt } from '../base/encryption.ts';
import type { AttachedFile, HeldFor, Holder, StoredFile } from './stored-file.ts';

type HeldDeps = Pick<Deps, 'keys'>;

/**
 * Whether a repeated form has the file of the first time (`sha256`; null: none). A held file that
 * is gone went with the first one.
 */
export const isSameFile = async (
  deps: HeldDeps,
  db: Handle,
  {
    which,
    file,
    sha256,
  }: { which: HeldFor; file: StoredFile | 'held' | null; sha256: string | null },
): Promise<boolean> => {
  if (file !== 'held') return (file?.sha256 ?? null) === sha256;
  const kept = await openHeldUpload(deps, db, which);
  return kept ? kept.sha256 === sha256 : sha256 !== null;
};

export const holdFile = async (
  { db, files, keys, config }: Deps,
  { file, ...which }: HeldFor & { file: StoredFile },
): Promise<void> => {
  const { holder } = which;
  const { heldUploads, heldUploadMinutes: minutes } = config.limits;
  const upload = sealedRow({ keys }, file, which);
  const gone = await beginInTime(db, async (tx) => {
    await lockHolder(tx, holder);
    const before = await deleteHeldUpload(tx, which);
    const older = await takeOldestHeldUploads(tx, { holder, keep: heldUploads - 1 });
    await addHeldUpload(tx, { ...which, minutes, upload });
    return [before, ...older];
  });
  await removeAll(files, gone);
};

export const findHeldFile = async (
  deps: Deps,
  which: HeldFor,
): Promise<AttachedFile | undefined> => {
  const file = await openHeldUpload(deps, deps.db, which);
  if (!file) return undefined;
  const { name, type, bytes, sha256 } = file;
  return { name, type, bytes, sha256 };
};

export const moveHeldFile = async (
  { db, keys, config }: Deps,
  { holder, from, to: formKey }: { holder: Holder; from: string; to: string },
): Promise<void> => {
  const to = { holder, formKey };
  const minutes = config.limits.heldUploadMinutes;
  await beginInTime(db, async (tx) => {
    await lockHolder(tx, holder);
    const file = await takeHeldFile({ keys }, tx, { holder, formKey: from });
    if (file) await addHeldUpload(tx, { ...to, minutes, upload: sealedRow({ keys }, file, to) });
  });
};

export const dropHeldFile = async ({ db, files }: Deps, which: HeldFor): Promise<void> => {
  await removeAll(files, [await deleteHeldUpload(db, which)]);
};

export const takeHeldFile = async (
  deps: HeldDeps,
  tx: Tx,
  which: HeldFor,
): Promise<StoredFile | undefined> => {
  const row = await takeHeldUpload(tx, which);
  return row && toStoredFile(deps, row, which);
};

const openHeldUpload = async (
  deps: HeldDeps,
  db: Handle,
  which: HeldFor,
): Promise<StoredFile | undefined> => {
  const row = await findHeldUpload(db, which);
  return row && toStoredFile(deps, row, which);
};

const ownerOf = (holder: HolderId): string =>
  'applicantId' in holder ? `applicant:${holder.applicantId}` : `staff:${holder.staffId}`;

const bindingOf = ({ holder, formKey }: HeldFor): string =>
  `held upload:${ownerOf(holder)}:${formKey}`;

const sealedRow = ({ keys }: HeldDeps, file: StoredFile, which: HeldFor): HeldUploadRow => {
  const { id, name, type, bytes, sha256, storageKey, key, scan, flags } = file;
  const content = Buffer.from(JSON.stringify({ name, key, scan, flags }));
  const sealed = encrypt(keys.held, content, bindingOf(which)).toString('base64url');
  return { id, type, bytes, sha256, storageKey, sealed };
};

const toStoredFile = (
  { keys }: HeldDeps,
  { sealed, ...row }: HeldUploadRow,
  which: HeldFor,
): StoredFile | undefined => {
  let opened: Buffer;
  try {
    opened = decrypt(keys.held, Buffer.from(sealed, 'base64url'), bindingOf(which));
  } catch {
    return undefined;
  }
  const { id, type, bytes, sha256, storageKey } = row;
  const kept = JSON.parse(opened.toString()) as Pick<StoredFile, 'name' | 'key' | 'scan' | 'flags'>;
  return { id, type, bytes, sha256, storageKey, ...kept };
};

const removeAll = async (
  files: Pick<FileStore, 'remove'>,
  storageKeys: (string | undefined)[],
): Promise<void> => {
  for (const storageKey of storageKeys)
    // One that stays for now belongs to nobody, and goes with the sweep.
    if (storageKey !== undefined) await files.remove(storageKey).catch(() => {});
};

export const removeExpiredHeld = async (
  db: Db,
  files: Pick<FileStore, 'remove'>,
): Promise<number> => {
  const gone = await takeExpiredHeldUploads(db);
  await removeAll(files, gone);
  return gone.length;
};
