/**
 * Restores into an empty database and file store: files first (repeatable), then all rows in one
 * transaction. The keys may be newer than the record: what was erased since the backup is erased
 * again. Messages are held, because nobody knows which were sent after the backup.
 */
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { CheckedArchive, Manifest } from './manifest.ts';
import type { StoredBytes } from '../../../platform/files/stored-bytes.ts';
import { addAuditEntry } from '../../../platform/audit/audit.sql.ts';
import type { Actor } from '../../../platform/audit/audit.sql.ts';
import {
  addTableLines,
  analyze,
  beginRefill,
  countDeskProcesses,
  countKeylessLetters,
  countRows,
  endRefill,
  findFilledTable,
  KEYS_TABLE,
  readMigrations,
  withoutTimeouts,
} from './backup.sql.ts';
import type { BackedUpTable } from './backup.sql.ts';
import type { Db, Tx } from '../../../platform/base/database.ts';
import { lockLetter } from '../../../desk/letters/letters.sql.ts';
import { listOwnMigrations } from '../../../platform/base/migrate.ts';
import { holdOutgoing, listWaitingMessages } from '../../../platform/messages/held-messages.sql.ts';
import { clearTexts, listRestoredLetters } from '../retention.sql.ts';
import { opensRecord } from '../reseal.sql.ts';
import { OperatorError } from '../../../platform/base/errors.ts';
import { megabytes, throttled, tablePart } from './back-up.ts';
import { readCheckpoints } from '../../../desk/proof/publish-checkpoints.ts';

const FILES = 'files/';
const LETTERS_AT_ONCE = 100;
const LINES_AT_ONCE = 500;
const BYTES_AT_ONCE = 1_000_000;
const ERASED_BEFORE = 'it had been erased when an older record was restored';

export interface RestoreReport {
  letters: number;
  files: number;
  erased: number;
  waiting: number;
}

export const ensureFitting = async ({
  record,
  keys,
  secrets,
}: {
  record: CheckedArchive;
  keys: CheckedArchive;
  secrets: Buffer[];
}): Promise<void> => {
  if (record.manifest.holds !== 'record')
    throw new OperatorError(`${record.archive.file} holds keys: name the backup itself.`);
  if (keys.manifest.holds !== 'keys')
    throw new OperatorError(`${keys.archive.file} holds no keys: name the file of keys.`);
  for (const checked of [record, keys]) ensureOwn(checked, secrets);
  if (keys.manifest.madeAt < record.manifest.madeAt)
    throw new OperatorError(
      `The keys in ${keys.archive.file} are of ${keys.manifest.madeAt}, before the backup of ${record.manifest.madeAt}: the letters between would be lost. Name the newest keys.`,
    );
  const own = new Map((await listOwnMigrations()).map(({ name, sha256 }) => [name, sha256]));
  const unknown = record.manifest.migrations.find(({ name, sha256 }) => own.get(name) !== sha256);
  if (unknown)
    throw new OperatorError(
      `The backup was made by another version of the desk: ${unknown.name} is not known here. Restore with that version, then upgrade.`,
    );
};

export const ensureOwn = (checked: CheckedArchive, secrets: Buffer[]): void => {
  const { archive } = checked;
  const by = checked.sealedBy(secrets);
  if (by === 'another secret')
    throw new OperatorError(
      `${archive.file} was made under another master secret than the one here. Put that one into SECRET_KEY_FILE, or name it in SECRET_KEY_OLD_FILE.`,
    );
  if (by === 'changed')
    throw new OperatorError(
      `${archive.file} was changed after it was made: its seal does not fit. Nothing was restored.`,
    );
};

export const ensureEmpty = async ({
  db,
  files,
  record,
}: {
  db: Db;
  files: StoredBytes;
  record: CheckedArchive;
}): Promise<void> => {
  if ((await countDeskProcesses(db)) > 0)
    throw new OperatorError('The desk is running: stop its web and worker processes first.');
  const filled = await findFilledTable(db);
  if (filled !== undefined)
    throw new OperatorError(
      `The database is not empty (table ${filled}). A backup is restored into an empty one only: name another in DATABASE_URL, or another DATA_DIR.`,
    );
  const known = new Set(record.manifest.migrations.map(({ name }) => name));
  const newer = (await readMigrations(db))?.find(({ name }) => !known.has(name));
  if (newer)
    throw new OperatorError(
      `The schema of the database is newer than the backup (${newer.name}). Give an empty database that nothing has migrated.`,
    );
  for await (const storageKey of files.list())
    if (!record.find(`${FILES}${storageKey}`))
      throw new OperatorError(
        'The file store is not empty. A backup is restored into an empty one only: name another in FILES_URL, or another DATA_DIR.',
      );
};

export const restore = async (
  { db, files, say }: { db: Db; files: StoredBytes; say: (line: string) => void },
  { record, keys, actor }: { record: CheckedArchive; keys: CheckedArchive; actor: Actor },
): Promise<RestoreReport> => {
  const restored = await putFiles({ record, files, say });
  const { erased, removed } = await db.begin(async (tx) => {
    await fillTables(tx, { record, keys, say });
    const again = await eraseAgain(tx, actor);
    const { manifest } = record;
    await holdOutgoing(tx, `restored from the backup of ${manifest.madeAt}`);
    await addAuditEntry(tx, {
      actor,
      action: 'restored',
      details: {
        id: manifest.id,
        madeAt: manifest.madeAt,
        letters: manifest.letters,
        files: restored,
        erased: again.erased,
      },
    });
    return again;
  });
  // One that cannot be removed belongs to no letter: the sweep will remove it.
  for (const storageKey of removed) await files.remove(storageKey).catch(() => {});
  await analyze(db);
  return {
    letters: record.manifest.letters,
    files: restored,
    erased,
    waiting: (await listWaitingMessages(db, 1))[0]?.total ?? 0,
  };
};

const putFiles = async ({
  record: { archive, manifest },
  files,
  say,
}: {
  record: CheckedArchive;
  files: StoredBytes;
  say: (line: string) => void;
}): Promise<number> => {
  const report = throttled(say);
  let count = 0;
  let bytes = 0;
  for (const part of archive.parts) {
    if (!part.name.startsWith(FILES)) continue;
    await files.put(part.name.slice(FILES.length), archive.read(part), part.bytes);
    count += 1;
    bytes += part.bytes;
    report(`files: ${count} of ${manifest.files}, ${megabytes(bytes)}`);
  }
  await files.settle();
  return count;
};

const fillTables = async (
  tx: Tx,
  {
    record,
    keys,
    say,
  }: { record: CheckedArchive; keys: CheckedArchive; say: (line: string) => void },
): Promise<void> => {
  const { manifest } = record;
  await withoutTimeouts(tx);
  await beginRefill(tx);
  for (const table of manifest.tables) {
    await addRows(tx, record, table);
    const rows = await countRows(tx, table.name);
    if (rows !== table.rows)
      throw new Error(`of the table ${table.name} ${rows} rows came back, not ${table.rows}`);
    if (rows > 0) say(`table ${table.name}: ${rows} rows`);
  }
  const [keysTable] = keys.manifest.tables;
  if (keysTable?.name !== KEYS_TABLE) throw new Error('the file of keys holds none');
  await addRows(tx, keys, keysTable);
  await endRefill(tx, manifest.sequences);
  const keyless = await countKeylessLetters(tx);
  if (keyless > 0)
    throw new OperatorError(
      `${keyless} letters of the backup have no key in ${keys.archive.file}: name the newest keys. Nothing was restored.`,
    );
  if (!(await opensRecord(tx)))
    throw new OperatorError(
      'The keys of the letters were sealed under another master secret than the one here. Nothing was restored.',
    );
  await ensureSameCheckpoints(tx, manifest);
};

const addRows = async (tx: Tx, checked: CheckedArchive, table: BackedUpTable): Promise<void> => {
  const part = checked.find(tablePart(table.name));
  if (!part) throw new Error(`the table ${table.name} is not in the backup`);
  await pipeline(
    Readable.from(checked.archive.read(part)),
    createGunzip(),
    async (unpacked: AsyncIterable<Buffer>) => {
      let lines: string[] = [];
      let bytes = 0;
      for await (const line of linesOf(unpacked)) {
        lines.push(line);
        bytes += line.length;
        if (lines.length < LINES_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
        await addTableLines(tx, table, lines);
        lines = [];
        bytes = 0;
      }
      await addTableLines(tx, table, lines);
    },
  );
};

// Split at line feeds only: JSON text may hold other line terminators.
async function* linesOf(unpacked: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const piece of unpacked) {
    let from = 0;
    for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, from)) {
      yield Buffer.concat([...rest, piece.subarray(from, at)]).toString('utf8');
      rest = [];
      from = at + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
  }
}

const ensureSameCheckpoints = async (tx: Tx, { checkpoints }: Manifest): Promise<void> => {
  for (const checkpoint of checkpoints) {
    const [now] = await readCheckpoints(tx, {
      ids: [checkpoint.register],
      auditId: checkpoint.serial,
      at: new Date(),
    });
    if (now?.hash !== checkpoint.hash || now.serial !== checkpoint.serial)
      throw new Error(`the checkpoint of ${checkpoint.register} is not the one that was backed up`);
  }
};

const eraseAgain = async (tx: Tx, actor: Actor): Promise<{ erased: number; removed: string[] }> => {
  const removed: string[] = [];
  for (let erased = 0; ;) {
    const letterIds = await listRestoredLetters(tx, LETTERS_AT_ONCE);
    if (letterIds.length === 0) return { erased, removed };
    for (const letterId of letterIds) {
      await lockLetter(tx, letterId);
      const storageKeys = await clearTexts(tx, letterId);
      await addAuditEntry(tx, {
        letterId,
        actor,
        action: 'erased',
        details: { why: ERASED_BEFORE, files: storageKeys.length },
      });
      removed.push(...storageKeys);
      erased += 1;
    }
  }
};
