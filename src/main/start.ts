import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, readConfig, runtimeFile, runtimeSettings } from '../config.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { ownProgram } from '../platform/base/own-program.ts';
import { lockDataDir } from '../local/data-dir-lock.ts';
import { portIsFree, reachableHost } from '../local/ports.ts';
import { createPostgresService } from '../local/postgres.ts';
import type { Service } from '../local/service-process.ts';
import { createSupervisor, type Supervisor } from '../local/supervisor.ts';
import { createTemporalService, type TemporalService } from '../local/temporal-server.ts';
import { startTemporalUi } from '../local/temporal-ui.ts';
import { errorText } from './operator-line.ts';
import { prepareDesk } from './prepare.ts';
import type { SampleAccount } from './sample-organisation.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

interface Started {
  config: Config;
  supervisor: Supervisor;
  temporal: TemporalService | undefined;
}

const start = async (started: Started, takenOver: boolean): Promise<void> => {
  const { config, supervisor } = started;
  const kept = new Set<string>();
  for (const name of ['postgres', 'temporal'])
    if (runs(config, name) && (await supervisor.adopt(name))) kept.add(name);
  await refuseTakenPorts(config, kept, takenOver);
  writeFileSync(runtimeFile(config.DATA_DIR), JSON.stringify(runtimeSettings(config)));

  const [sampleAccounts] = await Promise.all([
    startPortal(config, supervisor, kept),
    startEngine(started, kept),
  ]);
  await supervisor.start('worker');
  say(welcome(config, sampleAccounts));
};

const startPortal = async (
  config: Config,
  supervisor: Supervisor,
  kept: Set<string>,
): Promise<SampleAccount[]> => {
  if (config.embeddedPostgres) {
    await supervisor.start('postgres');
    say(
      `PostgreSQL: ready on 127.0.0.1:${config.POSTGRES_PORT}${kept.has('postgres') ? ' (was running)' : ''}`,
    );
  } else say('PostgreSQL: the one of DATABASE_URL');
  say('Desk: preparing the database, starting the portal');
  const { sampleAccounts } = await prepareDesk(config);
  await supervisor.start('web');
  say(`Portal: answers at ${config.PUBLIC_ORIGIN}`);
  return sampleAccounts;
};

const startEngine = async (
  { config, supervisor, temporal }: Started,
  kept: Set<string>,
): Promise<void> => {
  if (temporal === undefined) return say('Temporal: the one of the TEMPORAL_* settings');
  const ui = await startTemporalUi({
    port: config.TEMPORAL_UI_PORT,
    url: config.TEMPORAL_UI_URL,
    serverPort: temporal.uiPort,
  });
  ui.unref();
  await supervisor.start('temporal');
  say(
    `Temporal: ready on ${config.TEMPORAL_ADDRESS}${kept.has('temporal') ? ' (was running)' : ''}`,
  );
};

const runs = (config: Config, name: string): boolean =>
  name === 'postgres' ? config.embeddedPostgres : config.embeddedTemporal;

const temporalOf = (config: Config): TemporalService =>
  createTemporalService({
    dataDir: config.DATA_DIR,
    port: config.TEMPORAL_PORT,
    ui: true,
    codecEndpoint: `${config.PUBLIC_ORIGIN}/staff/codec`,
    namespace: config.TEMPORAL_NAMESPACE,
    cliPath: config.TEMPORAL_CLI_PATH,
    say,
  });

const servicesOf = (config: Config, temporal: TemporalService | undefined): Service[] => {
  const services: Service[] = [];
  if (config.embeddedPostgres)
    services.push(
      createPostgresService({ dataDir: config.DATA_DIR, port: config.POSTGRES_PORT, say }),
    );
  if (temporal !== undefined) services.push(temporal);
  services.push(
    nodeService('worker', config, (child) => Promise.resolve(child.saidReady)),
    nodeService('web', config, () => webIsLive(config)),
  );
  return services;
};

const nodeService = (name: string, config: Config, isReady: Service['isReady']): Service => ({
  name,
  kind: 'node',
  command: async () => {
    const { execArgv, file } = ownProgram(name, import.meta.url);
    return {
      file: process.execPath,
      args: [...execArgv, file],
      env: {
        ...process.env,
        DATA_DIR: config.DATA_DIR,
        METRICS_PORT: String(metricsPortOf(name, config) ?? ''),
      },
    };
  },
  isReady,
  stopSignal: 'SIGTERM',
  // More than the worker gives the activities that are running.
  graceMs: 20_000,
});

const metricsPortOf = (name: string, { METRICS_PORT }: Config): number | null =>
  METRICS_PORT === null || name !== 'worker' ? METRICS_PORT : METRICS_PORT + 1;

/** Asks with the host of PUBLIC_ORIGIN, the only one that the desk accepts. */
const webIsLive = ({ HOST, PORT, PUBLIC_ORIGIN }: Config): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request({
      host: reachableHost(HOST),
      port: PORT,
      path: '/health/live',
      headers: { host: new URL(PUBLIC_ORIGIN).host },
      timeout: 2000,
      agent: false,
    });
    asked.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });

/** The web process of a killed supervisor needs a moment to notice and end. */
const ORPHANS_END_WITHIN_MS = 10_000;

const refuseTakenPorts = async (
  config: Config,
  kept: Set<string>,
  takenOver: boolean,
): Promise<void> => {
  const wanted: { setting: string; host: string; port: number }[] = [];
  const want = (
    host: string,
    ...settings: ('PORT' | 'POSTGRES_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT')[]
  ): void => {
    for (const setting of settings) wanted.push({ setting, host, port: config[setting] });
  };
  want(config.HOST, 'PORT');
  const loopback = '127.0.0.1';
  if (config.embeddedTemporal) want(loopback, 'TEMPORAL_UI_PORT');
  if (config.embeddedTemporal && !kept.has('temporal')) want(loopback, 'TEMPORAL_PORT');
  if (config.embeddedPostgres && !kept.has('postgres')) want(loopback, 'POSTGRES_PORT');
  const { METRICS_HOST, METRICS_PORT, ENGINE_METRICS_PORT } = config;
  if (METRICS_PORT !== null)
    wanted.push(
      { setting: 'METRICS_PORT', host: METRICS_HOST, port: METRICS_PORT },
      { setting: 'METRICS_PORT, of the worker', host: METRICS_HOST, port: METRICS_PORT + 1 },
    );
  if (ENGINE_METRICS_PORT !== null)
    wanted.push({
      setting: 'ENGINE_METRICS_PORT',
      host: METRICS_HOST,
      port: ENGINE_METRICS_PORT,
    });
  const end = Date.now() + (takenOver ? ORPHANS_END_WITHIN_MS : 0);
  for (;;) {
    const taken: string[] = [];
    for (const { setting, host, port } of wanted) {
      const free = await portIsFree(host, port).catch((error: Error) => {
        const named = setting.includes('METRICS') ? setting : `HOST, ${setting}`;
        throw new OperatorError(
          `The desk cannot listen on ${host}:${port} (${named}): ${error.message}`,
        );
      });
      if (!free) taken.push(`port ${port} (${setting})`);
    }
    if (taken.length === 0) return;
    if (Date.now() >= end)
      throw new OperatorError(
        `Another program has ${taken.join(' and ')}. Stop it, or set ${taken.length > 1 ? 'these' : 'this'} to a free one; the other ports follow PORT unless they are set.`,
      );
    await delay(250);
  }
};

const welcome = (config: Config, accounts: SampleAccount[]): string => {
  const outbox = config.SMS_URL === 'outbox:';
  const lines = [
    '',
    'Pishkhan is ready.',
    '',
    `  Portal       ${config.PUBLIC_ORIGIN}`,
    `  Staff desk   ${config.PUBLIC_ORIGIN}/staff`,
    ...(config.TEMPORAL_UI_URL ? [`  Temporal UI  ${config.TEMPORAL_UI_URL}`] : []),
    ...(outbox ? [`  SMS outbox   ${config.PUBLIC_ORIGIN}/dev/outbox`] : []),
    ...metricsLines(config),
    '',
    `  To send a letter: open the portal with any mobile number, such as 09123456789${outbox ? '; its code appears in the SMS outbox' : ''}.`,
  ];
  if (accounts.length > 0) {
    const width = Math.max(...accounts.map(({ username }) => username.length));
    lines.push('  To decide: sign in at the staff desk (first passwords):');
    for (const { username, password, role } of accounts)
      lines.push(`    ${username.padEnd(width)}  ${password}  (${role})`);
  } else
    lines.push(
      '  To decide: sign in at the staff desk ("npm run desk -- staff list" shows the accounts).',
    );
  lines.push('', '  Ctrl-C stops everything; "npm start" goes on with the same letters.', '');
  return lines.join('\n');
};

const metricsLines = (config: Config): string[] => {
  const { METRICS_HOST, METRICS_PORT } = config;
  if (METRICS_PORT === null) return [];
  const urlOf = (port: number): string => `http://${reachableHost(METRICS_HOST)}:${port}/metrics`;
  return [`  Metrics      ${urlOf(METRICS_PORT)} (web), ${urlOf(METRICS_PORT + 1)} (worker)`];
};

/** One Ctrl-C arrives twice: from the terminal, and passed on by npm. */
const SAME_CTRL_C_MS = 1000;

const untilAskedToStop = (kill: () => void): Promise<void> =>
  new Promise((resolve) => {
    let askedAt: number | null = null;
    const ask = (): void => {
      const now = Date.now();
      askedAt ??= now;
      resolve();
      if (now - askedAt < SAME_CTRL_C_MS) return;
      kill();
      process.exit(130);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
    // Where npm, or its shell, is ended without a word to us, its absence is all one sees of it.
    const parent = process.ppid;
    if (process.env.npm_lifecycle_event === 'start')
      setInterval(() => {
        if (askedAt === null && process.ppid !== parent) ask();
      }, 500).unref();
  });

const main = async (): Promise<void> => {
  process.stdout.on('error', () => undefined);
  // What the desk and its servers write is for this user only.
  process.umask(0o077);
  const config = readConfig(process.env);
  const lock = lockDataDir(config.DATA_DIR);
  const temporal = config.embeddedTemporal ? temporalOf(config) : undefined;
  const supervisor = createSupervisor({
    services: servicesOf(config, temporal),
    logDir: path.join(config.DATA_DIR, 'logs'),
    say,
  });
  const askedToStop = untilAskedToStop(() => {
    supervisor.kill();
    lock.release();
  });
  const toTheEnd = async (): Promise<void> => {
    await start({ config, supervisor, temporal }, lock.takenOver);
    throw await supervisor.failed;
  };
  try {
    say(`Pishkhan: starting on ${config.DATA_DIR}`);
    await Promise.race([
      toTheEnd(),
      supervisor.failed.then((error) => Promise.reject(error)),
      askedToStop,
    ]);
    say('\nStopping …');
  } finally {
    await supervisor.stop();
    lock.release();
  }
  say('Stopped.');
};

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`pishkhan: ${errorText(error)}\n`);
  process.exit(1);
}
