/**
 * A good file that came with a form that has a mistake elsewhere is kept for a while, so that it
 * need not be sent again. It is bound to the person and to the form. What is personal in a row is sealed.
 */
import type { FileStore } from './file-store.ts';
import { beginInTime } from '../base/database.ts';
import type { Db, Handle, Tx } from '../base/database.ts';
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

/** What the use cases that store a letter or a reply need. */
export interface HeldUploads {
  /** The file held for this form; it is then not held any more. Undefined: none, or its time is over. */
  take: (tx: Tx, which: HeldFor) => Promise<StoredFile | undefined>;
  /** The same, and it stays held. */
  peek: (db: Handle, which: HeldFor) => Promise<StoredFile | undefined>;
}

/**
 * Whether a form that comes again has the file of the first time, whose hash is `sha256`; null: it
 * had none. A file that was held for the form and is gone went with the first one.
 */
export const isSameFile = async (
  db: Handle,
  held: HeldUploads,
  {
    which,
    file,
    sha256,
  }: { which: HeldFor; file: StoredFile | 'held' | null; sha256: string | null },
): Promise<boolean> => {
  if (file !== 'held') return (file?.sha256 ?? null) === sha256;
  const kept = await held.peek(db, which);
  return kept ? kept.sha256 === sha256 : sha256 !== null;
};

export interface HeldForPages {
  /** Keeps a received file for this form, in the place of one that was kept before. */
  holdFile: (input: HeldFor & { file: StoredFile }) => Promise<void>;
  /** Undefined: none is kept, or not any more. */
  findHeldFile: (input: HeldFor) => Promise<AttachedFile | undefined>;
  /** On to another form of the same person. No error when none is kept. */
  moveHeldFile: (input: { holder: Holder; from: string; to: string }) => Promise<void>;
  /** No error when none is kept. */
  dropHeldFile: (input: HeldFor) => Promise<void>;
}

const ownerOf = (holder: HolderId): string =>
  'applicantId' in holder ? `applicant:${holder.applicantId}` : `staff:${holder.staffId}`;

const bindingOf = ({ holder, formKey }: HeldFor): string =>
  `held upload:${ownerOf(holder)}:${formKey}`;

export const createHeldUploads = ({
  db,
  files,
  key,
  minutes,
  perPerson,
}: {
  db: Db;
  files: Pick<FileStore, 'remove'>;
  /** Of 32 bytes. */
  key: Buffer;
  /** How long something is kept. */
  minutes: number;
  /** Held files of one person; of more the oldest goes. */
  perPerson: number;
}): HeldUploads & HeldForPages => {
  const seal = (content: object, binding: string): string =>
    encrypt(key, Buffer.from(JSON.stringify(content)), binding).toString('base64url');

  /** Undefined: sealed before the master secret was changed, or not by this desk. */
  const open = (sealed: string, binding: string): unknown => {
    try {
      return JSON.parse(decrypt(key, Buffer.from(sealed, 'base64url'), binding).toString());
    } catch {
      return undefined;
    }
  };

  const toStoredFile = (row: HeldUploadRow, which: HeldFor): StoredFile | undefined => {
    const kept = open(row.sealed, bindingOf(which)) as
      | Pick<StoredFile, 'name' | 'key' | 'scan' | 'flags'>
      | undefined;
    if (!kept) return undefined;
    const { id, type, bytes, sha256, storageKey } = row;
    return { id, type, bytes, sha256, storageKey, ...kept };
  };

  const sealedRow = (file: StoredFile, which: HeldFor): HeldUploadRow => {
    const { id, name, type, bytes, sha256, storageKey } = file;
    // What is undefined is left out.
    const { key: fileKey, scan, flags } = file;
    const sealed = seal({ name, key: fileKey, scan, flags }, bindingOf(which));
    return { id, type, bytes, sha256, storageKey, sealed };
  };

  const peek: HeldUploads['peek'] = async (handle, which) => {
    const row = await findHeldUpload(handle, which);
    return row && toStoredFile(row, which);
  };

  return {
    peek,

    async holdFile({ file, ...which }) {
      const { holder } = which;
      const upload = sealedRow(file, which);
      const gone = await beginInTime(db, async (tx) => {
        await lockHolder(tx, holder);
        const before = await deleteHeldUpload(tx, which);
        const older = await takeOldestHeldUploads(tx, { holder, keep: perPerson - 1 });
        await addHeldUpload(tx, { ...which, minutes, upload });
        return [before, ...older];
      });
      await removeAll(files, gone);
    },

    async findHeldFile(which) {
      const file = await peek(db, which);
      if (!file) return undefined;
      const { name, type, bytes, sha256 } = file;
      return { name, type, bytes, sha256 };
    },

    async moveHeldFile({ holder, from, to: formKey }) {
      const to = { holder, formKey };
      await beginInTime(db, async (tx) => {
        await lockHolder(tx, holder);
        const row = await takeHeldUpload(tx, { holder, formKey: from });
        const file = row && toStoredFile(row, { holder, formKey: from });
        if (file) await addHeldUpload(tx, { ...to, minutes, upload: sealedRow(file, to) });
      });
    },

    async dropHeldFile(which) {
      await removeAll(files, [await deleteHeldUpload(db, which)]);
    },

    async take(tx, which) {
      const row = await takeHeldUpload(tx, which);
      return row && toStoredFile(row, which);
    },
  };
};

const removeAll = async (
  files: Pick<FileStore, 'remove'>,
  storageKeys: (string | undefined)[],
): Promise<void> => {
  for (const storageKey of storageKeys)
    // One that stays for now belongs to nobody, and goes with the sweep.
    if (storageKey !== undefined) await files.remove(storageKey).catch(() => {});
};

/** Takes away what was kept long enough; how many files. */
export const removeExpiredHeld = async (
  db: Db,
  files: Pick<FileStore, 'remove'>,
): Promise<number> => {
  const gone = await takeExpiredHeldUploads(db);
  await removeAll(files, gone);
  return gone.length;
};

/** For what holds nothing. */
export const NOTHING_HELD: HeldUploads = {
  take: () => Promise.resolve(undefined),
  peek: () => Promise.resolve(undefined),
};
