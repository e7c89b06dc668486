import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { LogLevel, NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import { createBulkActivities } from '../../activities/bulk.ts';
import { createActivities } from '../../activities/index.ts';
import { TASK_QUEUE } from '../../workflows/letter.contract.ts';
import { temporalConnectionOptions } from '../platform/engine/connection-options.ts';
import { prepareNamespace } from '../platform/engine/prepare-namespace.ts';
import { refusalOf } from '../platform/engine/refusal.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { beat, stopBeating } from '../platform/base/heartbeats.sql.ts';
import { createLogger } from '../platform/base/logger.ts';
import type { Logger } from '../platform/base/logger.ts';
import type { Deps } from '../platform/deps.ts';
import { HEARTBEAT_SECONDS } from '../operations/maintenance/health.ts';
import { startCheckpointPublisher } from '../desk/proof/publish-checkpoints.ts';
import { createWebhookSender } from '../operations/integrations/webhooks.ts';
import { loadWorkflowBundle } from './bundle-workflows.ts';
import { createStaffMailSender } from '../desk/letters/send-staff-mails.ts';
import { createMailer } from '../platform/messages/mailer.ts';
import { createPreviewMaker } from '../desk/letters/make-previews.ts';
import { composeParts } from './compose.ts';
import { engineMetricsAddress, startMetrics } from './metrics.ts';
import { runMain } from './run-main.ts';
import { ensureRecordFits } from './secret.ts';
import { onShutdown, reportProgress, reportReady } from './shutdown.ts';

const RETRY_MS = 1_000;

const LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

export const installRuntime = (log: Logger, metricsAddress?: string): void => {
  Runtime.install({
    logger: new DefaultLogger('DEBUG', ({ level, message, meta }) =>
      log[LEVELS[level]]({ ...meta }, message),
    ),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
      ...(metricsAddress && { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
    shutdownSignals: [],
  });
};

type WorkerParts = Omit<WorkerOptions, 'connection'>;
interface Connected {
  connection: NativeConnection;
  worker: Worker;
}

const connectWorker = async (
  config: Config,
  options: WorkerParts,
  log: Logger,
): Promise<Connected> => {
  const address = temporalConnectionOptions(
    config.embeddedTemporal ? config.TEMPORAL_ADDRESS : undefined,
  );
  const client = await Connection.connect({ ...address, connectTimeout: '5s' });
  try {
    await prepareNamespace({
      connection: client,
      namespace: config.TEMPORAL_NAMESPACE,
      retentionDays: config.limits.temporalRetentionDays,
      log,
    });
  } finally {
    await client.close();
  }
  const connection = await NativeConnection.connect(address as NativeConnectionOptions);
  try {
    return { connection, worker: await Worker.create({ ...options, connection }) };
  } catch (error) {
    await connection.close();
    throw error;
  }
};

const connectWhenThere = async (
  config: Config,
  options: WorkerParts,
  log: Logger,
): Promise<Connected> => {
  for (;;) {
    try {
      return await connectWorker(config, options, log);
    } catch (error) {
      const refusal = refusalOf(error);
      const why = error instanceof Error ? error.message : error;
      if (refusal === undefined) log.warn({ why }, 'engine away, waiting');
      else log.error({ why }, refusal);
      await sleep(RETRY_MS);
    }
  }
};

/** Ended in the reverse order of their start. */
type Stops = (() => Promise<void>)[];

const startPreviews = (deps: Deps, stops: Stops): void => {
  const previews = deps.config.PREVIEWS === 'on' ? createPreviewMaker(deps) : undefined;
  previews?.start();
  stops.push(async () => {
    const stopped = previews?.stop();
    // What is being drawn is left for the next worker, and nothing waits for it.
    deps.filePool.close();
    await stopped;
  });
};

const startStaffMails = (deps: Deps, stops: Stops): void => {
  const { config } = deps;
  if (config.SMTP_URL === '') return;
  const mailer = createMailer({
    url: config.SMTP_URL,
    host: new URL(config.PUBLIC_ORIGIN).hostname,
  });
  const mails = createStaffMailSender(deps, mailer);
  mails.start();
  stops.push(async () => {
    await mails.stop();
    mailer.close();
  });
};

const startBackgroundWork = async (deps: Deps, stops: Stops): Promise<void> => {
  startPreviews(deps, stops);
  const metrics = await startMetrics(deps.config, deps, 'worker');
  stops.push(async () => metrics?.stop());
  const webhooks = createWebhookSender(deps);
  webhooks.start();
  stops.push(() => webhooks.stop());
  startStaffMails(deps, stops);
  const checkpoints = startCheckpointPublisher(deps);
  stops.push(() => checkpoints.stop());
};

const startHeartbeat = ({ db, log }: Deps, stops: Stops): void => {
  const instance = `${os.hostname()}:${process.pid}`;
  const heartbeat = (): void => {
    beat(db, { role: 'worker', instance }).catch((error: unknown) =>
      log.warn({ why: error instanceof Error ? error.message : error }, 'heartbeat not written'),
    );
  };
  const beating = setInterval(heartbeat, HEARTBEAT_SECONDS * 1_000);
  stops.push(async () => {
    clearInterval(beating);
    await stopBeating(db, instance).catch(() => {});
  });
  heartbeat();
};

const workerOptions = async (deps: Deps, dataConverter: DataConverter): Promise<WorkerParts> => ({
  namespace: deps.config.TEMPORAL_NAMESPACE,
  taskQueue: TASK_QUEUE,
  dataConverter,
  activities: { ...createActivities(deps), ...createBulkActivities(deps) },
  workflowBundle: await loadWorkflowBundle(deps.config, () => {
    deps.log.info('building the workflows');
    reportProgress('building the workflows, once for this version');
  }),
  maxCachedWorkflows: deps.config.limits.workerCachedWorkflows,
  maxConcurrentActivityTaskExecutions: deps.config.DATABASE_POOL,
  // A worker that was killed holds its letters back for this long and no longer.
  stickyQueueScheduleToStartTimeout: '2s',
  shutdownGraceTime: '10s',
});

export const runWorker = async (settings: Config): Promise<void> => {
  const log = createLogger({ name: 'worker', level: settings.LOG_LEVEL });
  installRuntime(log, await engineMetricsAddress(settings));
  const { deps, dispatcher, sweep, dataConverter } = await composeParts(settings, log, 'worker');
  const { config, db } = deps;
  await ensureRecordFits(db);
  const stops: Stops = [
    async () => {
      await sweep.stop();
      await dispatcher.stop();
      await deps.engine.close();
      await db.end({ timeout: 5 });
    },
  ];
  onShutdown(log, async () => {
    for (const stop of stops.reverse()) await stop();
  });
  // Letters that wait for the engine are dispatched from here too, whatever becomes of the web.
  dispatcher.start();
  sweep.start();
  await startBackgroundWork(deps, stops);

  const options = await workerOptions(deps, dataConverter);
  reportProgress(
    `connecting to Temporal at ${config.TEMPORAL_ADDRESS || 'its configured address'}`,
  );
  const { connection, worker } = await connectWhenThere(config, options, log);
  const running = worker.run();
  stops.push(async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await connection.close();
  });
  startHeartbeat(deps, stops);
  log.info({ node: process.version, taskQueue: TASK_QUEUE }, 'worker ready');
  reportReady();
  await running;
};

runMain(import.meta.url, () => runWorker(readConfig(process.env)));
