/** The bundled workflows as they stand, and as a later version of them may read. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { LETTER_WORDS } from '../main/bundle-workflows.ts';
import { FAILURE_CONVERTER_PATH } from '../platform/engine/data-converter.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const bundleWorkflows = async (root = ROOT): Promise<string> => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(root, 'workflows', 'index.ts'),
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger: new DefaultLogger('WARN'),
  });
  return code;
};

/** Bundles a copy of the workflows in which `change` has edited the letter's workflow. */
export const bundleChangedWorkflows = async (
  change: (source: string) => string,
): Promise<string> => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'changed-workflows-'));
  try {
    await cp(path.join(ROOT, 'workflows'), path.join(root, 'workflows'), {
      recursive: true,
      filter: (file) => !/histories|\.test\.ts$/.test(path.relative(ROOT, file)),
    });
    await cp(path.join(ROOT, LETTER_WORDS), path.join(root, LETTER_WORDS));
    await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
    const workflow = path.join(root, 'workflows', 'letter.workflow.ts');
    await writeFile(workflow, change(await readFile(workflow, 'utf8')));
    return await bundleWorkflows(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

export const PATCH = 'pause-before-recording';

/** As a developer who knows nothing of replay would add a step: decisions and actions wait a little. */
export const withUnguardedStep = (source: string): string => withStep(source, '');

/** The same step as docs/upgrading.md asks for it. */
export const withPatchedStep = (source: string): string =>
  withStep(source, ` && wf.patched('${PATCH}')`);

const withStep = (source: string, guard: string): string =>
  ['decision', 'action'].reduce(
    (changed, word) =>
      insertBefore(
        changed,
        `if (${word}) await letter.apply(`,
        `if (${word}${guard}) await wf.sleep(10);\n`,
      ),
    source,
  );

const insertBefore = (source: string, place: string, text: string): string => {
  if (source.split(place).length !== 2) throw new Error(`not once in the workflow: ${place}`);
  return source.replace(place, () => text + place);
};
