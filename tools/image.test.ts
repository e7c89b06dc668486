/** The image that the Dockerfile makes, without its services. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage } from '../src/testing/image-host.ts';
import type { Image } from '../src/testing/image-host.ts';

let dir: string;
let image: Image;

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-image-'));
  image = await buildImage(dir);
}, 600_000);
afterAll(() => rm(dir, { recursive: true, force: true }), 120_000);

const runInApp = (script: string) => {
  const app = path.join(image.root, 'app');
  const args = ['--input-type=module', '-e', script.replaceAll('APP', app)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: app,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
};

test('the image has no TypeScript, nothing that reads it, and no package for development', () => {
  const app = path.join(image.root, 'app');
  expect(readdirSync(app).sort()).toEqual(['dist', 'node_modules', 'package.json']);
  const files = readdirSync(path.join(app, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files.length).toBeGreaterThan(500);
  expect(files.filter((file) => /\.(tsx?|bin)$|\.test\.|testing|e2e/.test(file))).toEqual([]);
  const packages = readdirSync(path.join(app, 'node_modules'));
  for (const name of ['tsx', 'esbuild', 'typescript', 'vitest', 'playwright-core', 'oxlint'])
    expect(packages).not.toContain(name);
});

test('it runs as a user without rights, on the Node.js of production, and says what it is', () => {
  expect(image.instructions).toContain('USER 1000:1000');
  expect(image.instructions[0]).toMatch(/^ARG NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim$/);
  expect(image.env.NODE_ENV).toBe('production');
  const labels = image.instructions.find((line) => line.startsWith('LABEL')) ?? '';
  for (const name of ['title', 'description', 'version', 'revision', 'source'])
    expect(labels).toContain(`org.opencontainers.image.${name}=`);
});

test('every role loads, and workflows and the file process are built', () => {
  for (const role of ['web', 'worker'])
    expect(runInApp(`await import('APP/dist/src/main/${role}.js'); process.exit(0)`)).toBe('');
  expect(
    runInApp(`
      const { startLimitedProcess } = await import('APP/dist/src/platform/files/pool/limited-process.js');
      const reader = await startLimitedProcess({ heapBytes: 256e6, niceness: 0 });
      console.log(reader.isAlive());
      const { loadWorkflowBundle } = await import('APP/dist/src/main/bundle-workflows.js');
      const { codePath } = await loadWorkflowBundle({ DATA_DIR: '/none' }, () => console.log('built'));
      console.log(codePath.endsWith('dist/workflow-bundle.js'));
      process.exit(0);`),
  ).toBe('true\ntrue\n');
}, 120_000);
