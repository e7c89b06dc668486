import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArchive, openArchive } from './archive.ts';
import { addManifest, checkArchive } from './manifest.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';

const AT = new Date('2026-11-22T12:00:00Z');
const KEY = Buffer.alloc(32, 7);
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-archive-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

const write = async (file: string, key = KEY): Promise<void> => {
  const archive = await createArchive(file, { at: AT, replace: false });
  const parts = [
    await archive.add('tables/units.ndjson.gz', [Buffer.from('two '), Buffer.from('pieces')]),
    await archive.add('tables/empty.ndjson.gz', []),
    await archive.add('files/a', [Buffer.alloc(700, 'x')]),
  ];
  const manifest = {
    format: 'pishkhan backup 1' as const,
    holds: 'record' as const,
    id: '00000000-0000-4000-8000-000000000001',
    madeAt: AT.toISOString(),
    migrations: [],
    tables: [],
    sequences: [],
    checkpoints: [],
    letters: 0,
    files: 1,
    missing: [],
    parts,
  };
  await addManifest(archive, manifest, key);
  await archive.finish();
};

const check = async (file: string) => {
  const archive = await openArchive(file);
  try {
    const checked = await checkArchive(archive);
    return { parts: archive.parts, by: checked.sealedBy([KEY]) };
  } finally {
    await archive.close();
  }
};

test('an archive is read back part by part, and by any tar', async () => {
  const file = path.join(dir, 'whole.backup');
  await write(file);
  const { parts, by } = await check(file);
  expect(by).toBe('this desk');
  expect(parts.map(({ name, bytes }) => [name, bytes]).slice(0, 3)).toEqual([
    ['tables/units.ndjson.gz', 10],
    ['tables/empty.ndjson.gz', 0],
    ['files/a', 700],
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const listed = execFileSync('tar', ['-xOf', file, 'tables/units.ndjson.gz']).toString();
  expect(listed).toBe('two pieces');
});

test('one flipped bit anywhere is refused, and so is a file that was cut or grew', async () => {
  const file = path.join(dir, 'flipped.backup');
  await write(file);
  const whole = await readFile(file);
  const damagedFile = path.join(dir, 'damaged.backup');
  // A prime step: the flips fall on every field of a head, every part and what lies between.
  for (let at = 0; at < whole.length; at += 7) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(damagedFile, changed);
    const said = await check(damagedFile).then(
      // In the seal itself: it is not this desk's any more.
      ({ by }) => by,
      (error: unknown) => String(error),
    );
    expect(said, `byte ${at}`).toMatch(/damaged\.backup is damaged: |^changed$|^another secret$/);
  }
  for (const bytes of [0, 100, 512, 1_500, whole.length - 512, whole.length - 1]) {
    await writeFile(damagedFile, whole.subarray(0, bytes));
    await expect(check(damagedFile), `${bytes} bytes`).rejects.toThrow(/is damaged: /);
  }
  await writeFile(damagedFile, Buffer.concat([whole, Buffer.from('more')]));
  await expect(check(damagedFile)).rejects.toThrow(/is not an end/);
}, 30_000);

test('the part that is not what was written is named', async () => {
  const file = path.join(dir, 'named.backup');
  await write(file);
  const bytes = await readFile(file);
  bytes.write('y', bytes.indexOf('xxx') + 5);
  await writeFile(file, bytes);
  await expect(check(file)).rejects.toThrow('files/a is not what was written');
});

test('who has not the key makes no backup of this desk', async () => {
  const file = path.join(dir, 'other.backup');
  await write(file, Buffer.alloc(32, 8));
  expect((await check(file)).by).toBe('another secret');
});

test('a file that is there stays, an unfinished one leaves nothing behind, and keys give way to newer ones', async () => {
  const own = path.join(dir, 'own');
  await expect(createArchive(path.join(own, 'x'), { at: AT, replace: false })).rejects.toThrow(
    'cannot be written',
  );
  const file = path.join(dir, 'there.backup');
  await write(file);
  await expect(createArchive(file, { at: AT, replace: false })).rejects.toThrow('exists already');
  const keys = await createArchive(file, { at: AT, replace: true });
  await keys.add('a', [Buffer.from('b')]);
  await keys.drop();
  await check(file);
  expect((await readdir(dir)).filter((name) => name.includes('.part-'))).toEqual([]);
  const newer = await createArchive(file, { at: AT, replace: true });
  await newer.finish();
  expect((await stat(file)).size).toBe(1_024);
});

test('the master secret opens with its passphrase, in its own backup', async () => {
  const words = { passphrase: 'a long passphrase of tests', binding: 'backup 1' };
  const sealed = await sealSecret('the master secret of this test', words);
  expect(sealed.toString()).not.toContain('master');
  expect(await openSecret(sealed, words)).toBe('the master secret of this test');
  expect(await openSecret(sealed, { ...words, passphrase: 'another passphrase' })).toBe(undefined);
  expect(await openSecret(sealed, { ...words, binding: 'backup 2' })).toBe(undefined);
}, 30_000);
