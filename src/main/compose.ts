import { createSharedWatch } from '../platform/base/shared-watch.ts';
import { listTakenWork } from '../desk/letters/taken-work.sql.ts';
import { FilePool, DESK_POOL, PREVIEW_POOL } from '../platform/files/pool/file-pool.ts';
import type { PoolSettings } from '../platform/files/pool/file-pool.ts';
import { IdentityProvider } from '../platform/base/identity-provider.ts';
import { createClamdScanner } from '../platform/files/clamd.ts';
import type { Scanner } from '../platform/files/clamd.ts';
import { takeReport } from '../platform/messages/gateway-reports.ts';
import { createSmsGateway } from '../platform/messages/create-sms-gateway.ts';
import { temporalConnectionOptions } from '../platform/engine/connection-options.ts';
import { createDataConverter } from '../platform/engine/data-converter.ts';
import { LetterEngine } from '../platform/engine/letter-engine.ts';
import { createLetterKeyCache } from '../platform/engine/letter-key-cache.ts';
import { DeskPayloadCodec } from '../platform/engine/payload-codec.ts';
import type { Config } from '../config.ts';
import { composeFiles } from './compose-files.ts';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { createRecordSeals } from '../platform/base/record-seals.sql.ts';
import type { RecordSeals } from '../platform/base/record-seals.sql.ts';
import { embeddedDatabaseUrl } from '../local/postgres.ts';
import { createLogger } from '../platform/base/logger.ts';
import type { Logger } from '../platform/base/logger.ts';
import { createDispatcher } from '../desk/letters/dispatch.ts';
import type { WorkLoop } from '../platform/base/work-loop.ts';
import type { Deps } from '../platform/deps.ts';
import type { DataConverter } from '@temporalio/common';
import { createLetterKeys } from '../platform/sealing/letter-keys.ts';
import { createRateLimit, NO_LIMITS } from '../platform/base/rate-limit.ts';
import type { RateLimit } from '../platform/base/rate-limit.ts';
import { createLiveUpdates } from '../desk/letters/live-updates.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';
import type { Keys } from '../platform/sealing/secrets.ts';
import { createSweep } from '../operations/maintenance/sweep.ts';
import { readMasterSecret, readOldSecret } from './secret.ts';

const SINGLE_SIGN_ON_CALLBACK = '/staff/single-sign-on/callback';

export const databaseUrl = (config: Config): string =>
  config.embeddedPostgres ? embeddedDatabaseUrl(config) : config.DATABASE_URL;

const composeKeys = (config: Config): [Keys, ...Keys[]] => {
  const old = readOldSecret(config);
  return [deriveKeys(readMasterSecret(config)), ...(old === undefined ? [] : [deriveKeys(old)])];
};

export const composeBackupKeys = (config: Config): [Buffer, ...Buffer[]] => {
  const [current, ...before] = composeKeys(config);
  return [current.backup, ...before.map(({ backup }) => backup)];
};

export const composeSeals = (config: Config): RecordSeals => {
  const [current, ...before] = composeKeys(config);
  return createRecordSeals({ keys: [current.record, ...before.map(({ record }) => record)] });
};

export const composeCodec = (config: Config, db: Db) => codecWith(composeKeys(config), db);

const codecWith = (keys: Keys[], db: Db) =>
  new DeskPayloadCodec({
    letterKeys: createLetterKeyCache(createLetterKeys({ db })),
    deskKeys: keys.map(({ payload }) => payload),
  });

export const composeDeps = async (
  config: Config,
  log: Logger,
  role: 'web' | 'worker',
): Promise<Deps & { dispatcher: WorkLoop; dataConverter: DataConverter }> => {
  const db = createDb({
    url: databaseUrl(config),
    max: config.DATABASE_POOL,
    log,
    name: `pishkhan ${role}`,
    seals: composeSeals(config),
  });
  const pool = role === 'worker' ? PREVIEW_POOL : DESK_POOL;
  const assembled = assembleDeps(config, { db, log, pool });
  const deps = { ...assembled, wake: (): void => dispatcher.wake() };
  const dispatcher = createDispatcher(deps);
  return { ...deps, dispatcher };
};

const assembleDeps = (
  config: Config,
  { db, log, pool }: { db: Db; log: Logger; pool: PoolSettings },
): Omit<Deps, 'wake'> & { dataConverter: DataConverter } => {
  const allKeys = composeKeys(config);
  const [keys] = allKeys;
  const codec = codecWith(allKeys, db);
  const dataConverter = createDataConverter(codec);
  return {
    config,
    log,
    db,
    keys,
    rateLimits: composeLimits({ config, db, log, keys }),
    files: composeFiles(config),
    filePool: new FilePool(pool, (report) => {
      if (report.outcome === 'turned_away' || report.outcome === 'lost')
        log.warn(report, 'a file was not read');
    }),
    scanner: composeScanner(config),
    smsGateway: createSmsGateway({
      url: config.SMS_URL,
      timeoutMs: config.limits.smsTimeoutMs,
      onReport: (gateway, report) => takeReport({ db }, { gateway, report }),
    }),
    engine: new LetterEngine({
      connection: temporalConnectionOptions(
        config.embeddedTemporal ? config.TEMPORAL_ADDRESS : undefined,
      ),
      namespace: config.TEMPORAL_NAMESPACE,
      dataConverter,
    }),
    codec,
    dataConverter,
    identityProvider: composeIdentityProvider(config),
    whenTaken: createSharedWatch((ids) => listTakenWork(db, ids)),
  };
};

/** Needs no dispatcher: running processes poll the outbox every second. */
export const commandDeps = ({ config, db }: { config: Config; db: Db }): Deps => {
  const log = createLogger({ name: 'desk', level: 'silent' });
  return { ...assembleDeps(config, { db, log, pool: DESK_POOL }), wake: () => {} };
};

export const composeParts = async (settings: Config, log: Logger, role: 'web' | 'worker') => {
  const { dispatcher, dataConverter, ...deps } = await composeDeps(settings, log, role);
  return {
    deps,
    dispatcher,
    dataConverter,
    sweep: createSweep(deps),
    liveUpdates: createLiveUpdates(deps),
  };
};

export const composeScanner = (config: Config): Scanner | undefined =>
  config.CLAMD_URL ? createClamdScanner(config.CLAMD_URL) : undefined;

const composeLimits = ({
  config,
  db,
  log,
  keys,
}: Pick<Deps, 'config' | 'db' | 'log' | 'keys'>): RateLimit => {
  if (config.RATE_LIMITS === 'off') return NO_LIMITS;
  return createRateLimit({
    db,
    key: keys.rateLimit,
    settings: {
      codesPerAddress: config.limits.codesPerAddress,
      codesOfDesk: config.limits.codesOfDesk,
      codesPerOperator: config.limits.codesPerOperator,
      codesPerPrefix: config.limits.codesPerPrefix,
      staffAttempts: config.limits.staffSignInTries,
      trackingMisses: config.limits.trackingMisses,
      forgedReceipts: config.limits.forgedReceipts,
      receiptChecks: config.limits.receiptChecks,
      apiReads: config.limits.apiReadsPerMinute,
      apiWrites: config.limits.apiWritesPerMinute,
    },
    log,
  });
};

export const composeIdentityProvider = (config: Config) =>
  config.OIDC_ISSUER === ''
    ? undefined
    : new IdentityProvider({
        issuer: config.OIDC_ISSUER,
        clientId: config.OIDC_CLIENT_ID,
        clientSecret: config.OIDC_CLIENT_SECRET,
        usernameClaim: config.OIDC_USERNAME_CLAIM,
        secondFactorValues: config.OIDC_SECOND_FACTOR.split(/[\s,]+/).filter(Boolean),
        redirectUri: `${config.PUBLIC_ORIGIN}${SINGLE_SIGN_ON_CALLBACK}`,
      });
