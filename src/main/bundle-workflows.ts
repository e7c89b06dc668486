/**
 * The workflows as one file. `npm run bundle` writes it into the image, so that a server never
 * bundles at start.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundle, WorkflowBundleOption } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../platform/engine/data-converter.ts';
import { ownProgram } from '../platform/base/own-program.ts';
import type { Config } from '../config.ts';
import { runMain } from './run-main.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUNDLE_FILE = path.join(ROOT, 'workflow-bundle.js');
const FOLDER = 'workflows';
export const LETTER_WORDS = 'src/desk/letters/letter.ts';
const KEPT = /^workflow-bundle-.*\.js$/;

const bundleWorkflows = (): Promise<WorkflowBundle> =>
  bundleWorkflowCode({
    workflowsPath: ownProgram('../../workflows/index', import.meta.url).file,
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger: new DefaultLogger('WARN'),
  });

export const loadWorkflowBundle = async (
  { DATA_DIR: dataDir }: Pick<Config, 'DATA_DIR'>,
  onBuild: () => void,
): Promise<WorkflowBundleOption> => {
  if (existsSync(BUNDLE_FILE)) return { codePath: BUNDLE_FILE };
  const folder = path.join(dataDir, 'cache');
  const kept = path.join(folder, `workflow-bundle-${await sourceHash()}.js`);
  if (existsSync(kept)) return { codePath: kept };
  onBuild();
  const bundle = await bundleWorkflows();
  // Where nothing can be written, it is built at every start.
  await keep(kept, bundle.code).catch(() => undefined);
  return bundle;
};

const sourceHash = async (): Promise<string> => {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    version: string;
  };
  const hash = createHash('sha256').update(version);
  for (const file of await listSources()) {
    hash.update(`\0${file}\0`);
    hash.update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 32);
};

const listSources = async (): Promise<string[]> => {
  const names = await readdir(path.join(ROOT, FOLDER));
  const sources = names.filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.test.ts'));
  return [LETTER_WORDS, ...sources.map((name) => path.posix.join(FOLDER, name)).sort()];
};

/**
 * Renames into place, so that no other worker reads half a file; deletes the bundles of other
 * versions.
 */
const keep = async (file: string, code: string): Promise<void> => {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const draft = path.join(folder, `${randomUUID()}.draft`);
  try {
    await writeFile(draft, code, { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  for (const name of await readdir(folder))
    if (KEPT.test(name) && name !== path.basename(file))
      await rm(path.join(folder, name), { force: true });
};

runMain(import.meta.url, async () => {
  const { code } = await bundleWorkflows();
  await writeFile(BUNDLE_FILE, code);
});
