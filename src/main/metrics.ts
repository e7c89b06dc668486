import { fileURLToPath } from 'node:url';
import { readDisk } from '../operations/maintenance/metrics/disk.ts';
import { createMetrics } from '../operations/maintenance/metrics/metrics.ts';
import type { Meter } from '../operations/maintenance/metrics/metrics.ts';
import { startMetricsServer } from '../operations/maintenance/metrics/metrics-server.ts';
import type { Config } from '../config.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { portIsFree } from '../local/ports.ts';
import { shareHealth } from '../operations/maintenance/health.ts';
import { createMetricsReader, GAUGES } from '../operations/maintenance/metrics/desk-metrics.ts';
import { SECURITY_EVENTS } from '../../web/security-events.ts';
import type { Deps } from '../platform/deps.ts';

export const startMetrics = async (
  config: Config,
  deps: Deps,
  role: 'web' | 'worker',
): Promise<{ meter: Meter; stop(): Promise<void> } | undefined> => {
  const { db, filePool, log } = deps;
  const { METRICS_HOST: host, METRICS_PORT: port, FILES_URL } = config;
  if (port === null) return undefined;
  const folder = FILES_URL.startsWith('file:') ? fileURLToPath(FILES_URL) : undefined;
  const metrics = createMetrics({
    role,
    poolSize: config.DATABASE_POOL,
    securityEvents: SECURITY_EVENTS,
    fileWork: filePool,
    gauges: GAUGES,
    read: createMetricsReader({
      db,
      health: shareHealth(deps),
      disk: folder === undefined ? undefined : () => readDisk(folder),
      timeoutMs: config.limits.metricsTimeoutMs,
      log,
    }),
    cacheMs: config.limits.metricsCacheSeconds * 1_000,
  });
  const server = await startMetricsServer(metrics, { host, port, log });
  log.info({ host, port }, 'metrics ready');
  return { meter: metrics, stop: () => server.stop() };
};

export const engineMetricsAddress = async ({
  METRICS_HOST: host,
  ENGINE_METRICS_PORT: port,
}: Pick<Config, 'METRICS_HOST' | 'ENGINE_METRICS_PORT'>): Promise<string | undefined> => {
  if (port === null) return undefined;
  const free = await portIsFree(host, port).catch((error: Error) => {
    throw new OperatorError(
      `The worker cannot listen on ${host}:${port} (METRICS_HOST, ENGINE_METRICS_PORT): ${error.message}`,
    );
  });
  if (!free)
    throw new OperatorError(
      `Port ${port} on ${host} is taken by another program; set ENGINE_METRICS_PORT to a free one`,
    );
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
};
