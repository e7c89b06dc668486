import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
let tree = '';

// Each check reads a whole tree in a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const makeTree = (files: Record<string, string>): void => {
  tree = mkdtempSync(path.join(tmpdir(), 'imports-'));
  for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs'])
    cpSync(path.join(root, name), path.join(tree, name));
  symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.join(tree, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(tree, name), text);
  }
};

const check = (): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'tools/check-imports.mjs')],
    { cwd: tree, encoding: 'utf8' },
  );
  return { status, said: stdout + stderr };
};

/** A clean tree, large enough to count: each file imports the plain one. */
const clean = (): Record<string, string> => ({
  'src/platform/base/plain.ts':
    "import type { E164Number } from 'libphonenumber-js';\nexport type Plain = E164Number;\n",
  ...Object.fromEntries(
    Array.from({ length: 45 }, (_, n) => [
      `web/page-${n}.ts`,
      "export type { Plain } from '../src/platform/base/plain.ts';\n",
    ]),
  ),
});

afterEach(() => rmSync(tree, { recursive: true, force: true }));

test('a tree in order passes and says what was seen', () => {
  makeTree(clean());
  expect(check()).toMatchObject({ status: 0, said: expect.stringContaining('46 modules') });
});

test('an empty folder fails', () => {
  makeTree({});
  expect(check()).toMatchObject({ status: 1, said: expect.stringContaining('none of src') });
});

test('a tree that is too small fails', () => {
  makeTree({ 'src/platform/base/plain.ts': 'export const plain = 1;\n' });
  expect(check()).toMatchObject({ status: 1, said: expect.stringContaining('only 1 modules') });
});

test('every kind of wrong import is named with its way', () => {
  makeTree({
    ...clean(),
    'src/desk/letters/letters.sql.ts':
      "import postgres from 'postgres';\nexport const sql = postgres;\n",
    'src/config.ts': 'export interface Config { a: string }\nexport const readConfig = 1;\n',
    'src/main/compose.ts': 'export const compose = 1;\n',
    'src/testing/fake.ts': 'export const fake = 1;\n',
    'src/platform/base/knows-letters.ts':
      "export { sql } from '../../desk/letters/letters.sql.ts';\n",
    'src/desk/letters/keeps-well.ts':
      "export type { Kept } from '../../operations/maintenance/keep.ts';\n",
    'src/operations/maintenance/keep.ts': 'export type Kept = string;\n',
    'src/desk/letters/letter.ts': "export { readFileSync } from 'node:fs';\n",
    'src/desk/letters/own-query.ts':
      'export const one = (db: (text: TemplateStringsArray) => number): number => db`select 1`;\n',
    'workflows/deep.ts': "export { readFileSync } from '../src/desk/letters/letter.ts';\n",
    'workflows/client.ts': "export { Client } from '@temporalio/client';\n",
    'activities/composed.ts': "export { compose } from '../src/main/compose.ts';\n",
    'web/knows-db.ts': "export type { sql } from '../src/desk/letters/letters.sql.ts';\n",
    'web/own-sql.ts': "export { default } from 'postgres';\n",
    'web/reads-settings.ts': "export { readConfig } from '../src/config.ts';\n",
    'web/takes-settings.ts': "export type { Config } from '../src/config.ts';\n",
    'web/faked.ts': "export { fake } from '../src/testing/fake.ts';\n",
    'web/a.ts': "import { b } from './b.ts';\nexport const a = (): number => b();\n",
    'web/b.ts': "import { a } from './a.ts';\nexport const b = (): number => a();\n",
    'web/gone.ts': "export { x } from './not-there.ts';\n",
    'web/browser.ts': "export { chromium } from 'playwright-core';\n",
    'web/guest.ts': "export { parse } from 'acorn';\n",
    'web/decodes.ts': "export { default } from 'sharp';\n",
    'src/platform/base/sharp.ts': "export { default as sharp } from 'sharp';\n",
    'src/platform/files/checks/file-type.ts': 'export const decideFileType = 1;\n',
    'src/platform/files/checks/check-file.ts': "export { decideFileType } from './file-type.ts';\n",
    'src/platform/messages/looks.ts': "export { sharp } from '../base/sharp.ts';\n",
    'src/platform/files/pool/jobs.ts':
      "export const JOBS = { read: () => import('../checks/file-type.ts') };\n",
    'src/platform/files/pool/file-process.ts': "export { JOBS } from './jobs.ts';\n",
    'src/platform/files/pool/file-pool.ts': "export { JOBS } from './jobs.ts';\n",
  });
  const { status, said } = check();
  expect(status).toBe(1);
  for (const line of [
    'src/platform/base-sees-only-its-side: src/platform/base/knows-letters.ts',
    'src/desk/letters-sees-only-its-side: src/desk/letters/keeps-well.ts',
    'sql-in-sql-files: src/desk/letters/own-query.ts',
    'workflows-reach-no-io: workflows/deep.ts → src/desk/letters/letter.ts → fs',
    'workflows-uses-few-packages: workflows/client.ts',
    'only-main-composes: activities/composed.ts',
    'pages-see-no-sql: web/knows-db.ts → src/desk/letters/letters.sql.ts',
    'driver-in-its-place: web/own-sql.ts',
    'settings-are-passed-in: web/reads-settings.ts',
    'testing-stays-in-tests: web/faked.ts',
    'no-circular: web/a.ts → web/b.ts → web/a.ts',
    'resolvable: web/gone.ts',
    'no-dev-package-in-production: web/browser.ts',
    'listed-in-package-json: web/guest.ts',
    'pictures-in-their-place: web/decodes.ts',
    'files-are-read-in-their-processes: src/platform/files/checks/check-file.ts',
    'captcha-draws-its-own: src/platform/messages/looks.ts',
    'file-jobs-run-in-their-processes: src/platform/files/pool/file-pool.ts',
  ])
    expect(said).toContain(line);
  expect(said).not.toContain('web/takes-settings.ts');
  expect(said).not.toContain('src/platform/files/pool/file-process.ts');
});
