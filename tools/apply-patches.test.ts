import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
const file = (name: string): string => path.join(folder, name);

const install = (version: string, source: string): void => {
  writeFileSync(file('node_modules/@a/thing/package.json'), JSON.stringify({ version }));
  writeFileSync(file('node_modules/@a/thing/index.js'), source);
};
const applyPatches = () =>
  spawnSync(process.execPath, [path.resolve('tools/apply-patches.mjs')], {
    cwd: folder,
    encoding: 'utf8',
  });
const source = (): string => readFileSync(file('node_modules/@a/thing/index.js'), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'patches-'));
  mkdirSync(file('patches'));
  mkdirSync(file('node_modules/@a/thing'), { recursive: true });
  writeFileSync(
    file('patches/@a__thing+1.0.0.patch'),
    'Why.\n\n--- a/index.js\n+++ b/index.js\n@@ -1,2 +1,2 @@\n one\n-two\n+second\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a patch is applied, and once only', () => {
  install('1.0.0', 'one\ntwo\n');
  expect(applyPatches()).toMatchObject({ status: 0, stderr: '' });
  expect(source()).toBe('one\nsecond\n');
  expect(applyPatches()).toMatchObject({ status: 0, stderr: '' });
  expect(source()).toBe('one\nsecond\n');
});

test('a patch of another version, or of another file, fails the installation', () => {
  install('1.0.1', 'one\ntwo\n');
  expect(applyPatches()).toMatchObject({
    status: 1,
    stderr: 'patches/@a__thing+1.0.0.patch does not apply: @a/thing 1.0.1 is installed\n',
  });
  install('1.0.0', 'uno\ndue\n');
  expect(applyPatches().stderr).toContain('is not the file it was made for');
  expect(source()).toBe('uno\ndue\n');
});
