/** `npm run bundle`: the workflows as one file, so that a server never bundles at start. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../adapters/temporal/data-converter.ts';
import { runMain } from './run-main.ts';

runMain(import.meta.url, async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    failureConverterPath: FAILURE_CONVERTER_PATH,
  });
  const directory = new URL('../../dist/', import.meta.url);
  await mkdir(directory, { recursive: true });
  await writeFile(new URL('workflow-bundle.js', directory), code);
});
