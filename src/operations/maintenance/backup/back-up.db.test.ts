/** A backup from one database and folder into another one, and what refuses it. */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createArchive, openArchive } from './archive.ts';
import { addManifest, checkArchive } from './manifest.ts';
import type { CheckedArchive } from './manifest.ts';
import { createFileStore } from '../../../platform/files/file-store.ts';
import { createStoredBytes } from '../../../platform/files/stored-bytes.ts';
import type { StoredBytes } from '../../../platform/files/stored-bytes.ts';
import { addAuditEntry } from '../../../platform/audit/audit.sql.ts';
import { LEFT_OUT, listTables } from './backup.sql.ts';
import { createDb } from '../../../platform/base/database.ts';
import type { Db } from '../../../platform/base/database.ts';
import { findOutgoingHold } from '../../../platform/messages/held-messages.sql.ts';
import { createRecordSeals } from '../../../platform/base/record-seals.sql.ts';
import type { RecordSeals } from '../../../platform/base/record-seals.sql.ts';
import type { StoredFile } from '../../../platform/files/stored-file.ts';
import { createTestDatabase } from '../../../testing/database.ts';
import type { TestDatabase } from '../../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  submitTestLetter,
} from '../../../testing/letters.ts';
import { createTestLog } from '../../../testing/log-alarm.ts';
import { TEST_MASTER_SECRET, testSeals } from '../../../testing/seals.ts';
import { backUp } from './back-up.ts';
import type { BackUpReport } from './back-up.ts';
import { recordDecision } from '../../../desk/letters/record-decision.ts';
import { ensureEmpty, ensureFitting, restore } from './restore.ts';
import type { RestoreReport } from './restore.ts';
import { endedEngine, testDeps } from '../../../testing/test-deps.ts';
import { rehashSenders } from '../reseal.sql.ts';
import { eraseLetter } from '../retention.ts';
import { deriveKeys } from '../../../platform/sealing/secrets.ts';
import { verifyAudit } from '../../../desk/proof/verify-audit.ts';
import { verifyRegister } from '../../../desk/proof/verify-register.ts';
import { findLetterById } from '../../../desk/letters/letter-access.ts';

const OPERATOR = { kind: 'operator', id: 'test' } as const;
const KEY = deriveKeys(TEST_MASTER_SECRET).backup;
const log = createTestLog('backup');

interface Place {
  database: TestDatabase;
  db: Db;
  files: string;
}

let dir: string;
let from: Place;
const places: Place[] = [];

const openPlace = async (seals: RecordSeals = testSeals): Promise<Place> => {
  const database = await createTestDatabase();
  const place = {
    database,
    db: createDb({ url: database.url, max: 4, log, name: 'test', seals }),
    files: path.join(dir, `files-${randomUUID()}`),
  };
  places.push(place);
  return place;
};

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-backup-'));
  from = await openPlace();
});
afterEach(async () => {
  for (const { db, database } of places.splice(0)) {
    await db.end({ timeout: 5 });
    await database.drop();
  }
  await rm(dir, { recursive: true, force: true });
});

const store = async (text: string): Promise<StoredFile> => {
  const files = createFileStore(`file:${from.files}`);
  const stored = await files.receive(Readable.from([Buffer.from(text)]), { maxBytes: 1_000 });
  if (!stored.ok) throw new Error(stored.problem);
  const { bytes, sha256, storageKey, key } = stored;
  return { ...fileRow(), bytes, sha256, storageKey, ...(key !== undefined && { key }) };
};

interface Sent {
  letterId: string;
  file: StoredFile;
}

let unitId: string;
let applicantId: string;

const settle = async (): Promise<void> => {
  unitId = await addTestUnit(from.db, 'امور حقوقی');
  applicantId = await addTestApplicant(from.db);
};

const send = async (text = 'a letter'): Promise<Sent> => {
  const file = await store(text);
  return { file, letterId: await submitTestLetter(from.db, { unitId, applicantId, file }) };
};

const decide = async (letterId: string, kind: 'approve' | 'reject'): Promise<void> => {
  const decision = { decisionId: randomUUID(), by: 'ali' };
  await recordDecision(testDeps(from.db), {
    letterId,
    decision:
      kind === 'approve' ? { ...decision, kind } : { ...decision, kind, reason: 'کامل نیست' },
  });
};

const erase = async (letterId: string): Promise<void> => {
  await from.db`update messages set state = 'sent', sent_at = now()`;
  await from.db`update outbox set done_at = now()`;
  const deps = testDeps(from.db, {
    files: createFileStore(`file:${from.files}`),
    engine: endedEngine(),
  });
  const { outcome } = await eraseLetter(deps, { letterId, actor: OPERATOR, why: 'request 1' });
  expect(outcome).toBe('erased');
};

const target = (name: string) => ({
  file: path.join(dir, name),
  keysFile: path.join(dir, `${name}.keys`),
  actor: OPERATOR,
});

const backUpTo = (
  name: string,
  files: StoredBytes = createStoredBytes(`file:${from.files}`),
): Promise<BackUpReport> => backUp({ db: from.db, files, key: KEY, say: () => {} }, target(name));

const withArchives = async <Result>(
  names: { record: string; keys: string },
  act: (archives: { record: CheckedArchive; keys: CheckedArchive }) => Promise<Result>,
): Promise<Result> => {
  const record = await checkArchive(await openArchive(path.join(dir, names.record)));
  const keys = await checkArchive(await openArchive(path.join(dir, names.keys)));
  try {
    return await act({ record, keys });
  } finally {
    await record.archive.close();
    await keys.archive.close();
  }
};

const restoreTo = (
  to: Place,
  record: string,
  keys = `${record}.keys`,
  secrets = [KEY],
): Promise<RestoreReport> =>
  withArchives({ record, keys }, async (archives) => {
    await ensureFitting({ ...archives, secrets });
    const files = createStoredBytes(`file:${to.files}`);
    await ensureEmpty({ db: to.db, files, record: archives.record });
    return restore({ db: to.db, files, say: () => {} }, { ...archives, actor: OPERATOR });
  });

/** Every row of every table that a backup holds, as text. */
const contentsOf = async ({ db }: Place): Promise<Record<string, string[]>> => {
  const contents: Record<string, string[]> = {};
  for (const table of await listTables(db)) {
    if (LEFT_OUT.has(table)) continue;
    const rows = await db<{ line: string }[]>`
      select t::text as line from ${db(table)} t order by 1`;
    contents[table] = rows.map(({ line }) => line);
  }
  return contents;
};

const verify = async ({ db }: Place): Promise<void> => {
  const register = await verifyRegister(db, { timeZone: 'Asia/Tehran', checkpoints: [] });
  expect(register.problems).toEqual([]);
  expect((await verifyAudit(db, { checkpoints: [] })).problems).toEqual([]);
};

test('every row and every file comes back as it was, and the desk goes on from there', async () => {
  await settle();
  await addTestStaff(from.db, { role: 'unit', unitIds: [unitId], mobile: '+989120000001' });
  const approved = await send('first');
  const rejected = await send('second');
  await decide(approved.letterId, 'approve');
  await decide(rejected.letterId, 'reject');
  const pending = await send('third');
  await from.db`
    insert into sessions (token_hash, applicant_id, expires_at)
    values ('\\x01', ${applicantId}, now() + interval '1 hour')`;
  const report = await backUpTo('one.backup');
  expect(report).toMatchObject({ letters: 3, files: 3, missing: [] });
  const before = await contentsOf(from);

  const to = await openPlace();
  expect(await restoreTo(to, 'one.backup')).toEqual({
    letters: 3,
    files: 3,
    erased: 0,
    waiting: 2,
  });
  // The words of names are not in a backup, and are made anew with the keys.
  expect(await to.db`select distinct sender_words from letters`).toEqual([{ senderWords: [] }]);
  await rehashSenders(to.db);
  const after = await contentsOf(to);
  // The one tells of the backup itself, the other of the restore.
  const said = (rows: string[] = []): string[] =>
    rows.filter((row) => !row.includes(',backed_up,') && !row.includes(',restored,'));
  expect({ ...after, audit_entries: said(after.audit_entries) }).toEqual({
    ...before,
    audit_entries: said(before.audit_entries),
  });
  expect(after.letters).toHaveLength(3);
  await verify(to);
  const files = createFileStore(`file:${to.files}`);
  for (const { file, letterId } of [approved, rejected, pending]) {
    expect((await files.read(file)).length).toBe(file.bytes);
    expect(await findLetterById(to.db, letterId)).toMatchObject({ senderName: 'شرکت نمونه' });
  }
  expect(await to.db`select 1 from sessions`).toHaveLength(0);
  expect((await findOutgoingHold(to.db))?.why).toContain(report.madeAt.toISOString());

  // Triggers and sequences work as before: the next number follows, chains go on, guards stand.
  await recordDecision(testDeps(to.db), {
    letterId: pending.letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
  });
  const serials = await to.db<{ serial: number }[]>`
    select serial from register_entries order by serial`;
  expect(serials.map(({ serial }) => serial)).toEqual([1, 2]);
  await verify(to);
  await expect(to.db`delete from audit_entries`).rejects.toThrow('append-only');
});

test('what is left out are tables, and none of them holds letters', async () => {
  const tables = await listTables(from.db);
  expect([...LEFT_OUT].filter((name) => !tables.includes(name))).toEqual([]);
  expect(tables.indexOf('units')).toBeLessThan(tables.indexOf('letters'));
  expect(tables.indexOf('unit_actions')).toBeLessThan(tables.indexOf('files'));
});

test('a backup under load shows one moment: what is in it fits itself', async () => {
  await settle();
  await send();
  let busy = true;
  const load = Promise.all(
    [1, 2, 3].map(async (lane) => {
      for (let turn = 0; busy; turn += 1) {
        const { letterId } = await send(`letter ${lane}/${turn}`);
        await decide(letterId, turn % 3 === 0 ? 'reject' : 'approve');
      }
    }),
  );
  const reports: BackUpReport[] = [];
  for (const name of ['a.backup', 'b.backup', 'c.backup']) reports.push(await backUpTo(name));
  busy = false;
  await load;
  expect(reports.map(({ missing }) => missing)).toEqual([[], [], []]);
  for (const name of ['a.backup', 'c.backup']) {
    const to = await openPlace();
    await restoreTo(to, name);
    await verify(to);
    const files = createFileStore(`file:${to.files}`);
    const rows = await to.db<{ storageKey: string }[]>`select storage_key from files`;
    for (const { storageKey } of rows) expect(await files.storedAt(storageKey)).toBeDefined();
  }
}, 60_000);

test('what was erased after the backup stays unreadable with the newest keys', async () => {
  await settle();
  const gone = await send('to be forgotten');
  await decide(gone.letterId, 'reject');
  const kept = await send('to be kept');
  await backUpTo('old.backup');
  await erase(gone.letterId);
  const later = await send('after it');
  await backUpTo('new.backup');

  const to = await openPlace();
  expect(await restoreTo(to, 'old.backup', 'new.backup.keys')).toMatchObject({
    letters: 2,
    erased: 1,
  });
  const rows = await to.db<{ senderName: string; rejectionReason: string }[]>`
    select sender_name, rejection_reason from letters where id = ${gone.letterId}`;
  expect(rows).toEqual([{ senderName: 's1:', rejectionReason: 's1:' }]);
  const files = createFileStore(`file:${to.files}`);
  expect(await files.storedAt(gone.file.storageKey)).toBeUndefined();
  expect((await files.read(kept.file)).toString()).toBe('to be kept');
  expect(await findLetterById(to.db, later.letterId)).toBeUndefined();
  const erasures = await to.db<{ details: { why: string } }[]>`
    select details from audit_entries where letter_id = ${gone.letterId} and action = 'erased'`;
  expect(erasures.map(({ details }) => details.why)).toEqual([
    expect.stringContaining('an older record was restored'),
  ]);
  await verify(to);
  // The other way round letters would be lost.
  await expect(restoreTo(await openPlace(), 'new.backup', 'old.backup.keys')).rejects.toThrow(
    'Name the newest keys',
  );
});

test('another master secret, a changed file and a place that is not empty are refused by name', async () => {
  await settle();
  const { file } = await send();
  await backUpTo('one.backup');
  const other = deriveKeys('another master secret');
  const elsewhere = await openPlace(createRecordSeals({ keys: [other.record] }));
  await expect(restoreTo(elsewhere, 'one.backup', undefined, [other.backup])).rejects.toThrow(
    'made under another master secret',
  );
  // Past the seal, the keys of the letters still say so, and nothing is written.
  await expect(restoreTo(elsewhere, 'one.backup')).rejects.toThrow(
    'sealed under another master secret',
  );
  expect(await elsewhere.db`select 1 from letters`).toHaveLength(0);

  // By somebody who has the backup and not the secret: whole, and not this desk's.
  const forged = await createArchive(path.join(dir, 'forged.backup'), {
    at: new Date(),
    replace: false,
  });
  await withArchives({ record: 'one.backup', keys: 'one.backup.keys' }, async ({ record }) => {
    const parts = [];
    for (const part of record.archive.parts.slice(0, -2))
      parts.push(await forged.add(part.name, record.archive.read(part)));
    await addManifest(forged, { ...record.manifest, parts }, Buffer.alloc(32, 1));
  });
  await forged.finish();
  await expect(restoreTo(await openPlace(), 'forged.backup', 'one.backup.keys')).rejects.toThrow(
    'forged.backup was made under another master secret',
  );

  const to = await openPlace();
  await addTestUnit(to.db);
  await expect(restoreTo(to, 'one.backup')).rejects.toThrow('not empty (table units)');
  const full = await openPlace();
  await createFileStore(`file:${full.files}`).write(Buffer.from('of another desk'));
  await expect(restoreTo(full, 'one.backup')).rejects.toThrow('file store is not empty');
  // What a restore that was cut off left is no other desk's.
  const again = await openPlace();
  await createStoredBytes(`file:${again.files}`).put(file.storageKey, Readable.from(['half']), 4);
  await restoreTo(again, 'one.backup');
  const files = createFileStore(`file:${again.files}`);
  expect((await files.read(file)).toString()).toBe('a letter');
  await expect(restoreTo(again, 'one.backup')).rejects.toThrow('not empty');
});

test('a file that is not in the store is told, one that was erased meanwhile is not', async () => {
  await settle();
  const lost = await send('lost');
  const erased = await send('erased');
  await decide(erased.letterId, 'reject');
  await createFileStore(`file:${from.files}`).remove(lost.file.storageKey);
  expect((await backUpTo('one.backup')).missing).toEqual([lost.file.storageKey]);

  const bytes = createStoredBytes(`file:${from.files}`);
  let met = false;
  const report = await backUpTo('two.backup', {
    ...bytes,
    async open(storageKey) {
      if (!met) await erase(erased.letterId);
      met = true;
      return bytes.open(storageKey);
    },
  });
  expect(report).toMatchObject({ files: 0, missing: [lost.file.storageKey] });
});

test('a backup that fails leaves no file, and the older keys stay', async () => {
  await settle();
  await send();
  await backUpTo('one.backup');
  await copyFile(path.join(dir, 'one.backup.keys'), path.join(dir, 'kept.keys'));
  const files: StoredBytes = {
    ...createStoredBytes(`file:${from.files}`),
    open: () => Promise.reject(new Error('the disk is gone')),
  };
  const broken = backUp(
    { db: from.db, files, key: KEY, say: () => {} },
    { ...target('two.backup'), keysFile: path.join(dir, 'kept.keys') },
  );
  await expect(broken).rejects.toThrow('the disk is gone');
  expect((await readdir(dir)).filter((name) => !name.startsWith('files-')).sort()).toEqual([
    'kept.keys',
    'one.backup',
    'one.backup.keys',
  ]);
  const to = await openPlace();
  expect(await restoreTo(to, 'one.backup', 'kept.keys')).toMatchObject({ letters: 1 });
});

test('the trail says that a backup was made, without a path', async () => {
  await settle();
  await addAuditEntry(from.db, { actor: OPERATOR, action: 'reconciled', details: {} });
  const { id } = await backUpTo('one.backup');
  const rows = await from.db<{ details: Record<string, unknown> }[]>`
    select details from audit_entries where action = 'backed_up'`;
  expect(rows.map(({ details }) => details)).toEqual([
    { id, letters: 0, files: 0, bytes: expect.any(Number) },
  ]);
});
