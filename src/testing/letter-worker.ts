/** A worker on a test's own task queue, with the real activities and the real workflow bundle. */
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { SmsGateway } from '../platform/messages/sms-gateway.ts';
import type { Db } from '../platform/base/database.ts';
import type { RecordSettings } from '../desk/letters/record-decision.ts';
import type { ScanFile } from '../desk/letters/scan-file.ts';
import { createSendMessage } from '../platform/messages/send-message.ts';
import type { LetterActivities } from '../../workflows/letter.contract.ts';

export interface LetterWorker {
  /** Ends it in order: what it was doing is handed over. */
  stop(): Promise<void>;
}

export const TEST_SETTINGS: RecordSettings = {
  timeZone: 'Asia/Tehran',
  locale: 'fa',
  orgName: 'سازمان آزمون',
  origin: 'http://desk.test',
  smsMaxParts: 3,
};

export const startLetterWorker = async ({
  address,
  taskQueue,
  codePath,
  db,
  gateway,
  settings = TEST_SETTINGS,
  scanFile,
  wrap = (activities) => activities,
  dataConverter,
  options = {},
}: {
  address: string;
  taskQueue: string;
  /** The bundled workflows. */
  codePath: string;
  db: Db;
  gateway: SmsGateway;
  settings?: RecordSettings;
  /** Left out: there is no virus scanner. */
  scanFile?: ScanFile['scanFile'] | undefined;
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
    activities: wrap(
      createActivities({
        db,
        settings,
        sendMessage: createSendMessage({ db, gateway, keepCodes: false }),
        ...(scanFile && { scanFile }),
      }),
    ),
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
