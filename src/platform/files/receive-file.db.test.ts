/** What is taken in, and how long those wait whose files cost much to check. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../base/database.ts';
import type { Db } from '../base/database.ts';
import { DomainError } from '../base/errors.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { createRateLimit } from '../base/rate-limit.ts';
import { createFileStore } from './file-store.ts';
import type { FileStore } from './file-store.ts';
import { FilePool, DESK_POOL } from './pool/file-pool.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { HEIC, refusedSample, sampleFile } from '../../testing/sample-files.ts';
import { receiveFile } from './receive-file.ts';

const log = createTestLog('receive-file');
let database: TestDatabase;
let db: Db;
let root: string;
let files: FileStore;

const pool = new FilePool(DESK_POOL);

const deps = () => testDeps(db, { files, filePool: pool, env: { MAX_FILE_MB: '1' } });
const filesLeft = async (): Promise<string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 3, log, name: 'test', seals: testSeals });
});
afterAll(async () => {
  pool.close();
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  root = path.join(await mkdtemp(path.join(tmpdir(), 'receive-file-')), 'files');
  files = createFileStore(`file:${root}`);
});
afterEach(() => rm(path.dirname(root), { recursive: true }));

type FileJob = () => Promise<unknown>;

/** Whose files are read by a pool that answers so. */
const sender = () => {
  const settings = {
    codesPerAddress: 9,
    codesOfDesk: 9,
    staffAttempts: 9,
    trackingMisses: 9,
    forgedReceipts: 9,
  };
  const rateLimits = createRateLimit({ db, key: Buffer.alloc(32, 1), settings, log });
  const by = { kind: 'applicant', id: randomUUID() } as const;
  return async (run: FileJob): Promise<string> => {
    const filePool = { run } as unknown as FilePool;
    const stream = Readable.from(['file']);
    const received = await receiveFile(
      { ...deps(), rateLimits, filePool },
      { stream, fileName: 'a.pdf', by, from: undefined },
    );
    return received.ok ? 'taken' : received.problem;
  };
};

const good =
  (cpuSeconds: number): FileJob =>
  () =>
    Promise.resolve({
      how: 'done',
      cpuSeconds,
      result: { ok: true, type: 'pdf', name: 'a.pdf', flags: [] },
    });
const costly: FileJob = () => Promise.resolve({ how: 'costly', cpuSeconds: 10.2 });
const busy: FileJob = () => Promise.reject(new DomainError('unavailable'));

test('files that cost much are checked a few times, and no other person feels it', async () => {
  const [attacker, other] = [sender(), sender()];
  const answers: string[] = [];
  for (let times = 0; times < 8; times += 1) answers.push(await attacker(costly));
  expect(answers.filter((answer) => answer === 'too_complex')).toHaveLength(6);
  expect(answers.at(-1)).toBe('too_many_checks');
  expect(await attacker(good(0.1))).toBe('too_many_checks');
  expect(await other(good(0.1))).toBe('taken');
});

test('good files count for what they cost, and a busy desk counts for nothing', async () => {
  const send = sender();
  for (let times = 0; times < 40; times += 1) expect(await send(good(0.6))).toBe('taken');
  for (let times = 0; times < 70; times += 1) expect(await send(busy)).toBe('busy');
  for (let times = 0; times < 13; times += 1) await send(good(5.5));
  expect(await send(good(0.1))).toBe('too_many_checks');
});

test.each(['docx', 'doc', 'pdf', 'jpg', 'png', 'tiff'] as const)(
  'a %s is taken in as it is',
  async (type) => {
    const { name, bytes } = await sampleFile(type);
    const result = await receiveFile(deps(), {
      stream: Readable.from([bytes]),
      fileName: name,
    });
    expect(result).toMatchObject({ ok: true, file: { name, type, bytes: bytes.length } });
    if (!result.ok) return;
    expect(await files.read(result.file)).toEqual(bytes);
    expect(await filesLeft()).toEqual([result.file.storageKey]);
  },
);

test('of a HEIF the JPEG is stored, under its own size and hash', async () => {
  const result = await receiveFile(deps(), {
    stream: Readable.from([HEIC]),
    fileName: 'IMG_1.HEIC',
  });
  if (!result.ok) throw new Error(result.problem);
  const kept = await files.read(result.file);
  expect(kept.toString('hex', 0, 3)).toBe('ffd8ff');
  expect(result.file).toMatchObject({ name: 'IMG_1.jpg', type: 'jpg', bytes: kept.length });
  expect(result.file.sha256).toBe(createHash('sha256').update(kept).digest('hex'));
  expect(await filesLeft()).toEqual([result.file.storageKey]);
});

test('of a refused file nothing is left', async () => {
  const problems: string[] = [];
  for (const kind of ['program named pdf', 'truncated jpg', 'docx with macros', 'empty'] as const) {
    const { name, bytes } = await refusedSample(kind);
    const result = await receiveFile(deps(), {
      stream: Readable.from([bytes]),
      fileName: name,
    });
    problems.push(result.ok ? 'taken' : result.problem);
  }
  const large = Readable.from([Buffer.alloc(1024 * 1024 + 1)]);
  expect(await receiveFile(deps(), { stream: large, fileName: 'نامه.pdf' })).toEqual({
    ok: false,
    problem: 'too_big',
  });
  expect(problems).toEqual(['content_mismatch', 'broken', 'macros', 'empty']);
  expect(await filesLeft()).toEqual([]);
});

test('many uploads at once are all answered', async () => {
  const { name, bytes } = await sampleFile('jpg');
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, person) =>
      receiveFile(deps(), {
        stream: Readable.from([bytes]),
        fileName: name,
        by: { kind: 'applicant', id: `${person}` },
        from: undefined,
      }),
    ),
  );
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(await filesLeft()).toHaveLength(20);
  for (const result of results) expect(result.ok && (await files.read(result.file))).toEqual(bytes);
});

test('many files that cost little each count for what they cost together', async () => {
  const send = sender();
  for (let times = 0; times < 120; times += 1) await send(good(0.9));
  expect(await send(good(0.1))).toBe('too_many_checks');
});
