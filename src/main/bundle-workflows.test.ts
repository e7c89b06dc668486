import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadWorkflowBundle } from './bundle-workflows.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-bundle-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the workflows are built at the first start and kept for those that follow', async () => {
  let builds = 0;
  const load = () => loadWorkflowBundle({ DATA_DIR: dir }, () => (builds += 1));
  const built = await load();
  expect(builds).toBe(1);
  const kept = await load();
  expect(builds).toBe(1);
  if (!('code' in built) || !('codePath' in kept)) throw new Error('built, then kept');
  expect(readFileSync(kept.codePath, 'utf8')).toBe(built.code);

  // What another version has left is built anew, and does not pile up.
  const [name = ''] = readdirSync(path.join(dir, 'cache'));
  rmSync(kept.codePath);
  writeFileSync(path.join(dir, 'cache', 'workflow-bundle-other.js'), 'of another version');
  await load();
  expect(builds).toBe(2);
  expect(readdirSync(path.join(dir, 'cache'))).toEqual([name]);
}, 300_000);

test('where nothing can be kept, the bundle is used all the same', async () => {
  writeFileSync(path.join(dir, 'cache'), 'a file where the folder would be');
  const bundle = await loadWorkflowBundle({ DATA_DIR: dir }, () => undefined);
  expect('code' in bundle && bundle.code.length > 10_000).toBe(true);
}, 300_000);
