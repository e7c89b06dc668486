/**
 * Keeps good files of a form with mistakes elsewhere, so that they need not be uploaded again. Bound
 * to person and form; personal data in the row is sealed.
 */
import type { FileStore } from './file-store.ts';
import { beginInTime } from '../base/database.ts';
import type { Db, Handle, Tx } from '../base/database.ts';
import type { Deps } from '../deps.ts';
import {
  addHeldUpload,
  deleteHeldUploads,
  listHeldUploads,
  lockHolder,
  takeExpiredHeldUploads,
  takeHeldUploads,
  takeOldestHeldUploads,
} from './held-uploads.sql.ts';
import type { HeldUploadRow, HolderId } from './held-uploads.sql.ts';
import { decrypt, encrypt } from '../base/encryption.ts';
import type { AttachedFile, HeldFor, Holder, SentFile, StoredFile } from './stored-file.ts';

type HeldDeps = Pick<Deps, 'keys'>;

/**
 * Whether a repeated form has the files of the first time (`sha256s`). Held files that
 * are gone went with the first one.
 */
export const areSameFiles = async (
  deps: HeldDeps,
  db: Handle,
  { which, files, sha256s }: { which: HeldFor; files: SentFile[]; sha256s: string[] },
): Promise<boolean> => {
  const sent = files.filter((file) => file !== 'held').map(({ sha256 }) => sha256);
  const promised = files.length - sent.length;
  const kept = promised > 0 ? await openHeldUploads(deps, db, which) : [];
  if (promised > 0 && kept.length === 0)
    return sha256s.length === files.length && isEqual(sha256s.slice(promised), sent);
  return isEqual(sha256s, [...kept.map(({ sha256 }) => sha256), ...sent]);
};

/** The same of a form that has one file or none. */
export const isSameFile = (
  deps: HeldDeps,
  db: Handle,
  { which, file, sha256 }: { which: HeldFor; file: SentFile | null; sha256: string | null },
): Promise<boolean> =>
  areSameFiles(deps, db, {
    which,
    files: file === null ? [] : [file],
    sha256s: sha256 === null ? [] : [sha256],
  });

/**
 * Keeps received files for this form: behind those that are kept for it, or in their place. One that
 * is kept already is not kept twice.
 */
export const holdFiles = async (
  deps: Deps,
  {
    received,
    withKept = false,
    ...which
  }: HeldFor & { received: StoredFile[]; withKept?: boolean },
): Promise<void> => {
  const { db, files, config } = deps;
  const { holder, formKey } = which;
  const { heldUploads, heldUploadMinutes: minutes } = config.limits;
  const keep = Math.max(heldUploads, config.MAX_FILES);
  const gone = await beginInTime(db, async (tx) => {
    await lockHolder(tx, holder);
    const kept = withKept ? await takeHeldFiles(deps, tx, which) : [];
    const before = await deleteHeldUploads(tx, which);
    const isKept = ({ sha256 }: StoredFile) => kept.some((file) => file.sha256 === sha256);
    const all = [...kept, ...received.filter((file) => !isKept(file))];
    for (const [index, file] of all.slice(0, config.MAX_FILES).entries()) {
      const upload = sealedRow(deps, { file, position: index + 1, which });
      await addHeldUpload(tx, { ...which, minutes, upload });
    }
    const older = await takeOldestHeldUploads(tx, { holder, formKey, keep });
    const extra = [...received.filter(isKept), ...all.slice(config.MAX_FILES)];
    return [...before, ...older, ...extra.map(({ storageKey }) => storageKey)];
  });
  await removeAll(files, gone);
};

/** Those that are kept for this form, in order. */
export const listHeldFiles = async (deps: Deps, which: HeldFor): Promise<AttachedFile[]> => {
  const kept = await openHeldUploads(deps, deps.db, which);
  return kept.map(({ name, type, bytes, sha256 }) => ({ name, type, bytes, sha256 }));
};

export const moveHeldFiles = async (
  deps: Deps,
  { holder, from, to: formKey }: { holder: Holder; from: string; to: string },
): Promise<void> => {
  const to = { holder, formKey };
  const minutes = deps.config.limits.heldUploadMinutes;
  await beginInTime(deps.db, async (tx) => {
    await lockHolder(tx, holder);
    const kept = await takeHeldFiles(deps, tx, { holder, formKey: from });
    for (const [index, file] of kept.entries()) {
      const upload = sealedRow(deps, { file, position: index + 1, which: to });
      await addHeldUpload(tx, { ...to, minutes, upload });
    }
  });
};

/**
 * No error when none is kept.
 * @param input.number 1, 2, …: only this one of them
 */
export const dropHeldFiles = async (
  deps: Deps,
  { number, ...which }: HeldFor & { number?: number | undefined },
): Promise<void> => {
  const rows = number === undefined ? [] : await listHeldUploads(deps.db, which);
  const position = number === undefined ? undefined : (rows[number - 1]?.position ?? 0);
  await removeAll(deps.files, await deleteHeldUploads(deps.db, { ...which, position }));
};

/** The files held for this form, in order; they are then not held any more. */
export const takeHeldFiles = async (
  deps: HeldDeps,
  tx: Tx,
  which: HeldFor,
): Promise<StoredFile[]> => toStoredFiles(deps, await takeHeldUploads(tx, which), which);

/** Of a form that has one file: the newest. Undefined: none, or its time is over. */
export const takeHeldFile = async (
  deps: HeldDeps,
  tx: Tx,
  which: HeldFor,
): Promise<StoredFile | undefined> => (await takeHeldFiles(deps, tx, which)).at(-1);

const openHeldUploads = async (deps: HeldDeps, db: Handle, which: HeldFor): Promise<StoredFile[]> =>
  toStoredFiles(deps, await listHeldUploads(db, which), which);

const isEqual = (one: string[], two: string[]): boolean =>
  one.length === two.length && one.every((value, index) => value === two[index]);

const toStoredFiles = (deps: HeldDeps, rows: HeldUploadRow[], which: HeldFor): StoredFile[] =>
  rows.map((row) => toStoredFile(deps, row, which)).filter((file) => file !== undefined);

const ownerOf = (holder: HolderId): string =>
  'applicantId' in holder ? `applicant:${holder.applicantId}` : `staff:${holder.staffId}`;

const bindingOf = ({ holder, formKey }: HeldFor): string =>
  `held upload:${ownerOf(holder)}:${formKey}`;

const sealedRow = (
  { keys }: HeldDeps,
  { file, position, which }: { file: StoredFile; position: number; which: HeldFor },
): HeldUploadRow => {
  const { id, name, type, bytes, sha256, storageKey, key, scan, flags } = file;
  const content = Buffer.from(JSON.stringify({ name, key, scan, flags }));
  const sealed = encrypt(keys.held, content, bindingOf(which)).toString('base64url');
  return { id, type, bytes, sha256, storageKey, sealed, position };
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
  storageKeys: string[],
): Promise<void> => {
  // One that stays for now belongs to nobody, and goes with the sweep.
  for (const storageKey of storageKeys) await files.remove(storageKey).catch(() => {});
};

export const removeExpiredHeld = async (
  db: Db,
  files: Pick<FileStore, 'remove'>,
): Promise<number> => {
  const gone = await takeExpiredHeldUploads(db);
  await removeAll(files, gone);
  return gone.length;
};
