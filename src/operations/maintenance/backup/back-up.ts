/**
 * Writes the whole record into one file while the desk goes on: first the tables, as they were at
 * one moment, and then the stored files that their rows name. A file is stored before its row and
 * never changed, so it is there; one that was erased meanwhile is not missed. The data keys of the
 * letters go into a file of their own: whoever keeps only the newest of those has erased in older
 * backups what was erased since.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createArchive } from './archive.ts';
import type { ArchivePart, ArchiveWriter } from './archive.ts';
import { addManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { sealSecret } from './sealed-secret.ts';
import type { StoredBytes } from '../../../platform/files/file-store.ts';
import { addAuditEntry } from '../../../platform/audit/audit.sql.ts';
import type { Actor } from '../../../platform/audit/audit.sql.ts';
import {
  findKeptFiles,
  KEYS_TABLE,
  listBackedUpTables,
  listKeptFiles,
  readMigrations,
  readMoment,
  readSequences,
  readTableLines,
  takeTheTime,
} from './backup.sql.ts';
import type { KeptFile } from './backup.sql.ts';
import type { Db, Tx } from '../../../platform/base/database.ts';
import { listOwnMigrations } from '../../../platform/base/migrate.ts';
import { listRegisters } from '../../../desk/register/register.sql.ts';
import { lastAuditId } from '../../../desk/register/register-checkpoints.sql.ts';
import { OperatorError } from '../../../platform/base/errors.ts';
import { AUDIT_TRAIL } from '../../../desk/register/register-checkpoint.ts';
import { readCheckpoints } from '../../../desk/proof/publish-checkpoints.ts';

/** Names of the parts. */
export const tablePart = (table: string): string => `tables/${table}.ndjson.gz`;
export const filePart = (storageKey: string): string => `files/${storageKey}`;
export const SECRET_PART = 'secret.json';
/** In another backup it does not open. */
export const secretBinding = (id: string): string => `secret of backup ${id}`;

export interface BackUpReport {
  id: string;
  madeAt: Date;
  file: string;
  keysFile: string;
  bytes: number;
  keysBytes: number;
  letters: number;
  files: number;
  /** Named by rows, and not in the store. */
  missing: string[];
  withSecret: boolean;
}

export type BackUp = (input: {
  file: string;
  keysFile: string;
  /** The master secret, to be put in under a passphrase. */
  secret?: { text: string; passphrase: string } | undefined;
  actor: Actor;
}) => Promise<BackUpReport>;

interface Drafts {
  record: ArchiveWriter;
  keys: ArchiveWriter;
}

interface Snapshot {
  at: Date;
  contents: Pick<Manifest, 'migrations' | 'sequences' | 'checkpoints'>;
  tables: Manifest['tables'];
  parts: ArchivePart[];
  keysTable: Manifest['tables'][number];
  keysPart: ArchivePart;
  files: KeptFile[];
}

/** @param key of 32 bytes, by which the desk knows its own backups */
export const createBackUp = ({
  db,
  files,
  key,
  say,
}: {
  db: Db;
  files: StoredBytes;
  key: Buffer;
  /** One line of progress. */
  say: (line: string) => void;
}): BackUp => {
  /** Of the files that were not there: those that should be. */
  const findMissing = async (absent: KeptFile[]): Promise<string[]> => {
    const before = new Map(absent.map(({ id, storageKey }) => [id, storageKey]));
    const now = await findKeptFiles(db, [...before.keys()]);
    if (now.some(({ id, storageKey }) => before.get(id) !== storageKey))
      throw new OperatorError(
        'Files were being sealed just now, and are stored under other names: make the backup once more.',
      );
    return now.map(({ storageKey }) => storageKey);
  };

  const addFiles = async (
    archive: ArchiveWriter,
    kept: KeptFile[],
  ): Promise<{ parts: ArchivePart[]; missing: string[] }> => {
    const parts: ArchivePart[] = [];
    const absent: KeptFile[] = [];
    const tell = sayNowAndThen(say);
    let bytes = 0;
    for (const file of kept) {
      const content = await files.open(file.storageKey);
      if (content) {
        const part = await archive.add(filePart(file.storageKey), content);
        parts.push(part);
        bytes += part.bytes;
      } else absent.push(file);
      tell(`files: ${parts.length} of ${kept.length}, ${megabytes(bytes)}`);
    }
    return { parts, missing: absent.length > 0 ? await findMissing(absent) : [] };
  };

  const write = async (
    { record, keys }: Drafts,
    { file, keysFile, secret, actor }: Parameters<BackUp>[0],
  ): Promise<BackUpReport> => {
    const id = randomUUID();
    const snapshot = await db.begin('isolation level repeatable read read only', async (tx) =>
      readRecord(tx, { record, keys, say }),
    );
    const stored = await addFiles(record, snapshot.files);
    const secretParts = secret
      ? [
          await record.add(SECRET_PART, [
            await sealSecret(secret.text, {
              passphrase: secret.passphrase,
              binding: secretBinding(id),
            }),
          ]),
        ]
      : [];
    const letters = snapshot.tables.find(({ name }) => name === 'letters')?.rows ?? 0;
    const common = {
      format: 'pishkhan backup 1',
      id,
      madeAt: snapshot.at.toISOString(),
      ...snapshot.contents,
      letters,
    } as const;
    await addManifest(
      keys,
      {
        ...common,
        holds: 'keys',
        tables: [snapshot.keysTable],
        files: 0,
        missing: [],
        parts: [snapshot.keysPart],
      },
      key,
    );
    await addManifest(
      record,
      {
        ...common,
        holds: 'record',
        tables: snapshot.tables,
        files: stored.parts.length,
        missing: stored.missing,
        parts: [...snapshot.parts, ...stored.parts, ...secretParts],
      },
      key,
    );
    // Keys first: newer ones fit an older record, and the other way round they do not.
    const keysBytes = await keys.finish();
    const bytes = await record.finish();
    await addAuditEntry(db, {
      actor,
      action: 'backed_up',
      details: { id, letters, files: stored.parts.length, bytes },
    });
    return {
      id,
      madeAt: snapshot.at,
      file,
      keysFile,
      bytes,
      keysBytes,
      letters,
      files: stored.parts.length,
      missing: stored.missing,
      withSecret: secret !== undefined,
    };
  };

  return async (input) => {
    await ensureNewestSchema(db);
    const at = new Date();
    const record = await createArchive(input.file, { at, replace: false });
    try {
      const keys = await createArchive(input.keysFile, { at, replace: true });
      try {
        return await write({ record, keys }, input);
      } finally {
        await keys.drop();
      }
    } finally {
      await record.drop();
    }
  };
};

/** An older record would be restored by this version without what its newer tables hold. */
const ensureNewestSchema = async (db: Db): Promise<void> => {
  const applied = new Set((await readMigrations(db))?.map(({ name }) => name));
  const own = await listOwnMigrations();
  if (own.some(({ name }) => !applied.has(name)) || applied.size > own.length)
    throw new OperatorError(
      'The schema of the database is not that of this version: run migrate, or the version that is running.',
    );
};

const readRecord = async (
  tx: Tx,
  { record, keys, say }: Drafts & { say: (line: string) => void },
): Promise<Snapshot> => {
  await takeTheTime(tx);
  const at = await readMoment(tx);
  const tables: Manifest['tables'] = [];
  const parts: ArchivePart[] = [];
  let keysTable: Snapshot['keysTable'] | undefined;
  let keysPart: ArchivePart | undefined;
  for (const table of await listBackedUpTables(tx)) {
    const isKeys = table.name === KEYS_TABLE;
    const { rows, part } = await addTable(tx, table.name, isKeys ? keys : record);
    if (isKeys) {
      keysTable = { ...table, rows };
      keysPart = part;
    } else {
      tables.push({ ...table, rows });
      parts.push(part);
    }
    if (rows > 0) say(`table ${table.name}: ${rows} rows`);
  }
  if (!keysTable || !keysPart) throw new Error('there is no table of keys');
  const registers = (await listRegisters(tx)).map((register) => register.id);
  const auditId = await lastAuditId(tx);
  return {
    at,
    tables,
    parts,
    keysTable,
    keysPart,
    files: await listKeptFiles(tx),
    contents: {
      migrations: (await readMigrations(tx)) ?? [],
      sequences: await readSequences(tx),
      checkpoints: await readCheckpoints(tx, {
        ids: auditId > 0 ? [...registers, AUDIT_TRAIL] : registers,
        auditId,
        at,
      }),
    },
  };
};

const addTable = async (
  tx: Tx,
  table: string,
  archive: ArchiveWriter,
): Promise<{ rows: number; part: ArchivePart }> => {
  let rows = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const some of readTableLines(tx, table)) {
      rows += some.length;
      yield `${some.join('\n')}\n`;
    }
  };
  let part: ArchivePart | undefined;
  await pipeline(Readable.from(lines()), createGzip(), async (packed: AsyncIterable<Buffer>) => {
    part = await archive.add(tablePart(table), packed);
  });
  if (!part) throw new Error(`the table ${table} was not written`);
  return { rows, part };
};

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

const SAY_MS = 1_000;

/** What is told more often than once a second is for nobody. */
export const sayNowAndThen = (say: (line: string) => void): ((line: string) => void) => {
  let last = performance.now();
  return (line) => {
    if (performance.now() - last < SAY_MS) return;
    last = performance.now();
    say(line);
  };
};
