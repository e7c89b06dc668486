/** The pages on the real desk and a real database, put together as the web process does it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Hono } from 'hono';
import { createApp } from '../../web/app.tsx';
import type { AppEnv, SiteSettings, WebMeter } from '../../web/env.ts';
import { startWebServer } from '../../web/server.ts';
import type { Catalogues } from '../../web/text/languages.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { addSession } from '../desk/staff/sessions.sql.ts';
import type { Db } from '../platform/base/database.ts';
import { composeParts } from '../main/compose.ts';
import { siteSettings } from '../main/site-settings.ts';
import { SiteIdentity } from '../main/identity.ts';
import type { Deps } from '../platform/deps.ts';
import { makeToken } from '../platform/sealing/secrets.ts';
import { createTestDatabase } from './database.ts';
import { createTestLog } from './log-alarm.ts';

export interface LogLine {
  fields: Record<string, unknown>;
  message: string;
}

export const REAL_CAPTCHA = '24680';

/** One web process; several may be started on the same database. */
export interface RealSite {
  app: Hono<AppEnv>;
  config: Config;
  db: Db;
  deps: Deps;
  log: LogLine[];
  /** Folder of the stored files. */
  files: string;
  /** The pages again, on the same desk under other settings of theirs. */
  appWith(changes: Partial<SiteSettings>, catalogues?: Catalogues, meter?: WebMeter): Hono<AppEnv>;
  stop(): Promise<void>;
}

export interface RealSiteOptions {
  env?: Record<string, string>;
  /** Behind a real listener on `PORT`, for addresses and raw requests. */
  listen?: boolean;
  /** Of its logger. */
  name?: string;
}

export interface RealHome {
  databaseUrl: string;
  dir: string;
  remove(): Promise<void>;
}

/** A database and a folder of the test's own. */
export const makeRealHome = async (): Promise<RealHome> => {
  const database = await createTestDatabase();
  const dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-site-'));
  return {
    databaseUrl: database.url,
    dir,
    async remove() {
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** The engine is away: what is decided is only recorded. */
export const startRealSite = async (
  home: RealHome,
  { env = {}, listen = false, name = 'real site' }: RealSiteOptions = {},
): Promise<RealSite> => {
  const files = path.join(home.dir, 'files');
  const config = readConfig({
    NODE_ENV: 'test',
    PUBLIC_ORIGIN: env.PORT === undefined ? 'http://desk.test' : `http://localhost:${env.PORT}`,
    DATA_DIR: home.dir,
    FILES_URL: `file:${files}`,
    DATABASE_URL: home.databaseUrl,
    // Nothing listens there.
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    SECRET_KEY: 'a master secret of tests, long enough',
    CAPTCHA_TEST_CODE: REAL_CAPTCHA,
    UNDO_SECONDS: '0',
    MAX_FILE_MB: '1',
    ...env,
    LIMITS: `decisionWaitMs=0 statusQueryMs=100 ${env.LIMITS ?? ''}`,
  });
  const lines: LogLine[] = [];
  const logger = createTestLog(name);
  const write = (fields: object, message: string): void => {
    logger.info(fields, message);
    lines.push({ fields: { ...fields }, message });
  };
  const log = Object.assign(Object.create(logger) as typeof logger, {
    info: write,
    warn: write,
    error: write,
  });
  const { deps, liveUpdates } = await composeParts(config, log, 'web');
  const identity = await SiteIdentity.open(deps);
  const appWith: RealSite['appWith'] = (changes, catalogues, meter) =>
    createApp(
      {
        deps,
        site: { ...siteSettings(deps, identity), ...changes },
        liveUpdates,
        meter,
      },
      catalogues,
    );
  const app = appWith({});
  const server = listen
    ? await startWebServer(app, { host: '127.0.0.1', port: config.PORT })
    : undefined;
  return {
    app,
    config,
    db: deps.db,
    deps,
    log: lines,
    files,
    appWith,
    async stop() {
      await liveUpdates.stop();
      await server?.stop();
      deps.filePool.close();
      await deps.engine.close().catch(() => {});
      await deps.db.end({ timeout: 5 });
    },
  };
};

/** The cookie of a session that is opened in the database, as a sign-in would. */
export const cookieOf = async (
  db: Db,
  who: { applicantId: string } | { staffId: string; proven?: boolean },
): Promise<string> => {
  const { token, tokenHash } = makeToken();
  await addSession(db, { tokenHash, hours: 1, ...who });
  return 'staffId' in who ? `staff_sid=${token}` : `sid=${token}`;
};

/** An Iranian mobile number that no other test has. */
export const freshMobile = (): string =>
  `+98912${String(parseInt(randomUUID().slice(0, 8), 16) % 10_000_000).padStart(7, '0')}`;
