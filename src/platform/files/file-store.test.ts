import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OperatorError } from '../base/errors.ts';
import { createFileStore, type FileStore } from './file-store.ts';

let root: string;
let store: FileStore;

beforeEach(async () => {
  root = path.join(await mkdtemp(path.join(tmpdir(), 'file-store-')), 'files');
  store = createFileStore(`file:${root}`);
});
afterEach(() => rm(path.dirname(root), { recursive: true }));

const filesLeft = async (): Promise<string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};
const receive = async (content: Buffer | string, maxBytes = 1000) =>
  store.receive(Readable.from([Buffer.from(content)]), { maxBytes });
const received = async (content: string) => {
  const result = await receive(content);
  if (!result.ok) throw new Error(result.problem);
  return result;
};

/** Where a stored file lies. */
const placeOf = (storageKey: string): string =>
  path.join(root, storageKey.slice(0, 2), storageKey.slice(2, 4), storageKey);

test('a file is kept under a name of our own, with its hash, for nobody else to read', async () => {
  const result = await received('نامه');
  const place = placeOf(result.storageKey);
  const sha256 = createHash('sha256').update('نامه').digest('hex');
  expect(result).toMatchObject({ ok: true, bytes: 8, sha256 });
  const { storageKey } = result;
  expect(storageKey).toMatch(/^[0-9a-f-]{36}$/);
  expect((await stat(place)).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(place))).mode & 0o777).toBe(0o700);
  expect((await stat(root)).mode & 0o777).toBe(0o700);
  expect(await store.read(result)).toEqual(Buffer.from('نامه'));
  expect(await filesLeft()).toEqual([storageKey]);
});

test('nothing of a stored file can be read on the disk, and each has a key of its own', async () => {
  const one = await received('the same letter');
  const two = await received('the same letter');
  expect(one.key).toMatch(/^[\w-]{43}$/);
  expect(one.key).not.toBe(two.key);
  const bytes = await readFile(placeOf(one.storageKey));
  expect(bytes.includes('letter')).toBe(false);
  expect(bytes.length).toBe('the same letter'.length + 28);
  const swapped = { ...two, storageKey: one.storageKey };
  await expect(store.read(swapped)).rejects.toThrow('is not what was stored');
  await writeFile(placeOf(one.storageKey), await readFile(placeOf(two.storageKey)));
  await expect(store.read({ ...two, storageKey: one.storageKey })).rejects.toThrow(
    'is not what was stored',
  );
});

test('a file is sent in small pieces, which are opened only when all of it is genuine', async () => {
  const content = Buffer.alloc(1_000_003, 'letter ');
  const stored = await store.write(content);
  const opened = await store.open(stored);
  expect(opened.bytes).toBe(content.length);
  const pieces: Buffer[] = [];
  for await (const piece of opened.pieces()) pieces.push(piece);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  const place = placeOf(stored.storageKey);
  const whole = await readFile(place);
  const changed = Buffer.from(whole);
  changed[500_000] = (changed[500_000] ?? 0) ^ 1;
  for (const damaged of [changed, whole.subarray(0, -1), whole.subarray(0, 20), Buffer.alloc(0)]) {
    await writeFile(place, damaged);
    await expect(store.open(stored)).rejects.toThrow('is not what was stored');
  }
  // Damaged between the check and the sending: what leaves is never the whole.
  await writeFile(place, changed);
  let sent = 0;
  const send = async () => {
    for await (const piece of opened.pieces()) sent += piece.length;
  };
  await expect(send()).rejects.toThrow('is not what was stored');
  expect(sent).toBeLessThan(content.length);
});

test('a file without its key, or that stands in clear, is not what was stored', async () => {
  const stored = await store.receive(Readable.from([Buffer.from('نامه')]), { maxBytes: 100 });
  if (!stored.ok) throw new Error(stored.problem);
  const { key, ...keyless } = stored;
  await expect(store.read(keyless)).rejects.toThrow('is not what was stored');
  await writeFile(placeOf(stored.storageKey), 'نامه');
  await expect(store.read({ ...keyless, key })).rejects.toThrow('is not what was stored');
});

test('an upload is judged where it lies in clear, and a refused one leaves nothing', async () => {
  const looked: string[] = [];
  const judge = async (upload: { path: string; bytes: number; sha256: string }) => {
    looked.push(await readFile(upload.path, 'utf8'));
    return { ok: false as const, why: 'a virus' };
  };
  const stream = () => Readable.from([Buffer.from('نامه')]);
  expect(await store.receive(stream(), { maxBytes: 100, judge })).toEqual({
    ok: false,
    problem: 'refused',
    verdict: { ok: false, why: 'a virus' },
    sha256: createHash('sha256').update('نامه').digest('hex'),
  });
  const breaks = () => Promise.reject(new Error('the reader broke'));
  await expect(store.receive(stream(), { maxBytes: 100, judge: breaks })).rejects.toThrow('broke');
  expect(looked).toEqual(['نامه']);
  expect(await filesLeft()).toEqual([]);
});

test('what the desk made of a file is stored like an upload', async () => {
  const stored = await store.write(Buffer.from('a preview'));
  expect(stored.bytes).toBe(9);
  expect((await store.read(stored)).toString()).toBe('a preview');
  expect(await filesLeft()).toEqual([stored.storageKey]);
});

test('a file that was changed or is gone is not handed out', async () => {
  const stored = await received('نامه');
  const { storageKey } = stored;
  const place = placeOf(storageKey);
  const whole = await readFile(place);
  for (const at of [0, 12, whole.length - 1]) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await writeFile(place, flipped);
    await expect(store.read(stored)).rejects.toThrow('is not what was stored');
  }
  await writeFile(place, 'نامۀ');
  await expect(store.read(stored)).rejects.toThrow('is not what was stored');
  await store.remove(storageKey);
  await expect(store.read(stored)).rejects.toThrow('ENOENT');
  await expect(store.remove(storageKey)).resolves.toBeUndefined();
  expect(await filesLeft()).toEqual([]);
});

test.each(['', '../../etc/passwd', `${'0'.repeat(8)}-../../x`, 'A'.repeat(36)])(
  'the storage key %j leads nowhere',
  async (key) => {
    await expect(store.read({ storageKey: key, sha256: '' })).rejects.toThrow('not a storage key');
    await expect(store.remove(key)).rejects.toThrow('not a storage key');
  },
);

test('the largest file that is taken has exactly the limit', async () => {
  expect(await receive('x'.repeat(1000))).toMatchObject({ ok: true, bytes: 1000 });
  expect(await receive('x'.repeat(1001))).toEqual({ ok: false, problem: 'too_big' });
  expect(await filesLeft()).toHaveLength(1);
});

test('a file that is far too big is not read to its end', async () => {
  let given = 0;
  const endless = Readable.from(
    (async function* () {
      for (;;) {
        given += 100;
        yield Buffer.alloc(100);
        await sleep(0);
      }
    })(),
  );
  expect(await store.receive(endless, { maxBytes: 1000 })).toEqual({
    ok: false,
    problem: 'too_big',
  });
  // What was read ahead, and no more.
  expect(given).toBeLessThan(1_000_000);
  expect(endless.destroyed).toBe(true);
  expect(await filesLeft()).toEqual([]);
});

test('a stream that its parser cut at a limit is too big', async () => {
  const cut = Object.assign(Readable.from([Buffer.alloc(1000)]), { truncated: true });
  expect(await store.receive(cut, { maxBytes: 1000 })).toEqual({ ok: false, problem: 'too_big' });
  expect(await filesLeft()).toEqual([]);
});

test('an empty file is told', async () => {
  expect(await store.receive(Readable.from([]), { maxBytes: 10 })).toEqual({
    ok: false,
    problem: 'empty',
  });
  expect(await filesLeft()).toEqual([]);
});

test.each<[string, RegExp, (stream: PassThrough) => void]>([
  ['is destroyed', /premature close|destroyed/i, (stream) => stream.destroy()],
  [
    'fails',
    /connection reset|premature/i,
    (stream) => stream.destroy(new Error('connection reset')),
  ],
])(
  'a stream that %s half-way, at any moment, leaves nothing behind',
  async (_name, message, end) => {
    for (const waitMs of [undefined, 0, 1, 5, 20]) {
      const stream = new PassThrough();
      stream.write('the first half');
      const receiving = store.receive(stream, { maxBytes: 1000 });
      if (waitMs !== undefined) await sleep(waitMs);
      end(stream);
      await expect(receiving).rejects.toThrow(message);
    }
    expect(await filesLeft()).toEqual([]);
  },
);

test('a stream that was over before it could be read is a fault', async () => {
  const stream = new PassThrough();
  stream.destroy();
  await expect(store.receive(stream, { maxBytes: 1000 })).rejects.toThrow(/premature|destroyed/i);
  expect(await filesLeft()).toEqual([]);
});

test('a store that cannot be written says so, and lets the request go on', async () => {
  await writeFile(root, 'a file where the folder should be');
  await expect(store.check()).rejects.toThrow(/EEXIST|ENOTDIR/);
  const stream = Readable.from([Buffer.alloc(100), Buffer.alloc(100)]);
  const ended = new Promise((resolve) => stream.once('end', resolve));
  await expect(store.receive(stream, { maxBytes: 1000 })).rejects.toThrow(/EEXIST|ENOTDIR/);
  await ended;
});

test('a check leaves nothing behind', async () => {
  await store.check();
  expect(await filesLeft()).toEqual([]);
});

test('stored files are listed by their first digit; what is not ours is not named', async () => {
  expect(await store.list('0')).toEqual([]);
  const keys = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => (await received(`file ${index}`)).storageKey),
  );
  const [key = ''] = keys;
  const folder = path.join(root, key.slice(0, 2), key.slice(2, 4));
  await writeFile(path.join(root, 'lost+found'), '');
  await writeFile(path.join(folder, 'Thumbs.db'), '');
  await writeFile(path.join(folder, `ffffffff${key.slice(8)}`), '');
  const listed = await Promise.all('0123456789abcdef'.split('').map((digit) => store.list(digit)));
  expect(listed.flat().sort()).toEqual(keys.sort());
  for (const [digit, found] of listed.entries())
    for (const name of found) expect(name.startsWith(digit.toString(16))).toBe(true);
});

test('when a file was stored is known, and of one that is gone nothing', async () => {
  const { storageKey } = await received('نامه');
  const at = await store.storedAt(storageKey);
  expect(Math.abs(Date.now() - (at?.getTime() ?? 0))).toBeLessThan(60_000);
  await store.remove(storageKey);
  expect(await store.storedAt(storageKey)).toBeUndefined();
  await expect(store.storedAt('../x')).rejects.toThrow('not a storage key');
});

test('what uploads that were cut off left is taken away once it is old', async () => {
  expect(await store.removeLeftovers(0)).toBe(0);
  const { storageKey } = await received('نامه');
  const incoming = path.join(root, 'incoming');
  const hourAgo = new Date(Date.now() - 3_600_000);
  const [old, young] = [randomUUID(), randomUUID()];
  for (const name of [old, young, 'note.txt']) await writeFile(path.join(incoming, name), 'half');
  for (const name of [old, 'note.txt']) await utimes(path.join(incoming, name), hourAgo, hourAgo);
  expect(await store.removeLeftovers(1_800_000)).toBe(1);
  expect((await filesLeft()).sort()).toEqual([young, 'note.txt', storageKey].sort());
});

test('a hundred files at once are a hundred files', async () => {
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) => received(`file ${index}`)),
  );
  for (const [index, stored] of results.entries())
    expect((await store.read(stored)).toString()).toBe(`file ${index}`);
  expect(await filesLeft()).toHaveLength(100);
});

test('a folder may have any name', async () => {
  const odd = path.join(root, 'a b#c?d%20e فارسی');
  for (const url of [`file:${odd}`, pathToFileURL(odd).href]) {
    await createFileStore(url).check();
    expect(await readdir(root)).toEqual(['a b#c?d%20e فارسی']);
  }
});

test.each(['', 'file:', 'file:relative/path', '/path', 'file://host/%zz'])(
  '%j names no store',
  (url) => {
    expect(() => createFileStore(url)).toThrow(OperatorError);
  },
);
