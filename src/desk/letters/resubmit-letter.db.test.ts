/** The round trip of a correction: what was sent before stays in the record. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { listEvidenceFiles, listEvidenceVersions } from '../proof/evidence.sql.ts';
import { findFile } from './letter-files.sql.ts';
import { findLetter } from './letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { contentOf } from '../../testing/file-content.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  noFiles,
  submitTestLetter,
} from '../../testing/letters.ts';
import { decideLetter } from './decide-letter.ts';
import type { DecideLetter } from './decide-letter.ts';
import { readStaffFile } from './letter-files.ts';
import { getStaffLetter } from './staff-letter.ts';
import { recordDecision } from './record-decision.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { resubmitLetter } from './resubmit-letter.ts';
import type { ResubmitLetter } from './resubmit-letter.ts';
import type { Deps } from '../../platform/deps.ts';

const log = createTestLog('test');

let database: TestDatabase;
let db: Db;
let deps: Deps;
let unitId: string;
let otherUnitId: string;
let applicantId: string;
let removed: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  unitId = await addTestUnit(db, 'امور حقوقی');
  otherUnitId = await addTestUnit(db, 'امور مالی');
  applicantId = await addTestApplicant(db);
});
beforeEach(() => {
  removed = [];
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const files = {
  remove: async (storageKey: string) => void removed.push(storageKey),
} as unknown as FileStore;

const send = (letterId: string, input: Partial<ResubmitLetter>): Promise<string> =>
  resubmitLetter(testDeps(db, { files }), {
    applicantId,
    letterId,
    round: 1,
    unitId,
    subject: 'موضوع',
    files: [],
    ...input,
  }).then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof DomainError) return error.code;
      throw error;
    },
  );

const sendBack = async (letterId: string, reason = 'امضا ندارد'): Promise<void> => {
  const decision = { kind: 'return' as const, decisionId: randomUUID(), by: 'ali', reason };
  expect((await recordDecision(deps, { letterId, decision })).refused).toBeNull();
};

const returned = async (): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await sendBack(letterId);
  return letterId;
};

const newFile = (): StoredFile => ({
  ...fileRow(),
  sha256: randomUUID().replaceAll('-', '').repeat(2),
});

test('three rounds and an approval: one number, every version kept', async () => {
  const letterId = await returned();
  const [second, third] = [newFile(), newFile()];
  expect(await send(letterId, { subject: 'موضوع دوم', files: [second] })).toBe('done');
  await sendBack(letterId, 'پیوست ندارد');
  expect(await findLetter(db, letterId)).toMatchObject({
    status: 'returned',
    round: 2,
    returnReason: 'پیوست ندارد',
    letterNumber: null,
  });
  expect(await send(letterId, { round: 2, unitId: otherUnitId, files: [third] })).toBe('done');
  expect((await findFile(db, { letterId }))?.storageKey).toBe(third.storageKey);
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
  await recordDecision(deps, { letterId, decision });
  expect(await findLetter(db, letterId)).toMatchObject({
    status: 'approved',
    round: 3,
    unit: 'امور مالی',
    subject: 'موضوع',
  });
  const versions = await listEvidenceVersions(db, letterId);
  expect(
    versions.map(({ round, subject, addressedUnit }) => [round, subject, addressedUnit]),
  ).toEqual([
    [1, 'درخواست', 'امور حقوقی'],
    [2, 'موضوع دوم', 'امور حقوقی'],
  ]);
  const files = await listEvidenceFiles(db, letterId);
  expect(files.map(({ round, sha256 }) => [round, sha256])).toEqual([
    [1, fileRow().sha256],
    [2, second.sha256],
    [3, third.sha256],
  ]);
  const messages = await db<{ kind: string }[]>`
    select kind from messages where letter_id = ${letterId} order by created_at`;
  expect(messages.map(({ kind }) => kind)).toEqual(['returned', 'returned', 'approved']);
  const entries = await db<{ n: number }[]>`
    select count(*)::int as n from register_entries where letter_id = ${letterId}`;
  expect(entries).toEqual([{ n: 1 }]);
});

test('a file in which a virus was found meanwhile is not sent again: another one is needed', async () => {
  const letterId = await returned();
  await db`update files set scan = 'infected' where letter_id = ${letterId}`;
  expect(await send(letterId, { files: [] })).toBe('file_infected');
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'returned', round: 1 });
  const file = newFile();
  expect(await send(letterId, { files: [file] })).toBe('done');
  expect(await findFile(db, { letterId })).toMatchObject({ id: file.id, scan: 'none' });
});

test('without a new file the old one stays', async () => {
  const letterId = await returned();
  const before = await findFile(db, { letterId });
  expect(await send(letterId, { subject: 'موضوع درست' })).toBe('done');
  expect(await findFile(db, { letterId })).toEqual(before);
  expect(await findLetter(db, letterId)).toMatchObject({
    status: 'pending',
    subject: 'موضوع درست',
  });
});

test('the same form ten times at once is one round, and the copies of its file are taken away', async () => {
  const letterId = await returned();
  const formKey = randomUUID();
  const { sha256 } = newFile();
  const files = Array.from({ length: 10 }, () => ({ ...newFile(), sha256 }));
  const answers = await Promise.all(
    files.map((file) => send(letterId, { formKey, files: [file] })),
  );
  expect(new Set(answers)).toEqual(new Set(['done']));
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'pending', round: 2 });
  const kept = (await findFile(db, { letterId }))?.storageKey ?? '';
  expect([...removed, kept].sort()).toEqual(files.map(({ storageKey }) => storageKey).sort());
});

test('the same form with other content is told, and leaves the file that came with it', async () => {
  const letterId = await returned();
  const first = { formKey: randomUUID(), subject: 'اصلاح', files: [newFile()] };
  expect(await send(letterId, first)).toBe('done');
  expect(await send(letterId, first)).toBe('done');
  removed.length = 0;
  const others = [
    { subject: 'دیگر' },
    { unitId: otherUnitId },
    { files: [newFile()] },
    { files: [] },
  ];
  for (const other of others)
    expect([other, await send(letterId, { ...first, ...other })]).toEqual([other, 'key_reused']);
  expect(removed).toEqual([]);
  // Still so when it has come back and was corrected once more.
  await sendBack(letterId);
  expect(await send(letterId, { round: 2, formKey: randomUUID(), subject: 'سوم' })).toBe('done');
  expect(await send(letterId, first)).toBe('done');
  expect(await send(letterId, { ...first, subject: 'سوم' })).toBe('key_reused');
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'pending', round: 3 });
});

test('another form of a round that was corrected is refused', async () => {
  const letterId = await returned();
  expect(await send(letterId, { formKey: randomUUID() })).toBe('done');
  expect(await send(letterId, { formKey: randomUUID(), files: [newFile()] })).toBe('not_open');
  await sendBack(letterId);
  expect(await send(letterId, { formKey: randomUUID() })).toBe('not_open');
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'returned', round: 2 });
});

test('only its sender corrects a letter, and only one that has come back', async () => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  expect(await send(letterId, {})).toBe('not_open');
  await sendBack(letterId);
  const other = await addTestApplicant(db, '+989120000003');
  expect(await send(letterId, { applicantId: other })).toBe('not_found');
  expect(await send(letterId, { unitId: randomUUID() })).toBe('unit_not_available');
  expect(await send(letterId, { files: ['held'], formKey: randomUUID() })).toBe('held_file_gone');
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'returned', round: 1 });
  expect(await listEvidenceVersions(db, letterId)).toEqual([]);
});

test('a return that is recorded once more changes nothing, even after the correction', async () => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  const decision = { kind: 'return' as const, decisionId: randomUUID(), by: 'ali', reason: 'ناقص' };
  await recordDecision(deps, { letterId, decision });
  expect((await recordDecision(deps, { letterId, decision })).state.status).toBe('returned');
  await send(letterId, {});
  expect((await recordDecision(deps, { letterId, decision })).state.status).toBe('pending');
  const messages = await db`select 1 from messages where letter_id = ${letterId}`;
  expect(messages).toHaveLength(1);
});

test('a decision on a page of an earlier round is not one on what was sent since', async () => {
  const letterId = await returned();
  expect(await send(letterId, { subject: 'چیز دیگری', files: [newFile()] })).toBe('done');
  const staff = await addTestStaff(db, { role: 'reviewer' });
  const decisions: DecideLetter['decision'][] = [
    { kind: 'approve' },
    { kind: 'reject', reason: 'امضا ندارد' },
    { kind: 'return', reason: 'امضا ندارد' },
  ];
  for (const decision of decisions)
    await expect(decideLetter(deps, { letterId, staff, decision, round: 1 })).rejects.toMatchObject(
      {
        code: 'already_decided',
        facts: { kind: 'return', by: 'ali' },
      },
    );
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'pending', round: 2 });
  const decided = decideLetter(deps, { letterId, staff, decision: { kind: 'approve' }, round: 2 });
  expect(await decided).toEqual({ outcome: 'recorded' });
});

test('staff see what the letter said before, and get the file that it had then', async () => {
  const first = { ...fileRow(), name: 'اول.pdf' };
  const letterId = await submitTestLetter(db, { unitId, applicantId, file: first });
  await sendBack(letterId);
  expect(await send(letterId, { subject: 'دوم', unitId: otherUnitId })).toBe('done');
  await sendBack(letterId);
  const third = { ...fileRow(), name: 'سوم.pdf' };
  expect(await send(letterId, { round: 2, subject: 'سوم', files: [third] })).toBe('done');

  const handedOut: string[] = [];
  const reading = testDeps(db, {
    files: {
      ...noFiles,
      open: ({ storageKey }) => {
        handedOut.push(storageKey);
        return Promise.resolve(contentOf(Buffer.from('x')));
      },
    },
  });
  const staff = await addTestStaff(db, { role: 'reviewer' });
  const { versions } = await getStaffLetter(reading, { staff, letterId });
  expect(
    versions.map(({ round, subject, addressedUnit, files: [file] }) => [
      round,
      subject,
      addressedUnit,
      file?.name,
    ]),
  ).toEqual([
    [1, 'درخواست', 'امور حقوقی', 'اول.pdf'],
    [2, 'دوم', 'امور مالی', 'اول.pdf'],
  ]);
  const { file } = await readStaffFile(reading, { staff, letterId, round: 2, from: 'a-hash' });
  expect(file.name).toBe('اول.pdf');
  expect(handedOut).toEqual([first.storageKey]);
  const [told] = await db`
    select actor, from_hash, details ->> 'fileId' as file_id from audit_entries
    where letter_id = ${letterId} and action = 'downloaded'`;
  expect(told).toEqual({ actor: staff.id, fromHash: 'a-hash', fileId: first.id });

  for (const round of [3, 4])
    await expect(readStaffFile(reading, { staff, letterId, round })).rejects.toMatchObject({
      code: 'not_found',
    });
  const clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  await expect(readStaffFile(reading, { staff: clerk, letterId, round: 1 })).rejects.toMatchObject({
    code: 'not_found',
  });
  await db`update files set scan = 'infected' where id = ${first.id}`;
  await expect(readStaffFile(reading, { staff, letterId, round: 1 })).rejects.toMatchObject({
    code: 'file_infected',
  });
});
