import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { migrate } from '../src/platform/base/migrate.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { startTestPostgres, startTestTemporal } from '../src/testing/servers.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';

// Far less than the default, so that the server soon asks for a new run.
const EVENTS_OF_A_RUN = 150;

export interface Scene extends LetterDesk {
  /** While above zero, each `recordDecision` fails for good and takes one off. */
  refusals: { left: number };
  withoutWorker(act: () => Promise<void>): Promise<void>;
}

export type Path = (scene: Scene) => Promise<Walked>;

export type Walked = { letterId: string; runId?: string | undefined } | { bulkId: string };

export const handleOf = (scene: Scene, walked: Walked): WorkflowHandle =>
  'bulkId' in walked
    ? scene.bulkHandleOf(walked.bulkId)
    : scene.handleOf(walked.letterId, walked.runId);

export const openScene = async (
  dir: string,
): Promise<{ scene: Scene; stop: () => Promise<void> }> => {
  const codePath = path.join(dir, 'bundle.js');
  await writeFile(codePath, await bundleWorkflows());
  const postgres = await startTestPostgres(dir);
  await migrate(postgres.address);
  const temporal = await startTestTemporal(dir, undefined, [
    `--dynamic-config-value=limit.historyCount.suggestContinueAsNew=${EVENTS_OF_A_RUN}`,
  ]);
  const desk = await openLetterDesk({ address: temporal.address, databaseUrl: postgres.address });
  const refusals = { left: 0 };
  const startWorker = (): Promise<LetterWorker> =>
    desk.startWorker({
      codePath,
      wrap: (activities) => ({
        ...activities,
        recordDecision(input) {
          if (refusals.left <= 0) return activities.recordDecision(input);
          refusals.left -= 1;
          throw ApplicationFailure.nonRetryable('refused', 'RecordRefused');
        },
      }),
    });
  let worker = await startWorker();
  const scene: Scene = {
    ...desk,
    refusals,
    async withoutWorker(act) {
      await worker.stop();
      await act();
      worker = await startWorker();
    },
  };
  return {
    scene,
    async stop() {
      await worker.stop();
      await desk.stop();
      await temporal.stop();
      await postgres.stop();
    },
  };
};
