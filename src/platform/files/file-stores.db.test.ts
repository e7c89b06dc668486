/** What holds of every file store: on a disk, and in a bucket of a real S3-compatible server. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startS3Server, type S3Server } from '../../testing/s3-server.ts';
import { OperatorError } from '../base/errors.ts';
import { createFileStore, isStoreAway, type FileStore } from './file-store.ts';
import { createStoredBytes, type StoredBytes } from './stored-bytes.ts';

const credentials = { accessKeyId: 'desk', secretAccessKey: 'a secret of the store' };

let dir: string;
let server: S3Server;

// Long enough for the server to be fetched, which happens once.
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'file-stores-'));
  server = await startS3Server();
}, 600_000);
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const collect = async (content: AsyncIterable<Buffer> | undefined): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of content ?? []) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
};

describe.each(['file', 's3'])('files in %s', (kind) => {
  let store: FileStore;
  let raw: StoredBytes;
  let incoming: string;

  beforeAll(() => {
    const place = `${kind}-${randomUUID()}`;
    incoming = path.join(dir, place, 'incoming');
    const url =
      kind === 'file'
        ? `file:${path.join(dir, place)}`
        : server.url.replace('/desk?', `/${place}?`);
    store = createFileStore(url, { credentials, incoming });
    raw = createStoredBytes(url, credentials);
  });

  const receive = (content: Buffer | string, maxBytes = 10_000_000) =>
    store.receive(Readable.from([Buffer.from(content)]), { maxBytes });
  const overwrite = async (storageKey: string, bytes: Buffer): Promise<void> => {
    await raw.put(storageKey, Readable.from([bytes]), bytes.length);
    await raw.settle();
  };

  test('an upload is kept under a name of our own, with its hash', async () => {
    const stored = await receive('نامه');
    if (!stored.ok) throw new Error(stored.problem);
    const sha256 = createHash('sha256').update('نامه').digest('hex');
    expect(stored).toMatchObject({ bytes: 8, sha256 });
    expect((await store.read(stored)).toString()).toBe('نامه');
    expect(await readdir(incoming)).toEqual([]);
  });

  test('nothing of a file can be read where it lies, and it opens only under its own name', async () => {
    const one = await store.write(Buffer.from('the same letter'));
    const two = await store.write(Buffer.from('the same letter'));
    const bytes = await collect(await raw.open(one.storageKey));
    expect(bytes.includes('letter')).toBe(false);
    expect(bytes.length).toBe('the same letter'.length + 28);
    await overwrite(one.storageKey, await collect(await raw.open(two.storageKey)));
    await expect(store.read({ ...two, storageKey: one.storageKey })).rejects.toThrow(
      'is not what was stored',
    );
  });

  test('a large file is sent in pieces, which are opened only when all of it is genuine', async () => {
    const content = Buffer.alloc(3_000_003, 'letter ');
    const stored = await store.write(content);
    const opened = await store.open(stored);
    expect(opened.bytes).toBe(content.length);
    expect((await collect(opened.pieces())).equals(content)).toBe(true);
    const whole = await collect(await raw.open(stored.storageKey));
    const changed = Buffer.from(whole);
    changed[1_500_000] = (changed[1_500_000] ?? 0) ^ 1;
    for (const damaged of [
      changed,
      whole.subarray(0, -1),
      whole.subarray(0, 20),
      whole.subarray(0, 3),
    ]) {
      await overwrite(stored.storageKey, damaged);
      await expect(store.open(stored)).rejects.toThrow('is not what was stored');
    }
    // Damaged between the check and the sending: what leaves is never the whole.
    await overwrite(stored.storageKey, changed);
    let sent = 0;
    const send = async () => {
      for await (const piece of opened.pieces()) sent += piece.length;
    };
    await expect(send()).rejects.toThrow('is not what was stored');
    expect(sent).toBeLessThan(content.length);
  });

  test('a refused upload leaves nothing', async () => {
    const before = await collectKeys(raw);
    const judge = () => Promise.resolve({ ok: false as const, why: 'a virus' });
    const stream = Readable.from([Buffer.from('نامه')]);
    expect(await store.receive(stream, { maxBytes: 100, judge })).toMatchObject({
      problem: 'refused',
    });
    expect(await receive('x'.repeat(101), 100)).toEqual({ ok: false, problem: 'too_big' });
    expect(await receive('')).toEqual({ ok: false, problem: 'empty' });
    expect(await collectKeys(raw)).toEqual(before);
    expect(await readdir(incoming)).toEqual([]);
  });

  test('a file that is gone is missing, and may be removed again', async () => {
    const stored = await store.write(Buffer.from('نامه'));
    expect(Math.abs(Date.now() - Number(await store.storedAt(stored.storageKey)))).toBeLessThan(
      600_000,
    );
    await store.remove(stored.storageKey);
    await store.remove(stored.storageKey);
    await expect(store.read(stored)).rejects.toThrow('ENOENT');
    expect(await store.storedAt(stored.storageKey)).toBeUndefined();
    expect(await raw.open(stored.storageKey)).toBeUndefined();
  });

  test.each(['', '../../etc/passwd', 'A'.repeat(36)])('the key %j leads nowhere', async (key) => {
    await expect(store.read({ storageKey: key, sha256: '' })).rejects.toThrow('not a storage key');
    await expect(store.remove(key)).rejects.toThrow('not a storage key');
    await expect(store.storedAt(key)).rejects.toThrow('not a storage key');
  });

  test('files are listed by their first digit', async () => {
    await store.check();
    const keys = await Promise.all(
      Array.from({ length: 20 }, async () => (await store.write(Buffer.from('x'))).storageKey),
    );
    const found = await Promise.all('0123456789abcdef'.split('').map((digit) => store.list(digit)));
    expect(found.flat()).toEqual(expect.arrayContaining(keys));
    expect(found.flat().sort()).toEqual(await collectKeys(raw));
    for (const [digit, names] of found.entries())
      for (const name of names) expect(name.startsWith(digit.toString(16))).toBe(true);
  });

  test('what a backup reads is what a restore writes elsewhere', async () => {
    const stored = await store.write(Buffer.from('نامه'));
    const elsewhere = kind === 'file' ? server.url : `file:${path.join(dir, randomUUID())}`;
    const to = createStoredBytes(elsewhere, credentials);
    const content = await raw.open(stored.storageKey);
    if (!content) throw new Error('it is not there');
    await to.put(stored.storageKey, content, stored.bytes + 28);
    await to.settle();
    const there = createFileStore(elsewhere, { credentials, incoming });
    expect((await there.read(stored)).toString()).toBe('نامه');
  });
});

const collectKeys = async (raw: StoredBytes): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of raw.list()) keys.push(key);
  return keys.sort();
};

describe('a bucket', () => {
  test('is named without its credentials', () => {
    const store = createFileStore(server.url, { credentials });
    expect(store.place).toBe(`s3 letters/desk/ at ${new URL(server.endpoint).host}`);
  });

  test('more files than one answer lists are all listed', async () => {
    const url = server.url.replace('/desk?', '/many?');
    const raw = createStoredBytes(url, credentials);
    const keys = Array.from({ length: 1_005 }, () => randomUUID());
    for (let from = 0; from < keys.length; from += 50)
      await Promise.all(
        keys
          .slice(from, from + 50)
          .map((key) => raw.put(key, Readable.from([Buffer.from('x')]), 1)),
      );
    expect(await collectKeys(raw)).toEqual(keys.sort());
  });

  test('a missing bucket or an unreachable server is not reported as a damaged file', async () => {
    const urls = [
      server.url.replace('letters', 'no-such-bucket'),
      's3://letters/desk?endpoint=http://127.0.0.1:9',
    ];
    for (const url of urls) {
      const incoming = path.join(dir, randomUUID());
      const store = createFileStore(url, { credentials, incoming });
      const failures = await Promise.all(
        [store.check(), store.write(Buffer.from('x')), store.list('0')].map((asked) =>
          asked.then(
            () => undefined,
            (error: unknown) => error,
          ),
        ),
      );
      expect(failures.map(isStoreAway)).toEqual([true, true, true]);
      expect(failures.join(' ')).not.toContain(credentials.secretAccessKey);
    }
  });

  test.each(['s3://letters?endpoint=ftp://host', 's3://letters?endpoint=nowhere'])(
    '%s is refused',
    (url) => {
      expect(() => createFileStore(url, { credentials })).toThrow(OperatorError);
    },
  );
});
