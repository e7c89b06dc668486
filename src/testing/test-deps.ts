import os from 'node:os';
import path from 'node:path';
import { composeCodec, composeScanner } from '../main/compose.ts';
import { createSmsGateway } from '../platform/messages/create-sms-gateway.ts';
import { readConfig } from '../config.ts';
import type { Limits } from '../limits.ts';
import type { Db } from '../platform/base/database.ts';
import { NO_LIMITS } from '../platform/base/rate-limit.ts';
import type { Deps } from '../platform/deps.ts';
import { createDataConverter } from '../platform/engine/data-converter.ts';
import { createLetterEngine } from '../platform/engine/letter-engine.ts';
import type { LetterEngine } from '../platform/engine/letter-engine.ts';
import type { DataConverter } from '@temporalio/common';
import { createFileStore } from '../platform/files/file-store.ts';
import { createFilePool, DESK_POOL } from '../platform/files/pool/file-pool.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';
import { createTestLog } from './log-alarm.ts';
import { TEST_MASTER_SECRET } from './seals.ts';

export interface TestDepsOptions extends Partial<Omit<Deps, 'config' | 'db'>> {
  env?: Record<string, string>;
  limits?: Partial<Limits>;
}

const NOBODY_LISTENS = '127.0.0.1:9';

const testEngine = (dataConverter?: DataConverter): LetterEngine =>
  createLetterEngine({
    connection: { address: NOBODY_LISTENS },
    namespace: 'default',
    ...(dataConverter && { dataConverter }),
  });

/**
 * The real parts of a desk on the database of a test: no engine, no rate limits, decisions applied
 * at once, no objections, and nothing dispatched, unless the test says otherwise.
 */
export const testDeps = (db: Db, { env, limits, ...given }: TestDepsOptions = {}): Deps => {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://not-used',
    TEMPORAL_ADDRESS: NOBODY_LISTENS,
    FILES_URL: `file:${path.join(os.tmpdir(), 'pishkhan-test-files')}`,
    PUBLIC_ORIGIN: 'http://desk.test',
    SECRET_KEY: TEST_MASTER_SECRET,
    RATE_LIMITS: 'off',
    UNDO_SECONDS: '0',
    OBJECTION_DAYS: '0',
    LIMITS: 'decisionWaitMs=0',
    ...env,
  });
  Object.assign(config.limits, limits);
  const codec = composeCodec(config, db);
  return {
    config,
    log: createTestLog('test'),
    db,
    keys: deriveKeys(TEST_MASTER_SECRET),
    rateLimits: NO_LIMITS,
    files: createFileStore(config.FILES_URL),
    filePool: createFilePool(DESK_POOL),
    scanner: composeScanner(config),
    smsGateway: createSmsGateway({ url: config.SMS_URL, timeoutMs: 1000 }),
    engine: testEngine(createDataConverter(codec)),
    codec,
    identityProvider: undefined,
    wake: () => {},
    ...given,
  };
};

/** One in which no workflow runs: every one has come to its end. */
export const endedEngine = (): LetterEngine => ({
  ...testEngine(),
  runningAmong: () => Promise.resolve(new Set()),
  describe: () => Promise.resolve('COMPLETED'),
});
