/** Pictures of pages: made once, sealed, shown to who may see the letter, and erased with it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { Deps } from '../../platform/deps.ts';
import { FilePool, PREVIEW_POOL } from '../../platform/files/pool/file-pool.ts';
import type { FileJob, FileJobReport } from '../../platform/files/pool/file-pool.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { addFile } from './letter-files.sql.ts';
import { clearTexts, eraseLetterRow } from '../../operations/maintenance/retention.sql.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { makePdf } from '../../testing/sample-files.ts';
import { testSeals } from '../../testing/seals.ts';
import { endlessPdf } from '../../testing/slow-files.ts';
import type { FileScan } from '../../platform/files/file-checks.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { PREVIEW_LIMITS } from '../../platform/files/preview.ts';
import type { FileType } from '../../platform/files/stored-file.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { inspectFiles } from '../../operations/maintenance/file-sweep.ts';
import { createPreviewMaker, makeNextPreview } from './make-previews.ts';
import { getLetter } from './applicant-letters.ts';
import { readPreview, readReplyPreview } from './letter-previews.ts';
import { getStaffLetter } from './staff-letter.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { createRateLimit, NO_LIMITS } from '../../platform/base/rate-limit.ts';
import type { RateLimit } from '../../platform/base/rate-limit.ts';

const log = createTestLog('previews');
let database: TestDatabase;
let db: Db;
let folder: string;
let files: FileStore;
let unitId: string;
let applicantId: string;
let reviewer: StaffMember;
let drawn: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 5, log, name: 'test', seals: testSeals });
  folder = await mkdtemp(path.join(os.tmpdir(), 'previews-'));
  files = createFileStore(`file:${folder}`);
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  const { id } = await addTestStaff(db, { role: 'reviewer' });
  reviewer = { id, username: 'r', name: 'مریم', role: 'reviewer', unitIds: [] };
  drawn = [];
});
afterAll(async () => {
  await db.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

type DrawPages = (
  file: { bytes: Buffer },
  how: { owner: string; from: number; patience: number },
) => Promise<{
  pages: { page: number; total: number; width: number; height: number; bytes: Uint8Array }[];
  ended: 'whole' | 'broken' | 'costly';
}>;
type ReadText = (file: { bytes: Buffer }) => Promise<{ text: string; cut: boolean }>;

/** Draws two pages that hold the content of the file. */
const twoPages: DrawPages = ({ bytes }) => {
  drawn.push(bytes.toString());
  const pages = [1, 2].map((page) => ({
    page,
    total: 7,
    width: 600,
    height: 800,
    bytes: Buffer.from(`${page} of ${bytes.toString()}`),
  }));
  return Promise.resolve({ pages, ended: 'whole' });
};

const textOf: ReadText = ({ bytes }) =>
  Promise.resolve({ text: `متن ${bytes.toString()}`, cut: true });

/** Draws and reads in this process what a process of the pool would. */
const poolOf = (drawPages: DrawPages, readText: ReadText): FilePool => {
  const run = async ({
    name,
    input,
    owner,
    limits,
    onPiece,
  }: FileJob<'drawPages' | 'readText'>) => {
    const file = typeof input === 'function' ? await input() : input;
    if (name === 'readText')
      return { how: 'done', cpuSeconds: 0, result: await readText(file as never) };
    const patience = limits.cpuSeconds / PREVIEW_LIMITS.seconds;
    const { from = 1 } = file as { from?: number };
    const { pages, ended } = await drawPages(file as never, { owner, from, patience });
    for (const page of pages) onPiece?.(page as never);
    if (ended === 'costly') return { how: 'costly', cpuSeconds: 0 };
    return { how: 'done', cpuSeconds: 0, result: { isBroken: ended === 'broken' } };
  };
  return { run } as unknown as FilePool;
};

const maker = (drawPages = twoPages, readText = textOf, rateLimits: RateLimit = NO_LIMITS) =>
  makerWith({ filePool: poolOf(drawPages, readText), rateLimits });
const makerWith = (parts: Pick<Deps, 'filePool' | 'rateLimits'>, limits = {}) => {
  const own = testDeps(db, { files, log, limits: { previewPollMs: 100, ...limits }, ...parts });
  return { ...createPreviewMaker(own), makeNext: () => makeNextPreview(own) };
};
const deps = () => testDeps(db, { files });
const pageOf = (which: {
  staff: StaffMember;
  letterId: string;
  replyNumber?: number;
  page: number;
}) => readPreview(deps(), which);
const previewOf = async (letterId: string) =>
  (await getStaffLetter(deps(), { staff: reviewer, letterId })).previews[0];

const submitted = async (
  content: string | Buffer,
  more: { type?: FileType; scan?: FileScan } = {},
  sender = applicantId,
) => {
  const { storageKey, bytes, sha256, key } = await files.write(Buffer.from(content as string));
  const file = { ...fileRow(), storageKey, bytes, sha256, ...(key && { key }), ...more };
  const letterId = await submitTestLetter(db, { unitId, applicantId: sender, file });
  return { letterId, fileId: file.id };
};

const picturesOf = async (fileId: string): Promise<string[]> => {
  const rows = await db<{ storageKey: string }[]>`
    select storage_key from preview_pages where file_id = ${fileId} order by page`;
  return rows.map(({ storageKey }) => storageKey);
};

const stored = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

test('the pages of a letter are drawn once, encrypted, and read by who may see the letter', async () => {
  const { letterId, fileId } = await submitted('first letter');
  expect(await previewOf(letterId)).toEqual({ state: 'asked' });
  expect(await maker().makeNext()).toBe(true);
  expect(await maker().makeNext()).toBe(false);
  expect(drawn).toEqual(['first letter']);

  const size = { width: 600, height: 800, turns: 0 };
  expect(await previewOf(letterId)).toEqual({
    state: 'made',
    kind: 'pages',
    pages: [size, size],
    total: 7,
  });
  const page = await pageOf({ staff: reviewer, letterId, page: 2 });
  expect(page.toString()).toBe('2 of first letter');
  const [key = ''] = await picturesOf(fileId);
  const raw = await readFile(path.join(folder, key.slice(0, 2), key.slice(2, 4), key));
  expect(raw.includes('first letter')).toBe(false);

  const clerk: StaffMember = { ...reviewer, role: 'unit', unitIds: [] };
  for (const wrong of [
    { staff: clerk, letterId, page: 1 },
    { staff: reviewer, letterId, page: 3 },
    { staff: reviewer, letterId: unitId, page: 1 },
  ])
    await expect(pageOf(wrong)).rejects.toMatchObject({ code: 'not_found' });
});

test('looking at pages is recorded as reading, once', async () => {
  const { letterId } = await submitted('read');
  await maker().makeNext();
  const reader = { ...reviewer, id: (await addTestStaff(db, { role: 'reviewer' })).id };
  for (const page of [1, 2]) await pageOf({ staff: reader, letterId, page });
  const entries = await db`
    select id from audit_entries where letter_id = ${letterId} and action = 'read'
      and actor = ${reader.id}`;
  expect(entries).toHaveLength(1);
});

test('a file that is closed is neither drawn nor shown', async () => {
  const { letterId, fileId } = await submitted('not scanned', { scan: 'waiting' });
  expect(await maker().makeNext()).toBe(false);
  expect(await previewOf(letterId)).toEqual({ state: 'none' });

  await db`update files set scan = 'clean' where id = ${fileId}`;
  expect(await maker().makeNext()).toBe(true);
  expect(await previewOf(letterId)).toMatchObject({ state: 'made' });
  await db`update files set scan = 'infected' where id = ${fileId}`;
  expect(await previewOf(letterId)).toEqual({ state: 'none' });
  await expect(pageOf({ staff: reviewer, letterId, page: 1 })).rejects.toMatchObject({
    code: 'file_infected',
  });
});

test.each(['docx', 'doc'] as const)(
  'of a %s its text is kept, encrypted, and shown with the letter',
  async (type) => {
    const { letterId, fileId } = await submitted('of a document', { type });
    expect(await maker().makeNext()).toBe(true);
    const shown = { state: 'made', kind: 'text', text: 'متن of a document', cut: true };
    expect(await previewOf(letterId)).toEqual(shown);
    // It is no picture.
    await expect(pageOf({ staff: reviewer, letterId, page: 1 })).rejects.toMatchObject({
      code: 'not_found',
    });
    const [key = ''] = await picturesOf(fileId);
    const raw = await readFile(path.join(folder, key.slice(0, 2), key.slice(2, 4), key));
    expect(raw.includes('of a document')).toBe(false);
    await files.remove(key);
    expect(await previewOf(letterId)).toEqual({ state: 'asked' });
    await maker(twoPages, () => Promise.resolve({ text: '', cut: false })).makeNext();
    expect(await previewOf(letterId)).toEqual({ ...shown, text: '', cut: false });
  },
);

test('the file of a reply has pages too, for staff and for the sender of the letter only', async () => {
  const { letterId } = await submitted('of the sender');
  await db`
    update letters set status = 'approved', step = 'with_unit', decided_at = now(),
      letter_number = ${letterId}, tracking_code = ${letterId}, registered_at = now(),
      registered_on = '1405/09/01' where id = ${letterId}`;
  const actionId = randomUUID();
  await db`
    insert into unit_actions (id, letter_id, kind, body, staff_id, acted_by, acting_unit, acting_unit_id,
      outcome, reply_number)
    values (${actionId}, ${letterId}, 'reply', 'پاسخ', ${reviewer.id}, 'رضا', 'واحد', ${unitId},
      'applied', 1)`;
  const { storageKey, bytes, sha256, key } = await files.write(Buffer.from('of the unit'));
  const file = { ...fileRow(), storageKey, bytes, sha256, key };
  await db.begin((tx) => addFile(tx, { letterId, unitActionId: actionId, file }));
  const owners = new Map<string, string>();
  const previews = maker((drawnFile, how) => {
    owners.set(drawnFile.bytes.toString(), how.owner);
    return twoPages(drawnFile, how);
  });
  while (await previews.makeNext());
  expect(owners.get('of the sender')).toBe(`applicant:${applicantId}`);
  // Nothing that staff send counts for the applicant.
  expect(owners.get('of the unit')).toBe(`staff:${reviewer.id}`);

  const [reply] = (await getLetter(deps(), { applicantId, letterId })).replyList;
  expect(reply?.preview).toMatchObject({ state: 'made', kind: 'pages', total: 7 });
  const which = { letterId, replyNumber: 1, page: 2 };
  expect((await readReplyPreview(deps(), { applicantId, ...which })).toString()).toBe(
    '2 of of the unit',
  );
  const stranger = await addTestApplicant(db, '+989120000001');
  await expect(readReplyPreview(deps(), { applicantId: stranger, ...which })).rejects.toMatchObject(
    {
      code: 'not_found',
    },
  );
  expect((await pageOf({ staff: reviewer, ...which })).toString()).toBe('2 of of the unit');
  await db`update files set scan = 'waiting' where id = ${file.id}`;
  await expect(readReplyPreview(deps(), { applicantId, ...which })).rejects.toMatchObject({
    code: 'file_waiting',
  });
});

test('a file that cannot be drawn is left, nothing of it stays, and the letter stands', async () => {
  const before = await stored();
  const { letterId, fileId } = await submitted('bad');
  const breaks: DrawPages = () => Promise.resolve({ pages: [], ended: 'broken' });
  expect(await maker(breaks).makeNext()).toBe(true);
  expect(await previewOf(letterId)).toEqual({ state: 'failed' });
  expect(await stored()).toHaveLength(before.length + 1);
  expect(await maker().makeNext()).toBe(false);

  await db`update previews set failed_at = now() - interval '2 hours' where file_id = ${fileId}`;
  await previewOf(letterId);
  expect(await maker().makeNext()).toBe(true);
  expect(await previewOf(letterId)).toMatchObject({ state: 'made' });
});

test('a worker that dies while drawing leaves the file to another, and a deadly file is given up', async () => {
  const { letterId } = await submitted('deadly');
  const dies = () => {
    throw new Error('as if the process had ended');
  };
  for (let times = 0; times < 3; times += 1) {
    expect(await maker(dies).makeNext()).toBe(true);
    expect(await maker().makeNext()).toBe(false);
    await db`update previews set leased_until = now() where leased_until is not null`;
  }
  expect(await maker().makeNext()).toBe(true);
  expect(await previewOf(letterId)).toEqual({ state: 'failed' });
  expect(drawn).not.toContain('deadly');
});

/** Comes so many pages far each time, of four. */
const hesitant =
  (perTry: number, asked: { from: number; patience: number }[]): DrawPages =>
  (_file, { from, patience }) => {
    asked.push({ from, patience });
    const pages = Array.from({ length: Math.min(perTry, 5 - from) }, (_, index) => ({
      page: from + index,
      total: 4,
      width: 10,
      height: 10,
      bytes: Buffer.from(`page ${from + index}`),
    }));
    return Promise.resolve({ pages, ended: from + perTry > 4 ? 'whole' : 'costly' });
  };

test('a preview that stopped half-way says so, and is completed from where it stopped', async () => {
  const { letterId } = await submitted('slow');
  const asked: { from: number; patience: number }[] = [];
  await maker(hesitant(2, asked)).makeNext();
  expect(await previewOf(letterId)).toMatchObject({ pages: { length: 2 }, missing: 'later' });
  await maker(hesitant(2, asked)).makeNext();
  const whole = await previewOf(letterId);
  expect(whole).toMatchObject({ state: 'made', pages: { length: 4 }, total: 4 });
  expect(whole).not.toHaveProperty('missing');
  expect(asked).toEqual([
    { from: 1, patience: 1 },
    { from: 3, patience: 1 },
  ]);
  expect(await maker().makeNext()).toBe(false);
  const page = await pageOf({ staff: reviewer, letterId, page: 4 });
  expect(page.toString()).toBe('page 4');
});

test('a file that is too costly to draw is given up with growing patience, and says why', async () => {
  const { letterId, fileId } = await submitted('costly');
  const asked: { from: number; patience: number }[] = [];
  for (let times = 0; times < 3; times += 1) {
    expect(await maker(hesitant(0, asked)).makeNext()).toBe(true);
    expect(await maker().makeNext()).toBe(false);
    await db`update previews set leased_until = now() where file_id = ${fileId}`;
  }
  expect(asked.map(({ patience }) => patience)).toEqual([1, 2, 4]);
  expect(await previewOf(letterId)).toEqual({ state: 'failed', why: 'costly' });
  await db`update previews set failed_at = now() - interval '2 days' where file_id = ${fileId}`;
  await previewOf(letterId);
  expect(await maker().makeNext()).toBe(false);
});

test('a machine that is too busy to draw says nothing about the file', async () => {
  const { letterId, fileId } = await submitted('patient');
  const busy: DrawPages = () => Promise.reject(new DomainError('unavailable'));
  for (let times = 0; times < 6; times += 1) {
    expect(await maker(busy).makeNext()).toBe(true);
    await db`update previews set leased_until = now() where file_id = ${fileId}`;
  }
  expect(await previewOf(letterId)).toEqual({ state: 'asked' });
  await maker().makeNext();
  expect(await previewOf(letterId)).toMatchObject({ state: 'made' });
});

test('who waits for a page goes first', async () => {
  await submitted('came first');
  const { letterId } = await submitted('is open now');
  await previewOf(letterId);
  await maker().makeNext();
  expect(drawn.at(-1)).toBe('is open now');
  await maker().makeNext();
  expect(drawn.at(-1)).toBe('came first');
});

test('a picture that is gone from the store is made again', async () => {
  const { letterId, fileId } = await submitted('lost');
  await maker().makeNext();
  const [key = ''] = await picturesOf(fileId);
  await files.remove(key);
  await expect(pageOf({ staff: reviewer, letterId, page: 1 })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(await previewOf(letterId)).toEqual({ state: 'asked' });
  await maker().makeNext();
  expect(await pageOf({ staff: reviewer, letterId, page: 1 })).toBeDefined();
});

test('the sweep knows the pictures, and an erased letter has none', async () => {
  const { letterId, fileId } = await submitted('to be erased');
  await maker().makeNext();
  const pictures = await picturesOf(fileId);
  expect(pictures).toHaveLength(2);
  const { orphans, missing } = await inspectFiles(testDeps(db, { files }));
  expect([orphans.count, missing.count]).toEqual([0, 0]);

  const removed = await db.begin((tx) => eraseLetterRow(tx, letterId));
  expect(removed).toEqual(expect.arrayContaining(pictures));
  expect(await picturesOf(fileId)).toEqual([]);
  expect(await db.begin((tx) => clearTexts(tx, letterId))).toHaveLength(1);
  await expect(pageOf({ staff: reviewer, letterId, page: 1 })).rejects.toMatchObject({
    code: 'erased',
  });
});

test('nobody waits for all the files of another: of each person one is drawn at a time', async () => {
  await db`delete from previews`;
  const other = await addTestApplicant(db, '+989120000002');
  for (let at = 0; at < 4; at += 1) await submitted(`slow ${at}`);
  await submitted('quick 1', {}, other);
  await submitted('quick 2', {}, other);
  const begun: string[] = [];
  let endSlow = (): void => {};
  const slow = new Promise<void>((resolve) => (endSlow = resolve));
  const owners = new Set<string>();
  const previews = maker(async (file, how) => {
    const content = file.bytes.toString();
    begun.push(content);
    owners.add(how.owner);
    if (content.startsWith('slow')) await slow;
    return twoPages(file, how);
  });
  previews.start();
  await expect.poll(() => begun, { timeout: 30_000 }).toContain('quick 2');
  expect(begun.filter((content) => content.startsWith('slow'))).toEqual(['slow 0']);
  expect(owners).toEqual(new Set([`applicant:${applicantId}`, `applicant:${other}`]));
  endSlow();
  await expect.poll(() => begun.length, { timeout: 30_000 }).toBe(6);
  await previews.stop();
}, 90_000);

test('whose files have taken too much to draw waits, and is drawn when that is long ago', async () => {
  await db`delete from previews`;
  const sender = await addTestApplicant(db, '+989120000003');
  const { letterId, fileId } = await submitted('much', {}, sender);
  const settings = {
    codesPerAddress: 1,
    codesOfDesk: 1,
    staffAttempts: 1,
    trackingMisses: 1,
    forgedReceipts: 1,
  };
  const limits = createRateLimit({ db, key: Buffer.alloc(32, 7), settings, log });
  await limits.take('previews', `applicant:${sender}`, 130).catch(() => {});
  const previews = maker(twoPages, textOf, limits);
  expect(await previews.makeNext()).toBe(true);
  expect(await previewOf(letterId)).toEqual({ state: 'asked' });
  expect(await previews.makeNext()).toBe(false);
  await db`update previews set leased_until = now() where file_id = ${fileId}`;
  await db`delete from rate_limits`;
  expect(await previews.makeNext()).toBe(true);
  expect(await previewOf(letterId)).toMatchObject({ state: 'made' });
});

test('end to end: files that are never drawn keep one person waiting, and nobody else', async () => {
  await db`delete from previews`;
  const slow = await addTestApplicant(db, '+989120000004');
  const honest = await addTestApplicant(db, '+989120000005');
  for (let at = 0; at < 10; at += 1) await submitted(endlessPdf([true]), { type: 'pdf' }, slow);
  const letters = await Promise.all(
    [1, 2].map(async () => submitted(await makePdf(), { type: 'pdf' }, honest)),
  );
  const reports: FileJobReport[] = [];
  const pool = new FilePool(PREVIEW_POOL, (report) => reports.push(report));
  const previews = makerWith({ filePool: pool, rateLimits: NO_LIMITS }, { previewSeconds: 60 });
  previews.start();
  try {
    for (const { letterId } of letters)
      await expect
        .poll(() => previewOf(letterId), { timeout: 60_000, interval: 200 })
        .toMatchObject({ state: 'made' });
    expect(reports.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(pool.load().running).toBeGreaterThan(0);
  } finally {
    pool.close();
    await previews.stop();
  }
}, 120_000);
