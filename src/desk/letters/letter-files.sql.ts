import type { Handle, Tx } from '../../platform/base/database.ts';
import { letterSealFor, readingSeal } from '../../platform/base/record-seals.sql.ts';
import type { FileFlag, FileScan } from '../../platform/files/file-checks.ts';
import type { FileType, StoredFile } from '../../platform/files/stored-file.ts';

export interface FileRow {
  id: string;
  name: string;
  type: FileType;
  bytes: string;
  sha256: string;
  storageKey: string;
  sealedKey: string | null;
  scan: FileScan;
  flags: FileFlag[];
}

export const addFile = async (
  tx: Tx,
  {
    letterId,
    unitActionId,
    round = 1,
    position = 1,
    file,
  }: {
    letterId: string;
    unitActionId?: string;
    round?: number;
    position?: number;
    file: StoredFile;
  },
): Promise<void> => {
  const seal = await letterSealFor(tx, letterId);
  const sealedKey = file.key === undefined ? null : seal.seal(file.key, `files.key:${file.id}`);
  await tx`
    with file as (
      insert into files
        (id, letter_id, unit_action_id, round, position, name, type, bytes, sha256, storage_key,
         sealed_key, scan, flags, scanned_at)
      values (${file.id}, ${letterId}, ${unitActionId ?? null}, ${round}, ${position},
              ${seal.seal(file.name, `files.name:${file.id}`)}, ${file.type}, ${file.bytes},
              ${file.sha256}, ${file.storageKey}, ${sealedKey}, ${file.scan ?? 'none'},
              ${file.flags ?? []}, ${file.scan === 'clean' ? tx`now()` : null})
      returning id)
    insert into previews (file_id) select id from file on conflict (file_id) do nothing`;
};

export const toStoredFile = (
  db: Handle,
  letter: { letterId: string; sealedKey: Buffer | null },
  { sealedKey, ...row }: FileRow,
): StoredFile => {
  const seal = readingSeal(db, letter);
  const file = {
    ...row,
    bytes: Number(row.bytes),
    name: seal.open(row.name, `files.name:${row.id}`),
    ...(sealedKey !== null && { key: seal.open(sealedKey, `files.key:${row.id}`) }),
  };
  return seal.isDamaged() ? { ...file, damaged: true } : file;
};

export const addLetterFiles = async (
  tx: Tx,
  { letterId, round, files }: { letterId: string; round?: number; files: StoredFile[] },
): Promise<void> => {
  for (const [index, file] of files.entries())
    await addFile(tx, {
      letterId,
      ...(round !== undefined && { round }),
      position: index + 1,
      file,
    });
};

interface WhichFiles {
  letterId: string;
  replyNumber?: number | undefined;
  answerId?: string | undefined;
  replyId?: string | undefined;
  fileId?: string;
  round?: number | undefined;
}

/**
 * The letter's own files of its newest round, or as they were in `round`, in order; that of an applied
 * reply or answer; or the one that is named.
 */
export const listFiles = async (
  db: Handle,
  { letterId, replyNumber, answerId, replyId, fileId, round }: WhichFiles,
): Promise<StoredFile[]> => {
  const rows = await db<(FileRow & { letterKey: Buffer | null })[]>`
    select f.id, f.name, f.type, f.bytes, f.sha256, f.storage_key, f.sealed_key,
      f.scan, f.flags, k.sealed_key as letter_key
    from files f left join unit_actions r on r.id = f.unit_action_id
      left join letter_keys k on k.letter_id = f.letter_id
    where f.letter_id = ${letterId}
      and ${
        fileId !== undefined
          ? db`f.id = ${fileId}`
          : replyId !== undefined
            ? db`r.id = ${replyId} and r.kind = 'reply' and r.outcome = 'applied'`
            : answerId !== undefined
              ? db`r.id = ${answerId} and r.kind = 'answer' and r.outcome = 'applied'`
              : replyNumber === undefined
                ? db`f.unit_action_id is null and f.round = ${newestRound(db, round)}`
                : db`r.reply_number = ${replyNumber}`
      }
    order by f.position`;
  return rows.map(({ letterKey, ...file }) =>
    toStoredFile(db, { letterId, sealedKey: letterKey }, file),
  );
};

/** A round that brought no files has those of the one before. @param upTo left out: of all rounds */
const newestRound = (db: Handle, upTo: number | undefined) => db`(
  select max(o.round) from files o where o.letter_id = f.letter_id and o.unit_action_id is null
    ${upTo === undefined ? db`` : db`and o.round <= ${upTo}`})`;

export const findFile = async (
  db: Handle,
  { number = 1, ...which }: WhichFiles & { number?: number | undefined },
): Promise<StoredFile | undefined> => (await listFiles(db, which))[number - 1];
