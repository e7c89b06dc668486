import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../web/app.tsx';
import { startWebServer } from '../../web/server.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { deleteEndedLimits } from '../platform/base/rate-limits.sql.ts';
import { deleteExpired } from '../desk/staff/sessions.sql.ts';
import { deleteEndedSignIns } from '../desk/staff/staff-access.sql.ts';
import { createLogger } from '../platform/base/logger.ts';
import { composeParts } from './compose.ts';
import { siteSettings } from './site-settings.ts';
import { announceSetup } from '../cli/setup.ts';
import { exposureWarning } from './exposure.ts';
import { SiteIdentity } from './identity.ts';
import { startMetrics } from './metrics.ts';
import { runMain } from './run-main.ts';
import { ensureRecordFits } from './secret.ts';
import { onShutdown, reportReady } from './shutdown.ts';

const CLEAN_UP_MS = 10 * 60_000;

export const runWeb = async (settings: Config): Promise<void> => {
  const log = createLogger({ name: 'web', level: settings.LOG_LEVEL });
  const { deps, dispatcher, sweep, liveUpdates } = await composeParts(settings, log, 'web');
  const { config, db } = deps;
  await ensureRecordFits(db);
  const identity = await SiteIdentity.open(deps);
  const metrics = await startMetrics(config, deps, 'web');
  let draining = false;
  const app = createApp({
    deps,
    site: siteSettings(deps, identity),
    liveUpdates,
    meter: metrics?.meter,
    isDraining: () => draining,
  });
  const server = await startWebServer(app, { host: config.HOST, port: config.PORT });
  dispatcher.start();
  sweep.start();
  const cleanUp = setInterval(() => {
    Promise.all([deleteExpired(db), deleteEndedLimits(db), deleteEndedSignIns(db)]).catch(
      (error: unknown) => log.warn({ err: error }, 'clean-up failed'),
    );
  }, CLEAN_UP_MS);
  onShutdown(log, async () => {
    clearInterval(cleanUp);
    draining = true;
    server.drain();
    await sleep(config.DRAIN_SECONDS * 1000);
    // Open pages would hold the server up until its time is over.
    await liveUpdates.stop();
    await server.stop();
    deps.filePool.close();
    await sweep.stop();
    await dispatcher.stop();
    await metrics?.stop();
    await deps.engine.close();
    await db.end({ timeout: 5 });
  });
  log.info(
    { host: config.HOST, port: config.PORT, node: process.version, on: os.hostname() },
    'web ready',
  );
  const exposed = exposureWarning(config);
  if (exposed !== null) log.warn(exposed);
  announceSetup(config, db, log).catch((error: unknown) =>
    log.warn({ err: error }, 'whether the desk is set up is not known'),
  );
  reportReady();
};

runMain(import.meta.url, () => runWeb(readConfig(process.env)));
