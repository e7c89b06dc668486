/** What a worker loads for the workflows: every cached letter costs memory by its size. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';

/** It has 1.6 MB, nearly all of it the SDK; with zod it would have 2.7. */
const MAX_BYTES = 2_000_000;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let code: string;
/** Every file that was bundled, from the project's folder. */
let sources: string[];

beforeAll(async () => {
  code = await bundleWorkflows();
  const [, map = ''] = /sourceMappingURL=data:[^,]*base64,(\S+)/.exec(code) ?? [];
  sources = (
    JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] }
  ).sources.map((file) => (path.isAbsolute(file) ? path.relative(ROOT, file) : file));
}, 120_000);

test('the bundle has the letter’s workflow and stays small', () => {
  expect(sources).toContain('workflows/letter.workflow.ts');
  expect(Buffer.byteLength(code)).toBeLessThan(MAX_BYTES);
});

test('of the packages of the desk it holds only those made for the sandbox', async () => {
  const { dependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(Object.keys(dependencies)).toEqual(
    expect.arrayContaining(['zod', 'postgres', 'hono', 'pino', 'sharp']),
  );
  const held = Object.keys(dependencies).filter((name) =>
    sources.some((file) => file.includes(`node_modules/${name}/`)),
  );
  expect(held.sort()).toEqual(['@temporalio/common', '@temporalio/workflow']);
});

test('of the code of the desk it holds only workflows and the words of a letter', () => {
  const ours = sources.filter((file) => /^(src|activities|web|bench|tools)\//.test(file));
  expect(ours).toEqual(['src/desk/letters/letter.ts']);
});
