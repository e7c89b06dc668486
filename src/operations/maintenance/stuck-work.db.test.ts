import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { setAttention } from '../../desk/letters/letters.sql.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { isSweepDue, takeSweepTurn } from '../../platform/base/sweep-turn.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
  fileRow,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { decideLetter } from '../../desk/letters/decide-letter.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Deps } from '../../platform/deps.ts';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { findStuckWork, retryAll, retryLetter, retryStuck, showStuckWork } from './stuck-work.ts';

const ACTOR = { kind: 'operator', id: 'test' } as const;

let database: TestDatabase;
let db: Db;
let deps: Deps;
let folder: string;
let files: FileStore;
let wakes: number;
let reviewer: StaffMember;
let letterId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  folder = await mkdtemp(path.join(os.tmpdir(), 'stuck-work-'));
  files = createFileStore(`file:${folder}`);
  deps = testDeps(db, { files, wake: () => (wakes += 1) });
  wakes = 0;
  letterId = await submitTestLetter(db, {
    unitId: await addTestUnit(db),
    applicantId: await addTestApplicant(db),
    file: await storedFile(),
  });
});
afterEach(async () => {
  await db.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const storedFile = async (): Promise<StoredFile> => {
  const stored = await files.receive(Readable.from(['a letter']), { maxBytes: 100 });
  if (!stored.ok) throw new Error(stored.problem);
  return { ...fileRow(), ...stored };
};

/** Older than an upload can be under way. */
const makeOld = async (storageKey: string): Promise<void> => {
  const at = new Date(Date.now() - 2 * 3_600_000);
  const place = path.join(folder, storageKey.slice(0, 2), storageKey.slice(2, 4), storageKey);
  await utimes(place, at, at);
};

const kinds = async (): Promise<string[]> =>
  (await findStuckWork(deps)).pieces.map(({ kind, what }) => `${kind} ${what}`);
const deliverAll = () => db`update outbox set done_at = now()`;
const decide = (): Promise<unknown> =>
  decideLetter(testDeps(db), { letterId, staff: reviewer, decision: { kind: 'approve' } });
const message = (state: string, ageMinutes: number): Promise<unknown> =>
  addLetterMessage(db, {
    id: randomUUID(),
    letterId,
    kind: 'approved',
    outcomeKey: randomUUID(),
    recipient: '+989123456789',
    text: 'متن',
    params: {},
  }).then(
    (id) => db`
      update messages set state = ${state}, last_error = 'the gateway answered 400', attempts = 3,
        created_at = now() - make_interval(mins => ${ageMinutes})
      where id = ${id}`,
  );

test('what is under way is not stuck', async () => {
  await decide();
  await message('pending', 14);
  await message('sent', 500);
  expect(await findStuckWork(deps)).toMatchObject({ total: 0, pieces: [], allFilesSeen: true });
});

test('what the engine was not told within a minute is stuck, with the cause', async () => {
  await db`update outbox set created_at = now() - interval '61 seconds', attempts = 9,
    last_error = 'connection refused'`;
  const { total, pieces } = await findStuckWork(deps);
  expect(total).toBe(1);
  expect(pieces).toMatchObject([
    { kind: 'engine', what: 'start', letterId, cause: 'connection refused', attempts: 9 },
  ]);
});

test('a decision that was told and not taken up within a minute is stuck', async () => {
  await decide();
  await db`update decisions set decided_at = now() - interval '61 seconds'`;
  expect(await kinds()).toEqual([]);
  await deliverAll();
  expect(await kinds()).toEqual(['decision approve']);
});

test('a message that was refused, or waits for a quarter of an hour, is stuck', async () => {
  await deliverAll();
  await message('failed', 0);
  await message('sending', 16);
  expect(await findStuckWork(deps)).toMatchObject({
    total: 2,
    pieces: [{ kind: 'message', cause: 'the gateway answered 400', attempts: 3 }, {}],
  });
});

test('a letter that needs attention says why, and since when', async () => {
  await deliverAll();
  await setAttention(db, { id: letterId, why: 'recordDecision: no' });
  await db`update letters set attention_since = attention_since - interval '1 hour'`;
  await setAttention(db, { id: letterId, why: 'recordDecision: still no' });
  const { pieces } = await findStuckWork(deps);
  expect(pieces).toMatchObject([{ kind: 'attention', cause: 'recordDecision: still no' }]);
  expect(Date.now() - (pieces[0]?.since.getTime() ?? 0)).toBeGreaterThan(3_500_000);
});

test('a register whose counter and entries differ is told, and no retry is offered', async () => {
  await deliverAll();
  await db`insert into register_counters (register, year, last_serial) values ('main', 1405, 7)`;
  expect((await findStuckWork(deps)).pieces).toMatchObject([
    { kind: 'register', what: 'main 1405', canRetry: false },
  ]);
});

test('files of nobody and rows without a file are told', async () => {
  await deliverAll();
  const { storageKey: orphan } = await storedFile();
  await makeOld(orphan);
  const [file] = await db<{ storageKey: string }[]>`select storage_key from files`;
  await files.remove(file?.storageKey ?? '');
  expect(await findStuckWork(deps)).toMatchObject({
    total: 2,
    allFilesSeen: true,
    pieces: [
      { kind: 'row_without_file', letterId, canRetry: false },
      { kind: 'file_without_row', id: orphan, canRetry: true },
    ],
  });
});

test('a retry makes everything of the letter due again, is recorded, and does not pile up', async () => {
  await decide();
  await deliverAll();
  await db`update decisions set decided_at = now() - interval '1 hour'`;
  await message('failed', 30);
  await setAttention(db, { id: letterId, why: 'sendMessage: 400' });
  for (let times = 1; times <= 3; times += 1) {
    expect(await retryLetter(deps, { letterId, actor: ACTOR })).toBe(true);
    expect(wakes).toBe(times);
  }
  const open = await db<{ kind: string }[]>`
    select kind from outbox where done_at is null and next_attempt_at <= now() order by id`;
  expect(open.map(({ kind }) => kind)).toEqual(['approve', 'retry']);
  expect(await db`select 1 from messages where state = 'pending'`).toHaveLength(1);
  expect(await db`select 1 from letters where needs_attention is null`).toHaveLength(1);
  const audit = await db`
    select 1 from audit_entries
    where letter_id = ${letterId} and action = 'retried' and actor_kind = 'operator'`;
  expect(audit).toHaveLength(3);
});

test('there is nothing to retry of a letter at its end, and of one that nobody knows', async () => {
  await deliverAll();
  await db`update letters set status = 'rejected', rejection_reason = 'ناخوانا', decided_at = now()`;
  for (const id of [letterId, randomUUID(), 'nonsense'])
    expect(await retryLetter(deps, { letterId: id, actor: ACTOR })).toBe(false);
  expect(await db`select 1 from outbox where done_at is null`).toHaveLength(0);
});

test('all that is stuck can be tried again at once', async () => {
  await db`update outbox set created_at = now() - interval '2 minutes'`;
  const other = await submitTestLetter(db, {
    unitId: await addTestUnit(db),
    applicantId: await addTestApplicant(db),
  });
  expect(await retryAll(deps, { actor: ACTOR })).toEqual({ letters: 1, files: 0 });
  expect(await db`select 1 from outbox where letter_id = ${other} and kind = 'retry'`).toHaveLength(
    0,
  );
});

test('only an administrator tries again; an auditor looks', async () => {
  const auditor = { ...reviewer, role: 'auditor' as const };
  const admin = { ...reviewer, role: 'admin' as const };
  const target = { letterId };
  await expect(showStuckWork(deps, { staff: reviewer })).rejects.toMatchObject({
    code: 'not_allowed',
  });
  expect(await showStuckWork(deps, { staff: auditor })).toMatchObject({ total: 0 });
  await expect(retryStuck(deps, { staff: auditor, target })).rejects.toMatchObject({
    code: 'not_allowed',
  });
  expect(await retryStuck(deps, { staff: admin, target })).toEqual({ retried: true });
  const { storageKey } = await storedFile();
  const removal = { staff: admin, target: { storageKey } };
  expect(await retryStuck(deps, removal)).toEqual({ retried: false });
  await makeOld(storageKey);
  expect(await retryStuck(deps, removal)).toEqual({ retried: true });
  expect(await files.storedAt(storageKey)).toBeUndefined();
});

test('one process sweeps at a time, and once in so many minutes', async () => {
  let release = (): void => {};
  const first = takeSweepTurn(db, () => new Promise<void>((resolve) => (release = resolve)));
  while ((await takeSweepTurn(db, async () => 'mine')) !== 'busy');
  release();
  await first;
  expect(await takeSweepTurn(db, async () => 'mine')).toBe('mine');
  await expect(takeSweepTurn(db, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await takeSweepTurn(db, async () => 'mine')).toBe('mine');

  expect(await Promise.all([isSweepDue(db, 5), isSweepDue(db, 5)])).toContain(false);
  expect(await isSweepDue(db, 5)).toBe(false);
  await db`update process_heartbeats set at = now() - interval '5 minutes' where role = 'sweep'`;
  expect(await isSweepDue(db, 5)).toBe(true);
});
