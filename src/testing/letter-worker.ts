/** A worker on a test's own task queue, with the real activities and the real workflow bundle. */
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { createBulkActivities } from '../../activities/bulk.ts';
import { createActivities } from '../../activities/index.ts';
import type { Deps } from '../platform/deps.ts';
import type { LetterActivities } from '../../workflows/letter.contract.ts';

export interface LetterWorker {
  /** Ends it in order: what it was doing is handed over. */
  stop(): Promise<void>;
}

export const startLetterWorker = async ({
  address,
  taskQueue,
  codePath,
  deps,
  wrap = (activities) => activities,
  dataConverter,
  options = {},
}: {
  address: string;
  taskQueue: string;
  /** The bundled workflows. */
  codePath: string;
  deps: Deps;
  wrap?: (activities: LetterActivities) => LetterActivities;
  /** Without one payloads are in the clear. */
  dataConverter?: DataConverter;
  options?: Pick<
    WorkerOptions,
    'identity' | 'maxCachedWorkflows' | 'stickyQueueScheduleToStartTimeout'
  >;
}): Promise<LetterWorker> => {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath },
    activities: { ...wrap(createActivities(deps)), ...createBulkActivities(deps) },
    stickyQueueScheduleToStartTimeout: '2s',
    ...(dataConverter && { dataConverter }),
    ...options,
  });
  const running = worker.run();
  return {
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
};
