import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ScanResult } from '../../platform/files/clamd.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { readWaitingWork } from '../../desk/letters/waiting-work.sql.ts';
import { countWaitingFiles } from '../../platform/files/file-scans.sql.ts';
import { eraseLetterRow } from './retention.sql.ts';
import { listStuckScans } from './stuck-work.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  submitTestLetter,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { recordDecision } from '../../desk/letters/record-decision.ts';
import { FILE_INFECTED } from '../../desk/letters/refusals.ts';
import { createRescanFiles } from './rescan-files.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { testDeps } from '../../testing/test-deps.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const CLEAN: ScanResult = { verdict: 'clean' };
const INFECTED: ScanResult = { verdict: 'infected', signature: 'Eicar-Test' };
const UNREADABLE: ScanResult = {
  verdict: 'not_scanned',
  why: 'the scanner answered: stream: Can not allocate memory ERROR',
};
const AWAY: ScanResult = { verdict: 'not_scanned', why: 'not reached (ECONNREFUSED)' };

let database: TestDatabase;
let db: Db;
let unitId: string;
let applicantId: string;
/** What the scanner says; and how often it was asked. */
let says: ScanResult;
let asked: number;
/** Storage key of a file that the scanner fails at. */
let unreadable: string | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 5, log, name: 'test', seals: testSeals });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
});
beforeEach(async () => {
  says = CLEAN;
  asked = 0;
  unreadable = undefined;
  // What an earlier test left is not looked at again.
  await db`update files set scan = 'clean', scanned_at = now()`;
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

/** One that lives as long as a process does. */
const createRescan = (days: number) =>
  createRescanFiles(
    testDeps(db, {
      limits: { rescanDays: days },
      files: {
        read: ({ storageKey }: { storageKey: string }) => Promise.resolve(Buffer.from(storageKey)),
      } as unknown as FileStore,
      scanner: {
        scan: (file) => {
          asked += 1;
          const isUnreadable = unreadable !== undefined && file.toString() === unreadable;
          return Promise.resolve(isUnreadable ? UNREADABLE : says);
        },
        version: () => Promise.reject(new Error('not asked for')),
      },
    }),
    { waitingSeconds: 0 },
  );
const rescan = (days = 7) => createRescan(days)();

const submitted = async (scan: 'none' | 'waiting' | 'clean') => {
  const file = { ...fileRow(), scan };
  const letterId = await submitTestLetter(db, { unitId, applicantId, file });
  return { letterId, fileId: file.id };
};

const scanOf = async (fileId: string): Promise<string | undefined> => {
  const [row] = await db<{ scan: string }[]>`select scan from files where id = ${fileId}`;
  return row?.scan;
};

const daysPass = (fileId: string, days: number) =>
  db`update files set created_at = created_at - make_interval(days => ${days}),
       scanned_at = scanned_at - make_interval(days => ${days}) where id = ${fileId}`;

const decisionsOf = (letterId: string) =>
  db<{ kind: string; outcome: string | null; decidedBy: string }[]>`
    select kind, outcome, decided_by from decisions where letter_id = ${letterId}
    order by decided_at`;

test('a file that nobody attends to is scanned, and opened', async () => {
  const { fileId } = await submitted('waiting');
  expect(await rescan()).toEqual({ clean: 1, infected: 0, ended: null });
  expect(await scanOf(fileId)).toBe('clean');
  expect(await rescan()).toEqual({ clean: 0, infected: 0, ended: null });
});

test('a clean file is scanned once a day while it is young, and tells of it once', async () => {
  const { letterId, fileId } = await submitted('clean');
  await rescan();
  expect(asked).toBe(0);
  for (let day = 1; day <= 9; day += 1) {
    await daysPass(fileId, 1);
    await rescan();
    await rescan();
  }
  expect(asked).toBe(6);
  const entries = await db`
    select 1 from audit_entries where letter_id = ${letterId} and action = 'file_clean'`;
  expect(entries).toHaveLength(0);
});

test('without a number of days only what waits is scanned', async () => {
  const { fileId } = await submitted('clean');
  await daysPass(fileId, 2);
  await submitted('waiting');
  await rescan(0);
  expect(asked).toBe(1);
});

test('a file that came before there was a scanner is scanned too', async () => {
  const { fileId } = await submitted('none');
  await rescan();
  expect(await scanOf(fileId)).toBe('clean');
});

test('a file that turns out to be infected closes, and its pending letter is rejected once', async () => {
  const { letterId, fileId } = await submitted('clean');
  await daysPass(fileId, 1);
  says = INFECTED;
  expect(await rescan()).toMatchObject({ infected: 1 });
  await rescan();
  expect(asked).toBe(1);
  expect(await scanOf(fileId)).toBe('infected');
  expect(await decisionsOf(letterId)).toEqual([
    { kind: 'reject', outcome: null, decidedBy: 'بررسی ویروس' },
  ]);
  const signals = await db<{ kind: string; payload: object }[]>`
    select kind, payload from outbox where letter_id = ${letterId} and kind <> 'start'`;
  expect(signals).toMatchObject([{ kind: 'reject', payload: { by: 'desk' } }]);
});

test('a reviewer was faster: the approval is refused by the record, and the desk rejects afterwards', async () => {
  const { letterId, fileId } = await submitted('clean');
  const staff = await addTestStaff(db, { role: 'reviewer' });
  const decisionId = randomUUID();
  await db`insert into decisions (id, letter_id, kind, staff_id, decided_by)
    values (${decisionId}, ${letterId}, 'approve', ${staff.id}, ${staff.name})`;
  await daysPass(fileId, 1);
  says = INFECTED;
  await rescan();
  expect(await decisionsOf(letterId)).toHaveLength(1);
  const recorded = await recordDecision(testDeps(db), {
    letterId,
    decision: { kind: 'approve', decisionId, by: staff.username },
  });
  expect(recorded).toMatchObject({ refused: FILE_INFECTED, state: { status: 'pending' } });
  await rescan();
  expect(await decisionsOf(letterId)).toMatchObject([
    { kind: 'approve', outcome: 'refused' },
    { kind: 'reject', outcome: null },
  ]);
});

test('an approved letter keeps its number when its file turns out to be infected, and the file closes', async () => {
  const { letterId, fileId } = await submitted('clean');
  await recordDecision(testDeps(db), {
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
  });
  await daysPass(fileId, 1);
  says = INFECTED;
  expect(await rescan()).toMatchObject({ infected: 1 });
  expect(await scanOf(fileId)).toBe('infected');
  expect(await decisionsOf(letterId)).toMatchObject([{ kind: 'approve', outcome: 'applied' }]);
});

test('a scanner that is away is asked once, and nothing is lost', async () => {
  const letters = await Promise.all([submitted('waiting'), submitted('waiting')]);
  says = AWAY;
  expect(await rescan()).toEqual({ clean: 0, infected: 0, ended: 'not reached (ECONNREFUSED)' });
  expect(asked).toBe(1);
  expect(await countWaitingFiles(db)).toMatchObject({ files: 2 });
  for (const { fileId } of letters) expect(await scanOf(fileId)).toBe('waiting');
});

test('a file that waits for longer than 15 minutes is stuck work', async () => {
  const { letterId, fileId } = await submitted('waiting');
  expect(await listStuckScans(db, 10)).toEqual([]);
  await db`update files set created_at = now() - interval '16 minutes' where id = ${fileId}`;
  expect(await listStuckScans(db, 10)).toMatchObject([{ id: fileId, letterId, total: 1 }]);
});

test('a file that the scanner cannot look at does not keep it from the others', async () => {
  const letters = [
    await submitted('waiting'),
    await submitted('waiting'),
    await submitted('waiting'),
  ];
  const [first = ''] = letters.map(({ fileId }) => fileId).toSorted();
  const [row] = await db<{ storageKey: string }[]>`
    select storage_key from files where id = ${first}`;
  unreadable = row?.storageKey;
  const sweep = createRescan(7);
  for (let turn = 0; turn < 3; turn += 1) await sweep();
  const scans = await Promise.all(letters.map(({ fileId }) => scanOf(fileId)));
  expect(scans.filter((scan) => scan === 'clean')).toHaveLength(2);
  expect(scans.filter((scan) => scan === 'waiting')).toHaveLength(1);
});

test('of an erased letter nothing is scanned, and nothing waits for the scanner', async () => {
  const { letterId, fileId } = await submitted('waiting');
  await db`update files set created_at = now() - interval '1 hour' where id = ${fileId}`;
  await db.begin((tx) => eraseLetterRow(tx, letterId));
  expect(await rescan()).toEqual({ clean: 0, infected: 0, ended: null });
  expect(asked).toBe(0);
  expect(await listStuckScans(db, 10)).toEqual([]);
  expect(await countWaitingFiles(db)).toEqual({ files: 0, oldest: null });
  expect(await readWaitingWork(db, letterId)).toMatchObject({ messageIds: [], fileIds: [] });
});
