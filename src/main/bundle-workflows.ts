/** The workflows as one file. `npm run bundle` writes it, so that a server never bundles at start. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../adapters/temporal/data-converter.ts';
import { runMain } from './run-main.ts';

export const BUNDLE_FILE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

/** Takes some seconds. */
export const bundleWorkflows = (): Promise<WorkflowBundle> =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    failureConverterPath: FAILURE_CONVERTER_PATH,
  });

runMain(import.meta.url, async () => {
  const { code } = await bundleWorkflows();
  await mkdir(path.dirname(BUNDLE_FILE), { recursive: true });
  await writeFile(BUNDLE_FILE, code);
});
