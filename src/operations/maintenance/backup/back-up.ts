/**
 * Writes the record into one file while the desk runs: first the tables in one snapshot, then the
 * files that their rows name (stored before the row and never changed). The letters' data keys go
 * into a separate file, so that keeping only the newest keys applies later erasures to older
 * backups.
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
import type { StoredBytes } from '../../../platform/files/stored-bytes.ts';
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
  withoutTimeouts,
} from './backup.sql.ts';
import type { KeptFile } from './backup.sql.ts';
import type { Db, Tx } from '../../../platform/base/database.ts';
import { listOwnMigrations } from '../../../platform/base/migrate.ts';
import { listRegisters } from '../../../desk/register/register.sql.ts';
import { lastAuditId } from '../../../desk/register/register-checkpoints.sql.ts';
import { OperatorError } from '../../../platform/base/errors.ts';
import { AUDIT_TRAIL } from '../../../desk/register/register-checkpoint.ts';
import { readCheckpoints } from '../../../desk/proof/publish-checkpoints.ts';

export const tablePart = (table: string): string => `tables/${table}.ndjson.gz`;
const filePart = (storageKey: string): string => `files/${storageKey}`;
export const SECRET_PART = 'secret.json';
// In another backup the secret does not open.
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
  missing: string[];
  withSecret: boolean;
}

export interface BackUpInput {
  file: string;
  keysFile: string;
  secret?: { text: string; passphrase: string } | undefined;
  actor: Actor;
}

interface BackUpDeps {
  db: Db;
  files: StoredBytes;
  key: Buffer;
  say: (line: string) => void;
}

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

interface StoredParts {
  parts: ArchivePart[];
  missing: string[];
}

export const backUp = async (deps: BackUpDeps, input: BackUpInput): Promise<BackUpReport> => {
  await ensureNewestSchema(deps.db);
  const at = new Date();
  const record = await createArchive(input.file, { at, replace: false });
  try {
    const keys = await createArchive(input.keysFile, { at, replace: true });
    try {
      return await writeArchives(deps, { record, keys }, input);
    } finally {
      await keys.drop();
    }
  } finally {
    await record.drop();
  }
};

const writeArchives = async (
  { db, files, key, say }: BackUpDeps,
  drafts: Drafts,
  { file, keysFile, secret, actor }: BackUpInput,
): Promise<BackUpReport> => {
  const id = randomUUID();
  const snapshot = await db.begin('isolation level repeatable read read only', (tx) =>
    readRecord(tx, { ...drafts, say }),
  );
  const stored = await addFiles({ db, files, say }, drafts.record, snapshot.files);
  const secretParts = secret ? [await addSecret(drafts.record, secret, id)] : [];
  const letters = snapshot.tables.find(({ name }) => name === 'letters')?.rows ?? 0;
  await addManifests(drafts, { id, letters, snapshot, stored, secretParts }, key);
  // Keys first: newer keys fit an older record, older keys do not fit a newer one.
  const keysBytes = await drafts.keys.finish();
  const bytes = await drafts.record.finish();
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

const addManifests = async (
  { record, keys }: Drafts,
  contents: {
    id: string;
    letters: number;
    snapshot: Snapshot;
    stored: StoredParts;
    secretParts: ArchivePart[];
  },
  key: Buffer,
): Promise<void> => {
  const { id, letters, snapshot, stored, secretParts } = contents;
  const common = {
    format: 'pishkhan backup 1',
    id,
    madeAt: snapshot.at.toISOString(),
    ...snapshot.contents,
    letters,
  } as const;
  const keysManifest: Manifest = {
    ...common,
    holds: 'keys',
    tables: [snapshot.keysTable],
    files: 0,
    missing: [],
    parts: [snapshot.keysPart],
  };
  const recordManifest: Manifest = {
    ...common,
    holds: 'record',
    tables: snapshot.tables,
    files: stored.parts.length,
    missing: stored.missing,
    parts: [...snapshot.parts, ...stored.parts, ...secretParts],
  };
  await addManifest(keys, keysManifest, key);
  await addManifest(record, recordManifest, key);
};

const addSecret = async (
  record: ArchiveWriter,
  { text, passphrase }: { text: string; passphrase: string },
  id: string,
): Promise<ArchivePart> => {
  const sealed = await sealSecret(text, { passphrase, binding: secretBinding(id) });
  return record.add(SECRET_PART, [sealed]);
};

const addFiles = async (
  { db, files, say }: Omit<BackUpDeps, 'key'>,
  archive: ArchiveWriter,
  kept: KeptFile[],
): Promise<StoredParts> => {
  const parts: ArchivePart[] = [];
  const absent: KeptFile[] = [];
  const report = throttled(say);
  let bytes = 0;
  for (const file of kept) {
    const content = await files.open(file.storageKey);
    if (content) {
      const part = await archive.add(filePart(file.storageKey), content);
      parts.push(part);
      bytes += part.bytes;
    } else absent.push(file);
    report(`files: ${parts.length} of ${kept.length}, ${megabytes(bytes)}`);
  }
  return { parts, missing: absent.length > 0 ? await findMissing(db, absent) : [] };
};

// Files that were erased during the backup are absent, but not missing.
const findMissing = async (db: Db, absent: KeptFile[]): Promise<string[]> => {
  const before = new Map(absent.map(({ id, storageKey }) => [id, storageKey]));
  const now = await findKeptFiles(db, [...before.keys()]);
  if (now.some(({ id, storageKey }) => before.get(id) !== storageKey))
    throw new OperatorError(
      'Files were being sealed just now, and are stored under other names: make the backup once more.',
    );
  return now.map(({ storageKey }) => storageKey);
};

// A restore by this version would lose what an older or newer schema holds.
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
  await withoutTimeouts(tx);
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

const PROGRESS_MS = 1_000;

export const throttled = (say: (line: string) => void): ((line: string) => void) => {
  let last = performance.now();
  return (line) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    say(line);
  };
};
