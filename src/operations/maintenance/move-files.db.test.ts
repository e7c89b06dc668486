/** A desk's files from a disk to a bucket and back, with letters that come meanwhile. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { pairBytes, pairStores } from '../../platform/files/paired-store.ts';
import { createStoredBytes } from '../../platform/files/stored-bytes.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, fileRow, submitTestLetter } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { runDesk } from '../../testing/run-desk.ts';
import { startS3Server } from '../../testing/s3-server.ts';
import type { S3Server } from '../../testing/s3-server.ts';
import { TEST_MASTER_SECRET, testSeals } from '../../testing/seals.ts';
import { moveFiles } from './move-files.ts';

const credentials = { accessKeyId: 'desk', secretAccessKey: 'a secret of the store' };

let dir: string;
let server: S3Server;
let database: TestDatabase;
let db: Db;
let disk: string;
let bucket: string;
let sender: { unitId: string; applicantId: string };

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'move-files-'));
  server = await startS3Server();
}, 600_000);
afterEach(async () => {
  await db?.end({ timeout: 5 });
  await database?.drop();
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  database = await createTestDatabase();
  db = createDb({
    url: database.url,
    max: 4,
    log: createTestLog('move'),
    name: 'test',
    seals: testSeals,
  });
  sender = { unitId: await addTestUnit(db, 'امور حقوقی'), applicantId: await addTestApplicant(db) };
  disk = `file:${path.join(dir, randomUUID())}`;
  bucket = server.url.replace('/desk?', `/${randomUUID()}?`);
});

/** The store of a process with these settings. */
const storeOf = (url: string, also?: string): FileStore => {
  const options = { credentials, incoming: path.join(dir, 'incoming') };
  const store = createFileStore(url, options);
  return also === undefined ? store : pairStores(store, createFileStore(also, options));
};

interface Letter {
  file: StoredFile;
  text: string;
}

const send = async (store: FileStore, text: string): Promise<Letter> => {
  const stored = await store.receive(Readable.from([Buffer.from(text)]), { maxBytes: 1_000_000 });
  if (!stored.ok) throw new Error(stored.problem);
  const { bytes, sha256, storageKey, key } = stored;
  const file = { ...fileRow(), bytes, sha256, storageKey, key };
  await submitTestLetter(db, { ...sender, file });
  return { file, text };
};

const sendSome = async (store: FileStore, name: string, count: number): Promise<Letter[]> => {
  const letters: Letter[] = [];
  for (let number = 1; number <= count; number += 1)
    letters.push(await send(store, `${name} ${number} `.repeat(2_000)));
  return letters;
};

const expectAll = async (store: FileStore, letters: Letter[]): Promise<void> => {
  for (const { file, text } of letters) expect((await store.read(file)).toString()).toBe(text);
};

const bytesAt = (url: string) => createStoredBytes(url, credentials);

const move = (from: string, to: string, options: { verify?: boolean; say?: () => void } = {}) =>
  moveFiles({ db, from: [bytesAt(from)], to: bytesAt(to), verify: false, say() {}, ...options });

const desk = (words: string[], settings: Record<string, string>) =>
  runDesk(['files', 'move', ...words], {
    env: {
      DATABASE_URL: database.url,
      DATA_DIR: path.join(dir, 'data'),
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      SECRET_KEY: TEST_MASTER_SECRET,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...settings,
    },
  });

test.each(['to a bucket', 'back to the disk'])(
  'no file is lost on the way %s, whichever process takes the letters',
  async (way) => {
    const [from, to] = way === 'to a bucket' ? [disk, bucket] : [bucket, disk];
    const letters = await sendSome(storeOf(from), 'before', 30);
    const old = storeOf(from, to);
    const [first, meanwhile] = await Promise.all([
      move(from, to),
      sendSome(old, 'during the copy', 20),
    ]);
    expect(first.copied).toBeGreaterThanOrEqual(30);
    expect({ ...first, copied: 0, bytes: 0 }).toMatchObject({ failed: [], missing: [] });

    // One process after the other is restarted: both kinds take letters, and show all of them.
    const fresh = storeOf(to, from);
    letters.push(...meanwhile, ...(await sendSome(old, 'by an old process', 5)));
    letters.push(...(await sendSome(fresh, 'by a new process', 5)));
    await expectAll(old, letters);
    await expectAll(fresh, letters);

    const second = await desk(['--to', to, '--json'], { FILES_URL: to, FILES_ALSO_URL: from });
    expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('copying to ')]);
    expect(JSON.parse(second.stdout)).toMatchObject({
      ok: true,
      inUse: true,
      failed: [],
      missing: [],
      from: [bytesAt(from).place],
    });
    await expectAll(storeOf(to), letters);
  },
  120_000,
);

test('a copy that was stopped goes on where it stopped', async () => {
  const letters = await sendSome(storeOf(disk), 'letter', 40);
  let said = 0;
  const stopped = move(disk, bucket, {
    say() {
      said += 1;
      if (said === 10) throw new Error('the machine is switched off');
    },
  });
  await expect(stopped).rejects.toThrow('switched off');
  const again = await move(disk, bucket);
  expect(again.before).toBeGreaterThanOrEqual(10);
  expect(again.copied + again.before).toBe(40);
  await expectAll(storeOf(bucket), letters);
}, 120_000);

test('a file that is removed during the move is removed from both', async () => {
  const [letter] = await sendSome(storeOf(disk), 'erased', 1);
  await move(disk, bucket);
  const key = letter?.file.storageKey ?? '';
  await storeOf(disk, bucket).remove(key);
  for (const url of [disk, bucket]) expect(await bytesAt(url).bytesOf(key)).toBeUndefined();
  const both = pairBytes(bytesAt(bucket), bytesAt(disk));
  expect(await both.open(key)).toBeUndefined();
});

test('a copy that differs is not kept, and one that differs later is named and not overwritten', async () => {
  const letters = await sendSome(storeOf(disk), 'letter', 2);
  const keys = letters.map(({ file }) => file.storageKey).sort();
  const to = bytesAt(bucket);
  const garbling = {
    ...to,
    put: (key: string, content: AsyncIterable<Buffer>, bytes: number) =>
      to.put(key, flipFirst(content), bytes),
  };
  const options = { db, from: [bytesAt(disk)], verify: false, say() {} };
  const failed = await moveFiles({ ...options, to: garbling });
  expect([failed.failed.sort(), failed.copied]).toEqual([keys, 0]);
  for (const key of keys) expect(await to.bytesOf(key)).toBeUndefined();

  await move(disk, bucket);
  const [key = ''] = keys;
  const content = await to.open(key);
  if (!content) throw new Error('it was not copied');
  await to.put(key, flipFirst(content), (await to.bytesOf(key)) ?? 0);
  expect(await move(disk, bucket)).toMatchObject({ copied: 0, before: 2 });
  expect(await move(disk, bucket, { verify: true })).toMatchObject({
    copied: 0,
    before: 1,
    failed: [key],
  });
  await to.remove(key);
  expect(await move(disk, bucket, { verify: true })).toMatchObject({ copied: 1, failed: [] });
  await expectAll(storeOf(bucket), letters);
});

async function* flipFirst(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  const all = Buffer.concat(pieces);
  all[0] = (all[0] ?? 0) ^ 1;
  yield all;
}

test('the command says what to do next, and fails with one line or with what is missing', async () => {
  const [letter] = await sendSome(storeOf(disk), 'letter', 2);
  const first = await desk(['--to', bucket], { FILES_URL: disk, FILES_ALSO_URL: bucket });
  expect(first.stdout).toContain('2 files copied');
  expect(first.stdout).toContain('swap FILES_URL and FILES_ALSO_URL');
  expect(first.code).toBe(0);

  await storeOf(disk, bucket).remove(letter?.file.storageKey ?? '');
  const lost = await desk(['--to', bucket], { FILES_URL: disk });
  expect(lost.stdout).toContain(`files that are nowhere: ${letter?.file.storageKey}`);
  expect(lost.code).toBe(1);

  const lines: [string[], Record<string, string>, RegExp][] = [
    [['--to', bucket], { FILES_URL: bucket }, /^The files are in s3 .* already/m],
    [[], { FILES_URL: disk }, /^--to names the place/],
    [['--to', 'ftp://elsewhere'], { FILES_URL: disk }, /^--to names the place/],
    [
      ['--to', 's3://letters?endpoint=http://127.0.0.1:9'],
      { FILES_URL: disk },
      /^Stopped: .* Run it again/m,
    ],
  ];
  for (const [words, settings, line] of lines) {
    const { code, stderr } = await desk(words, settings);
    expect(stderr).toMatch(line);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    expect(stderr).not.toContain(credentials.secretAccessKey);
  }
}, 120_000);
